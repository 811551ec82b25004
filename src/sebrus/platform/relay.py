"""Bring signed actions from the outbox to the chain.

An action is due while the projected tables do not show it; nothing remembers that it was sent. So a crash between
sending and noting loses nothing, a reorganisation makes it due again, and the contract refuses a second copy.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from sebrus.chain import calls
from sebrus.chain.calls import Call, Vote
from sebrus.chain.contract import Head, Receipt
from sebrus.chain.errors import ContractRefused
from sebrus.platform.application import Application
from sebrus.platform.foreseen import VotingPanel, voting_panel
from sebrus.platform.keys import batch_key, hash_bytes, hash_text, policy_of, record_of, running_round, words
from sebrus.platform.money import PAYOUT
from sebrus.platform.refusals import BEHIND, WAITING
from sebrus.platform.sending import note_failure, one_by_one, refusal_of, send_signed
from sebrus.protocol.appeal import OpenAppeal
from sebrus.store.models import SignedAppeal, SignedBallot, SignedMovement
from sebrus.store.projected import Appeal, Batch, Dataset, Event, Seat

log = logging.getLogger(__name__)

# Place of the nonce in the contract's Account struct.
NONCE = 4


# ---------------------------------------------------------------- commitments


def relay_ballots(application: Application, head: Head) -> list[Receipt]:
    """Send the signed commitments of each round whose panel was drawn, all in one transaction.

    They wait for each other, but not beyond three quarters of the commit window; who comes later goes alone. Those of a
    foreseen panel go with its draw (`draws`).
    """
    with application.database.read() as session:
        voting = session.scalars(select(Batch).where(Batch.phase == "Voting", _has_unsent_ballots())).all()
        panels = [panel for batch in voting if (panel := voting_panel(session, batch)) is not None]
        work = [(panel, _due_ballots(session, panel, head.time)) for panel in panels]
    return one_by_one(work, lambda due: send_votes(application, *due))


def _has_unsent_ballots() -> ColumnElement[bool]:
    """Whether a seat of a batch's running round signed and has not committed: of thousands that vote few have."""
    seat = (Seat.batch_id == SignedBallot.batch_id, Seat.round == SignedBallot.round, Seat.seat == SignedBallot.seat)
    unsent = select(SignedBallot.seat).join(Seat, and_(*seat, Seat.commitment.is_(None)))
    running = (SignedBallot.batch_id == Batch.id, SignedBallot.round == Batch.round)
    return unsent.where(*running, SignedBallot.refusal.is_(None)).exists()


def _due_ballots(session: Session, panel: VotingPanel, now: int) -> list[SignedBallot]:
    """The commitments of a panel to send now."""
    deadline, ready = panel.record.status.deadline, signed_ballots(session, panel)
    window = policy_of(session.get_one(Dataset, panel.batch.dataset_id)).commit_window
    complete = len(ready) == len(panel.to_commit)
    alone = all(ballot.failures for ballot in ready)  # these wait for nobody
    return ready if now <= deadline and (complete or alone or now > deadline - window // 4) else []


def signed_ballots(session: Session, panel: VotingPanel) -> list[SignedBallot]:
    """The signed commitments of a panel that are not on chain, in seat order."""
    query = select(SignedBallot).where(
        SignedBallot.batch_id == panel.batch.id,
        SignedBallot.round == panel.batch.round,
        SignedBallot.seat.in_(panel.to_commit),
        SignedBallot.refusal.is_(None),
        # After a reorganisation the same seat may sit in another panel: the old commitment could not be opened.
        SignedBallot.panel_hash == hash_text(panel.record.panel),
    )
    return list(session.scalars(query.order_by(SignedBallot.seat)))


def commit_call(panel: VotingPanel, ballots: Sequence[SignedBallot]) -> Call:
    """The call that brings signed commitments to the chain, after the draw."""
    votes = [Vote(one.seat, hash_bytes(one.commitment), hash_bytes(one.signature)) for one in ballots]
    return calls.commit(batch_key(panel.batch), panel.record, panel.reviewers, votes)


def send_votes(application: Application, panel: VotingPanel, ballots: Sequence[SignedBallot]) -> list[Receipt]:
    """Send commitments together, with the draw where it is due.

    If the contract refuses, find the bad ones: each is tried alone, and then the good together. One that failed on
    chain goes alone, after the others and after the draw.

    Raises:
        TransactionFailed: it failed on chain, which is noted; the next time fewer go together.
    """
    unblemished = [one for one in ballots if not one.failures]
    together = unblemished or (ballots[:1] if panel.draw is None else [])
    beside = _gas_of_draw(application, panel)
    if not together or beside is None:
        return []
    try:
        return [send_signed(application, _votes_call(application, panel, together), together, beside=beside)]
    except ContractRefused as refused:
        if refused.name in BEHIND:
            return []
        if len(together) > 1:
            return _send_good(application, panel, together, beside)
        _note_ballot(application, together[0], refused)
        return []


def _gas_of_draw(application: Application, panel: VotingPanel) -> int | None:
    """What the draw in front of commitments uses, 0 where none is due; None where the contract refuses it."""
    if panel.draw is None:
        return 0
    try:
        return application.contract.gas_of(application.operator, panel.draw)
    except ContractRefused as refused:
        log.debug("a draw has to wait: %s", refused)
        return None


def _send_good(
    application: Application, panel: VotingPanel, ballots: Sequence[SignedBallot], beside: int
) -> list[Receipt]:
    """Send those of refused commitments that pass alone. A wallet that agrees alone only is to go alone."""
    good = [one for one in ballots if _would_pass(application, panel, one, beside)]
    if len(good) == len(ballots):
        note_failure(application, ballots)
    return send_votes(application, panel, good) if 0 < len(good) < len(ballots) else []


def _votes_call(application: Application, panel: VotingPanel, ballots: Sequence[SignedBallot]) -> Call:
    commit = commit_call(panel, ballots)
    return commit if panel.draw is None else calls.packed([panel.draw, commit], application.contract.encode_call)


def _would_pass(application: Application, panel: VotingPanel, ballot: SignedBallot, beside: int) -> bool:
    refused = refusal_of(application, _votes_call(application, panel, [ballot]), ballot, beside=beside)
    if refused is not None and refused.name not in BEHIND:
        _note_ballot(application, ballot, refused)
    return refused is None


def _note_ballot(application: Application, ballot: SignedBallot, refused: ContractRefused) -> None:
    if refused.name not in WAITING:
        with application.database.write() as session:
            session.get_one(SignedBallot, (ballot.batch_id, ballot.round, ballot.seat)).refusal = str(refused)


# ---------------------------------------------------------------- appeals


def relay_appeals(application: Application, _: Head) -> list[Receipt]:
    """Send signed appeals against held decisions, one of each batch at a time: each changes the batch's record."""
    with application.database.read() as session:
        held = session.scalars(select(Batch).where(Batch.phase == "Decided")).all()
        waiting = [(batch, signed[0]) for batch in held if (signed := signed_appeals(session, batch))]
    return one_by_one(waiting, lambda held: _appeal(application, *held))


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


def _appeal(application: Application, batch: Batch, signed: SignedAppeal) -> list[Receipt]:
    try:
        return [send_signed(application, appeal_call(batch, signed), [signed])]
    except ContractRefused as refused:
        if refused.name not in BEHIND | WAITING:
            with application.database.write() as session:
                key = (signed.batch_id, signed.round, signed.appellant)
                session.get_one(SignedAppeal, key).refusal = str(refused)
        return []


# ---------------------------------------------------------------- money


def relay_movements(application: Application, head: Head) -> list[Receipt]:
    """Send signed stakes, unstakes, withdrawals and payout orders whose nonce is the account's next one on chain.

    Those whose transaction the tables show are done; the rest ask the chain, as after a crash or a reorganisation.
    """
    with application.database.read() as session:
        shown = select(Event.block_number).where(Event.transaction_hash == SignedMovement.transaction_hash).exists()
        due = session.scalars(
            select(SignedMovement)
            .where(SignedMovement.refusal.is_(None), SignedMovement.deadline > head.time, ~shown)
            .order_by(SignedMovement.account, SignedMovement.nonce)
        ).all()
    return one_by_one(due, lambda movement: _move(application, movement))


def _is_next(application: Application, movement: SignedMovement) -> bool:
    return int(application.contract.call("accountOf", movement.account)[NONCE]) == movement.nonce


def movement_call(movement: SignedMovement) -> Call:
    """The call that brings a signed movement to the chain."""
    signature = hash_bytes(movement.signature)
    if movement.kind == PAYOUT:
        return Call("setPayout", (movement.account, bool(movement.amount), movement.deadline, signature))
    return Call(movement.kind, (movement.account, movement.amount, movement.deadline, signature))


def _move(application: Application, movement: SignedMovement) -> list[Receipt]:
    if not _is_next(application, movement):
        return []
    try:
        call = movement_call(movement)
        receipt = send_signed(application, call, [movement], explained=lambda: not _is_next(application, movement))
    except ContractRefused as refused:
        # Where the nonce is another by now, the chain took back a movement before this one: that says nothing of it.
        if refused.name not in WAITING and _is_next(application, movement):
            with application.database.write() as session:
                session.get_one(SignedMovement, movement.id).refusal = str(refused)
        return []
    with application.database.write() as session:
        session.get_one(SignedMovement, movement.id).transaction_hash = receipt.transaction_hash
    return [receipt]
