"""Bring signed actions from the outbox to the chain.

An action is due while the projected tables do not show it; nothing remembers that it was sent. So a crash between
sending and noting loses nothing, a reorganisation makes it due again, and the contract refuses a second copy.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sebrus.chain import calls
from sebrus.chain.calls import Call, Vote
from sebrus.chain.contract import Receipt
from sebrus.chain.errors import ContractRefused
from sebrus.platform.application import Application
from sebrus.platform.keys import batch_key, hash_bytes, hash_text, policy_of, record_of, running_round, seats_of, words
from sebrus.platform.money import PAYOUT
from sebrus.protocol.appeal import OpenAppeal
from sebrus.protocol.identity import BatchKey, panel_hash
from sebrus.store.models import ClaimedItem, SignedAppeal, SignedBallot, SignedMovement, Submission
from sebrus.store.projected import Account, Appeal, Batch, Dataset, Event

# Place of the nonce in the contract's Account struct.
NONCE = 4

# The chain is ahead of the tables; they will show it in a moment.
BEHIND = {"BatchExists", "AlreadyCommitted", "WrongPhase", "WrongRecord", "WrongPanel"}
# Time or money can mend these.
WAITING = {
    "InsufficientBalance",
    "InsufficientBounty",
    "InsufficientStake",
    "SubmissionsPaused",
    "StakeLocked",
    "TooEarly",
    "UnknownDataset",  # it was there when the batch was taken in: the chain took it back
}


# ---------------------------------------------------------------- batches


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


def submit_call(submission: Submission) -> Call:
    """The call that brings a signed batch to the chain."""
    dataset_id, root = hash_bytes(submission.dataset_id), hash_bytes(submission.root)
    key = BatchKey(dataset_id, submission.contributor, root, submission.item_count)
    return calls.submit(key, submission.deadline, hash_bytes(submission.signature))


def _submit(application: Application, submission: Submission) -> Receipt | None:
    try:
        return application.contract.perform(application.operator, submit_call(submission))
    except ContractRefused as refused:
        if refused.name not in BEHIND:
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


# ---------------------------------------------------------------- commitments


def relay_ballots(application: Application) -> list[Receipt]:
    """Send the signed commitments of each round that votes, all in one transaction.

    They wait for each other, but not beyond three quarters of the commit window; who comes later goes alone.
    """
    _, now = application.contract.head()
    receipts = []
    with application.database.read() as session:
        voting = session.scalars(select(Batch).where(Batch.phase == "Voting")).all()
        work = [(batch, *_due_ballots(session, batch, now)) for batch in voting]
    for batch, panel, ballots in work:
        if ballots:
            receipts += _commit(application, batch, panel, ballots)
    return receipts


def _due_ballots(session: Session, batch: Batch, now: int) -> tuple[list[str], list[SignedBallot]]:
    """The panel of a batch, and the commitments to send now."""
    deadline = record_of(batch).status.deadline
    seats = seats_of(session, batch.id, batch.round)
    panel = [seat.reviewer for seat in seats]
    ready = signed_ballots(session, batch)
    window = policy_of(session.get_one(Dataset, batch.dataset_id)).commit_window
    complete = len(ready) == sum(seat.commitment is None for seat in seats)
    if now > deadline or not (complete or now > deadline - window // 4):
        return panel, []
    return panel, ready


def signed_ballots(session: Session, batch: Batch) -> list[SignedBallot]:
    """The signed commitments of the running round that are not on chain, in seat order."""
    seats = seats_of(session, batch.id, batch.round)
    # After a reorganisation the same seat may sit in another panel: the old commitment could not be opened.
    panel = panel_text([seat.reviewer for seat in seats])
    missing = [seat.seat for seat in seats if seat.commitment is None]
    query = select(SignedBallot).where(
        SignedBallot.batch_id == batch.id,
        SignedBallot.round == batch.round,
        SignedBallot.seat.in_(missing),
        SignedBallot.refusal.is_(None),
        SignedBallot.panel_hash == panel,
    )
    return list(session.scalars(query.order_by(SignedBallot.seat)))


def commit_call(batch: Batch, panel: Sequence[str], ballots: Sequence[SignedBallot]) -> Call:
    """The call that brings signed commitments to the chain."""
    votes = [Vote(one.seat, hash_bytes(one.commitment), hash_bytes(one.signature)) for one in ballots]
    return calls.commit(batch_key(batch), record_of(batch), panel, votes)


def _commit(
    application: Application, batch: Batch, panel: Sequence[str], ballots: Sequence[SignedBallot]
) -> list[Receipt]:
    """Commit together. If the contract refuses, find the bad ones: each is tried alone, and then the good together."""
    try:
        return [application.contract.perform(application.operator, commit_call(batch, panel, ballots))]
    except ContractRefused as refused:
        if refused.name in BEHIND:
            return []
        if len(ballots) > 1:
            good = [one for one in ballots if _would_pass(application, batch, panel, one)]
            return _commit(application, batch, panel, good) if 0 < len(good) < len(ballots) else []
        _note_ballot(application, ballots[0], refused)
        return []


def _would_pass(application: Application, batch: Batch, panel: Sequence[str], ballot: SignedBallot) -> bool:
    try:
        application.contract.call("multicall", [application.contract.encode_call(commit_call(batch, panel, [ballot]))])
    except ContractRefused as refused:
        if refused.name not in BEHIND:
            _note_ballot(application, ballot, refused)
        return False
    return True


def _note_ballot(application: Application, ballot: SignedBallot, refused: ContractRefused) -> None:
    if refused.name not in WAITING:
        with application.database.write() as session:
            session.get_one(SignedBallot, (ballot.batch_id, ballot.round, ballot.seat)).refusal = str(refused)


def panel_text(panel: Sequence[str]) -> str:
    """The panel's hash as the tables keep it."""
    return hash_text(panel_hash(panel))


# ---------------------------------------------------------------- appeals


def relay_appeals(application: Application) -> list[Receipt]:
    """Send signed appeals against held decisions, one of each batch at a time: each changes the batch's record."""
    with application.database.read() as session:
        held = session.scalars(select(Batch).where(Batch.phase == "Decided")).all()
        waiting = [(batch, signed[0]) for batch in held if (signed := signed_appeals(session, batch))]
    return [receipt for batch, signed in waiting if (receipt := _appeal(application, batch, signed)) is not None]


def signed_appeals(session: Session, batch: Batch) -> list[SignedAppeal]:
    """The signed appeals of a held batch that are not on chain, in the order they came."""
    made = select(Appeal.number).where(
        Appeal.batch_id == SignedAppeal.batch_id,
        Appeal.round == SignedAppeal.round,
        Appeal.appellant == SignedAppeal.appellant,
    )
    query = select(SignedAppeal).where(
        SignedAppeal.batch_id == batch.id,
        SignedAppeal.round == running_round(session, batch).round,
        SignedAppeal.refusal.is_(None),
        ~made.exists(),
    )
    return list(session.scalars(query.order_by(SignedAppeal.created, SignedAppeal.appellant)))


def appeal_call(batch: Batch, signed: SignedAppeal) -> Call:
    """The call that brings a signed appeal to the chain."""
    new = OpenAppeal(signed.appellant, tuple(words(signed.items)))
    signature = hash_bytes(signed.signature)
    return calls.appeal(batch_key(batch), record_of(batch), words(batch.question), new, signed.deadline, signature)


def _appeal(application: Application, batch: Batch, signed: SignedAppeal) -> Receipt | None:
    try:
        return application.contract.perform(application.operator, appeal_call(batch, signed))
    except ContractRefused as refused:
        if refused.name not in BEHIND | WAITING:
            with application.database.write() as session:
                key = (signed.batch_id, signed.round, signed.appellant)
                session.get_one(SignedAppeal, key).refusal = str(refused)
        return None


# ---------------------------------------------------------------- money


def relay_movements(application: Application) -> list[Receipt]:
    """Send signed stakes, unstakes, withdrawals and payout orders whose nonce is the account's next one on chain.

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
        due_now = _next_nonce(application, movement.account) == movement.nonce
        if due_now and (receipt := _move(application, movement)) is not None:
            receipts.append(receipt)
    return receipts


def _next_nonce(application: Application, account: str) -> int:
    return int(application.contract.call("accountOf", account)[NONCE])


def movement_call(movement: SignedMovement) -> Call:
    """The call that brings a signed movement to the chain."""
    signature = hash_bytes(movement.signature)
    if movement.kind == PAYOUT:
        return Call("setPayout", (movement.account, bool(movement.amount), movement.deadline, signature))
    return Call(movement.kind, (movement.account, movement.amount, movement.deadline, signature))


def _move(application: Application, movement: SignedMovement) -> Receipt | None:
    try:
        receipt = application.contract.perform(application.operator, movement_call(movement))
    except ContractRefused as refused:
        # Where the nonce is another by now, the chain took back a movement before this one: that says nothing of it.
        if refused.name not in WAITING and _next_nonce(application, movement.account) == movement.nonce:
            with application.database.write() as session:
                session.get_one(SignedMovement, movement.id).refusal = str(refused)
        return None
    with application.database.write() as session:
        session.get_one(SignedMovement, movement.id).transaction_hash = receipt.transaction_hash
    return receipt
