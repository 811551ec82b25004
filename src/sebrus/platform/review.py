"""Take reviewers' commitments and openings, and tell each what waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from sebrus.platform.application import Application
from sebrus.platform.ballots import opens
from sebrus.platform.foreseen import VotingPanel, voting_panel
from sebrus.platform.keys import hash_bytes, hash_text, policy_of, seats_of, words
from sebrus.platform.refusals import Refused, not_found
from sebrus.platform.sealed import check_envelope
from sebrus.platform.signatures import check_signature
from sebrus.protocol.bitmap import is_bitmap
from sebrus.protocol.record import BatchRecord
from sebrus.protocol.signature import Commit
from sebrus.store.models import ForeseenSeat, SealedBallot, SentOpening, SignedBallot
from sebrus.store.projected import Account, Batch, Dataset, Seat

SeatState = Literal["commit", "committed", "reveal", "revealed", "missed"]


@dataclass(frozen=True)
class OpenSeat:
    """A seat in a round that votes, and what its reviewer can do now; `sealed`: an opening was left to be opened."""

    panel: VotingPanel
    seat: Seat
    state: SeatState
    sealed: bool


def open_seats(application: Application, reviewer: str, own: bool) -> list[OpenSeat]:
    """The seats a reviewer holds in rounds that vote, drawn or foreseen, the most urgent first.

    What is known here alone, that an opening is here or a sealed one, is for the reviewer's `own` eyes: whoever knew
    which openings are still missing would know whom to ask for theirs, or to keep from sending it.
    """
    drawn = (
        select(Batch)
        .join(Seat, (Seat.batch_id == Batch.id) & (Seat.round == Batch.round))
        .where(Batch.phase == "Voting", Seat.reviewer == reviewer)
    )
    foreseen = (
        select(Batch)
        .join(ForeseenSeat, (ForeseenSeat.batch_id == Batch.id) & (ForeseenSeat.round == Batch.round))
        .where(Batch.phase == "Drawing", ForeseenSeat.reviewer == reviewer)
    )
    now = application.clock.now()
    with application.database.read() as session:
        batches = [*session.scalars(drawn), *session.scalars(foreseen)]
        batches.sort(key=lambda batch: (batch.deadline, batch.id))
        panels = [panel for batch in batches if (panel := voting_panel(session, batch)) is not None]
        mine = [(panel, seat) for panel in panels for seat in panel.seats if seat.reviewer == reviewer]
        return [_open_seat(session, panel, seat, now, own) for panel, seat in mine]


def _open_seat(session: Session, panel: VotingPanel, seat: Seat, now: int, own: bool) -> OpenSeat:
    state, key = _state(session, panel.record, seat, now), (seat.batch_id, seat.round, seat.seat)
    if not own:
        return OpenSeat(panel, seat, state, sealed=False)
    sent, left = session.get(SentOpening, key), session.get(SealedBallot, key)
    if state == "reveal" and sent is not None and sent.refusal is None:
        state = "revealed"
    return OpenSeat(panel, seat, state, sealed=left is not None and left.refusal is None)


def _state(session: Session, record: BatchRecord, seat: Seat, now: int) -> SeatState:
    if seat.verdicts is not None:
        return "revealed"
    if seat.commitment is not None:
        if not record.status.commits_over(now):
            return "committed"
        # What was handed in is on chain only when the round is concluded; until then it is not missed.
        sent = session.get(SentOpening, (seat.batch_id, seat.round, seat.seat))
        return "missed" if now >= record.status.reveal_deadline and sent is None else "reveal"
    ballot = session.get(SignedBallot, (seat.batch_id, seat.round, seat.seat))
    if now > record.status.deadline:
        return "missed"
    if ballot is not None and ballot.refusal is None and ballot.panel_hash == hash_text(record.panel):
        return "committed"
    return "commit"


def take_ballot(application: Application, ballot: SignedBallot, envelope: dict[str, Any] | None = None) -> None:
    """Check a signed commitment and put it in the outbox, with its sealed opening. The same one again is no error.

    Raises:
        Refused: no such seat, another's seat, too late, another commitment before, a wrong signature, too little stake,
            a sealed opening of something else.
    """
    with application.database.read() as session:
        panel, seat = _seat(session, ballot.batch_id, ballot.round, ballot.seat)
        if seat.reviewer != ballot.reviewer:
            raise Refused("not_your_seat", f"Seat {seat.seat} of this round belongs to another reviewer.", 403)
        before = session.get(SignedBallot, (ballot.batch_id, ballot.round, ballot.seat))
    batch, record = panel.batch, panel.record
    ballot.panel_hash = hash_text(record.panel)
    # After a reorganisation the panel may be another: then what was signed for the seat before no longer counts.
    known = before is not None and before.refusal is None and before.panel_hash == ballot.panel_hash
    if ballot.commitment in ((before.commitment if known and before else None), seat.commitment):
        return
    if known or seat.commitment is not None:
        raise Refused("already_committed", "This seat has committed already; a commitment cannot be changed.", 409)
    if application.clock.now() >= record.status.deadline:
        raise Refused("too_late", "The commit window of this round has closed.", 409)
    message = Commit(hash_bytes(batch.id), batch.round, record.panel, hash_bytes(ballot.commitment))
    check_signature(application, message, ballot.reviewer, None, ballot.signature)
    _check_cover(application, batch, ballot.reviewer)
    sealed = None if envelope is None else check_envelope(application, ballot, envelope)
    with application.database.write() as session:
        session.merge(ballot)
        if sealed is not None:
            session.merge(sealed)


def _check_cover(application: Application, batch: Batch, reviewer: str) -> None:
    """Refuse a commitment whose seat stake the reviewer does not have free; the contract would."""
    with application.database.read() as session:
        needed = policy_of(session.get_one(Dataset, batch.dataset_id)).seat_stake
        account = session.get(Account, reviewer)
    free = account.stake - account.locked if account else 0
    if free < needed:
        sentence = (
            f"The stake has {free} gwei free and this seat needs {needed}; stake more or wait until others settle."
        )
        raise Refused("stake_too_small", sentence, 409)


def take_opening(application: Application, opening: SentOpening) -> None:
    """Check an opening against its commitment and put it in the outbox. The same one again is no error.

    Raises:
        Refused: no such seat, commits still run, nothing was committed, or it opens something else.
    """
    with application.database.read() as session:
        panel, seat = _seat(session, opening.batch_id, opening.round, opening.seat)
    record, now = panel.record, application.clock.now()
    if seat.commitment is None:
        raise Refused("not_committed", "This seat has no commitment on chain, so there is nothing to open.", 409)
    if not record.status.commits_over(now):
        raise Refused("too_early", "Others may still commit; openings are taken when commits are over.", 409)
    if now >= record.status.reveal_deadline:
        raise Refused("too_late", "The reveal window of this round has closed.", 409)
    verdicts = words(opening.verdicts)
    if not is_bitmap(verdicts, record.status.positions):
        raise Refused("invalid_bitmap", "Verdicts hold one bit per picture, and nothing beyond the last.")
    if not opens(application.domain, record, seat, hash_bytes(opening.salt), verdicts):
        raise Refused("wrong_opening", "This does not open the seat's commitment; check the verdicts and the salt.")
    with application.database.write() as session:
        # It opens the commitment on chain, so it replaces whatever was sent before.
        session.merge(opening)


def _seat(session: Session, batch_id: str, round_: int, number: int) -> tuple[VotingPanel, Seat]:
    batch = session.get(Batch, batch_id)
    if batch is None:
        raise not_found("batch", batch_id)
    panel = voting_panel(session, batch) if batch.round == round_ else None
    seats = seats_of(session, batch_id, round_) if panel is None else panel.seats
    seat = next((seat for seat in seats if seat.seat == number), None)
    if seat is None:
        raise not_found("seat", f"{number} in round {round_}")
    if panel is None:
        raise Refused("wrong_phase", "This round is not voting; it is over or was drawn again.", 409)
    return panel, seat
