"""Bring signed actions from the outbox to the chain.

An action is due while the projected tables do not show it; nothing remembers that it was sent. So a crash between
sending and noting loses nothing, a reorganisation makes it due again, and the contract refuses a second copy.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sebrus.chain.contract import Receipt
from sebrus.chain.errors import ContractRefused
from sebrus.platform.application import Application
from sebrus.platform.keys import batch_key, hash_bytes
from sebrus.protocol.identity import BatchKey, panel_hash
from sebrus.store.models import ClaimedItem, SignedBallot, SignedMovement, Submission
from sebrus.store.projected import Account, Batch, Dataset, Event, Seat

# Place of the nonce in the contract's Account struct.
NONCE = 4

# The chain has it already; the tables will show it in a moment.
DONE = {"BatchExists", "AlreadyCommitted", "AlreadyRevealed", "WrongPhase"}
# Time or money can mend these.
WAITING = {
    "InsufficientBalance",
    "InsufficientBounty",
    "InsufficientStake",
    "SubmissionsPaused",
    "StakeLocked",
    "TooEarly",
}


def relay_submissions(application: Application) -> list[Receipt]:
    """Send each signed batch that is not on chain."""
    with application.database.read() as session:
        on_chain = select(Batch.id).where(Batch.id == Submission.batch_id).exists()
        due = session.scalars(
            select(Submission).where(Submission.refusal.is_(None), ~on_chain).order_by(Submission.created)
        ).all()
        payable = [submission for submission in due if _can_pay(session, submission)]
    return [receipt for submission in payable if (receipt := _submit(application, submission)) is not None]


def _can_pay(session: Session, submission: Submission) -> bool:
    """Whether to try: a batch that waits for its contributor's deposit is not worth asking the chain at every turn."""
    if submission.waiting is None or submission.deadline <= time.time():
        return True
    account, dataset = session.get(Account, submission.contributor), session.get(Dataset, submission.dataset_id)
    if account is None or dataset is None:
        return False
    return account.free >= submission.item_count * int(dataset.policy["itemStake"])


def _submit(application: Application, submission: Submission) -> Receipt | None:
    key = BatchKey(
        hash_bytes(submission.dataset_id), submission.contributor, hash_bytes(submission.root), submission.item_count
    )
    signature = bytes.fromhex(submission.signature[2:])
    try:
        return application.contract.send(application.operator, "submit", key.as_abi(), submission.deadline, signature)
    except ContractRefused as refused:
        if refused.name not in DONE:
            _note_submission(application, submission.batch_id, refused)
        return None


def _note_submission(application: Application, batch_id: str, refused: ContractRefused) -> None:
    with application.database.write() as session:
        submission = session.get_one(Submission, batch_id)
        if refused.name in WAITING:
            submission.waiting = str(refused)
            return
        submission.refusal = str(refused)
        session.execute(delete(ClaimedItem).where(ClaimedItem.batch_id == batch_id))


def relay_ballots(application: Application) -> list[Receipt]:
    """Send the signed commitments of each batch that votes, all of a batch in one transaction."""
    _, now = application.contract.head()
    receipts = []
    with application.database.read() as session:
        voting = session.scalars(select(Batch).where(Batch.phase == "Voting", Batch.commit_deadline > now)).all()
        work = [(batch, panel_of(session, batch), _due_ballots(session, batch)) for batch in voting]
    for batch, panel, ballots in work:
        if ballots:
            receipts += _commit(application, batch, panel, ballots)
    return receipts


def _due_ballots(session: Session, batch: Batch) -> list[SignedBallot]:
    open_seat = (Seat.batch_id == batch.id) & (Seat.round == batch.round) & Seat.commitment.is_(None)
    panel = panel_text(panel_of(session, batch))
    return list(
        session.scalars(
            select(SignedBallot)
            .join(Seat, open_seat & (Seat.seat == SignedBallot.seat))
            .where(
                SignedBallot.batch_id == batch.id,
                SignedBallot.round == batch.round,
                SignedBallot.refusal.is_(None),
                # After a reorganisation the same seat may sit in another panel: the old commitment could not be opened.
                SignedBallot.panel_hash == panel,
            )
            .order_by(SignedBallot.seat)
        )
    )


def _commit(
    application: Application, batch: Batch, panel: Sequence[str], ballots: Sequence[SignedBallot]
) -> list[Receipt]:
    """Commit together; if the contract refuses, each alone, so that a bad one does not hold up the others."""
    votes = [(b.seat, hash_bytes(b.commitment), b.deadline, bytes.fromhex(b.signature[2:])) for b in ballots]
    try:
        key = batch_key(batch).as_abi()
        return [application.contract.send(application.operator, "commit", key, list(panel), votes)]
    except ContractRefused as refused:
        if len(ballots) > 1:
            return [receipt for ballot in ballots for receipt in _commit(application, batch, panel, [ballot])]
        if refused.name not in DONE | WAITING:
            with application.database.write() as session:
                ballot = session.get_one(SignedBallot, (batch.id, batch.round, ballots[0].seat))
                ballot.refusal = str(refused)
        return []


def relay_movements(application: Application) -> list[Receipt]:
    """Send signed stakes, unstakes and withdrawals whose nonce is the account's next one on chain.

    Those whose transaction the tables show are done; the rest ask the chain, as after a crash or a reorganisation.
    """
    _, now = application.contract.head()
    with application.database.read() as session:
        shown = select(Event.block_number).where(Event.transaction_hash == SignedMovement.transaction_hash).exists()
        due = session.scalars(
            select(SignedMovement)
            .where(SignedMovement.refusal.is_(None), SignedMovement.deadline > now, ~shown)
            .order_by(SignedMovement.account, SignedMovement.nonce)
        ).all()
    receipts = []
    for movement in due:
        nonce = application.contract.call("accountOf", movement.account)[NONCE]
        if movement.nonce == nonce and (receipt := _move(application, movement)) is not None:
            receipts.append(receipt)
    return receipts


def _move(application: Application, movement: SignedMovement) -> Receipt | None:
    signature = bytes.fromhex(movement.signature[2:])
    arguments = (movement.account, movement.amount, movement.deadline, signature)
    try:
        receipt = application.contract.send(application.operator, movement.kind, *arguments)
    except ContractRefused as refused:
        if refused.name not in WAITING:
            with application.database.write() as session:
                session.get_one(SignedMovement, movement.id).refusal = str(refused)
        return None
    with application.database.write() as session:
        session.get_one(SignedMovement, movement.id).transaction_hash = receipt.transaction_hash
    return receipt


def panel_of(session: Session, batch: Batch) -> list[str]:
    """The reviewers of a batch's running round, in seat order."""
    seats = select(Seat.reviewer).where(Seat.batch_id == batch.id, Seat.round == batch.round).order_by(Seat.seat)
    return list(session.scalars(seats))


def panel_text(panel: Sequence[str]) -> str:
    """The panel's hash as the tables keep it."""
    return "0x" + panel_hash(panel).hex()
