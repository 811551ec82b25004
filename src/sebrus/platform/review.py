"""Take reviewers' commitments and openings, and tell each what waits for them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from sebrus.platform.application import Application
from sebrus.platform.keys import hash_bytes, policy_of, words
from sebrus.platform.refusals import Refused, not_found
from sebrus.platform.relay import panel_of, panel_text
from sebrus.platform.signatures import check_signature
from sebrus.protocol.bitmap import bitmap_hash, is_bitmap
from sebrus.protocol.identity import panel_hash
from sebrus.protocol.signature import Ballot, Commit, eip712_digest
from sebrus.store.models import SentOpening, SignedBallot
from sebrus.store.projected import Account, Batch, Dataset, Seat

SeatState = Literal["commit", "committed", "reveal", "revealed", "missed"]


@dataclass(frozen=True)
class OpenSeat:
    """A seat in a round that is not decided, and what its reviewer can do now."""

    batch: Batch
    seat: Seat
    panel: list[str]
    policy_hash: str
    state: SeatState


def open_seats(application: Application, reviewer: str) -> list[OpenSeat]:
    """The seats a reviewer holds in running rounds, the most urgent first."""
    with application.database.read() as session:
        rows = session.execute(
            select(Batch, Seat, Dataset.policy_hash)
            .join(Seat, (Seat.batch_id == Batch.id) & (Seat.round == Batch.round))
            .join(Dataset, Dataset.id == Batch.dataset_id)
            .where(Batch.phase == "Voting", Seat.reviewer == reviewer)
            .order_by(Batch.commit_deadline, Batch.id)
        ).all()
        return [
            OpenSeat(batch, seat, panel_of(session, batch), policy_hash, _state(session, batch, seat))
            for batch, seat, policy_hash in rows
        ]


def _state(session: Session, batch: Batch, seat: Seat) -> SeatState:
    if seat.reveal_order is not None:
        return "revealed"
    here = (batch.id, batch.round, seat.seat)
    if seat.commitment is None:
        ballot = session.get(SignedBallot, here)
        if ballot is not None and ballot.refusal is None and ballot.panel_hash == panel_text(panel_of(session, batch)):
            return "committed"
        return "commit" if time.time() < batch.commit_deadline else "missed"
    return "reveal" if commits_over(session, batch) else "committed"


def commits_over(session: Session, batch: Batch) -> bool:
    """Whether openings may be sent: every seat has committed on chain, or the commit window has passed."""
    if time.time() > batch.commit_deadline:
        return True
    missing = select(Seat).where(Seat.batch_id == batch.id, Seat.round == batch.round, Seat.commitment.is_(None))
    return session.scalar(missing.limit(1)) is None


def take_ballot(application: Application, ballot: SignedBallot) -> None:
    """Check a signed commitment and put it in the outbox. The same one again is no error.

    Raises:
        Refused: no such seat, another's seat, too late, another commitment before, a wrong signature, too little stake.
    """
    with application.database.read() as session:
        batch, seat = _seat(session, ballot.batch_id, ballot.round, ballot.seat)
        if seat.reviewer != ballot.reviewer:
            raise Refused("not_your_seat", f"Seat {seat.seat} of this round belongs to another reviewer.", 403)
        before = session.get(SignedBallot, (ballot.batch_id, ballot.round, ballot.seat))
        ballot.panel_hash = panel_text(panel_of(session, batch))
    # After a reorganisation the panel may be another: then what was signed for the seat before no longer counts.
    if before is not None and before.refusal is None and before.panel_hash == ballot.panel_hash:
        if before.commitment == ballot.commitment:
            return
        raise Refused("already_committed", "This seat has committed already; a commitment cannot be changed.", 409)
    if time.time() >= batch.commit_deadline:
        raise Refused("too_late", "The commit window of this round has closed.", 409)
    message = Commit(
        hash_bytes(batch.id), batch.round, hash_bytes(ballot.panel_hash), hash_bytes(ballot.commitment), ballot.deadline
    )
    check_signature(application, message, ballot.reviewer, ballot.deadline, ballot.signature)
    _check_cover(application, batch, ballot.reviewer)
    with application.database.write() as session:
        session.merge(ballot)


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
        batch, seat = _seat(session, opening.batch_id, opening.round, opening.seat)
        if seat.commitment is None:
            raise Refused("not_committed", "This seat has no commitment on chain, so there is nothing to open.", 409)
        if not commits_over(session, batch):
            raise Refused("too_early", "Others may still commit; openings are taken when commits are over.", 409)
        dataset = session.get_one(Dataset, batch.dataset_id)
        panel = panel_of(session, batch)
    if time.time() >= batch.reveal_deadline:
        raise Refused("too_late", "The reveal window of this round has closed.", 409)
    verdicts = words(opening.verdicts)
    if not is_bitmap(verdicts, batch.item_count):
        raise Refused("invalid_bitmap", "Verdicts hold one bit per item, and nothing beyond the last.")
    policy_hash = policy_of(dataset).policy_hash
    if not _opens(application, batch, seat, panel, policy_hash, verdicts, hash_bytes(opening.salt)):
        raise Refused("wrong_opening", "This does not open the seat's commitment; check the verdicts and the salt.")
    with application.database.write() as session:
        # It opens the commitment on chain, so it replaces whatever was sent before.
        session.merge(opening)


def _opens(
    application: Application,
    batch: Batch,
    seat: Seat,
    panel: Sequence[str],
    policy_hash: bytes,
    verdicts: Sequence[int],
    salt: bytes,
) -> bool:
    ballot = Ballot(
        hash_bytes(batch.id),
        batch.round,
        panel_hash(panel),
        policy_hash,
        seat.reviewer,
        bitmap_hash(verdicts),
        salt,
    )
    return "0x" + eip712_digest(application.domain, ballot).hex() == seat.commitment


def _seat(session: Session, batch_id: str, round_: int, number: int) -> tuple[Batch, Seat]:
    batch = session.get(Batch, batch_id)
    if batch is None:
        raise not_found("batch", batch_id)
    seat = session.get(Seat, (batch_id, round_, number))
    if seat is None:
        raise not_found("seat", f"{number} in round {round_}")
    if batch.phase != "Voting" or batch.round != round_:
        raise Refused("wrong_phase", "This round is not voting; it is over or was drawn again.", 409)
    return batch, seat
