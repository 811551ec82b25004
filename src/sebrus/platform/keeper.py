"""Move batches along: commit screenings, draw, reveal, settle, and end rounds that failed.

Anyone may do these steps; this keeper does them as soon as they are possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from sebrus.chain.contract import Receipt
from sebrus.chain.errors import ContractRefused
from sebrus.platform.application import Application
from sebrus.platform.keys import batch_key, hash_bytes, words
from sebrus.platform.relay import DONE, WAITING
from sebrus.store.models import SecretScreening, SentOpening
from sebrus.store.projected import Batch, Dataset, Seat

BLOCKHASH_REACH = 256
UNOPENED: tuple[bool, bytes, bytes, bytes, list[int]] = (False, bytes(32), bytes(32), bytes(32), [])


def commit_screenings(application: Application) -> list[Receipt]:
    """Commit each finished screening; where the detector stayed silent past its window, go on without it."""
    _, now = application.contract.head()
    with application.database.read() as session:
        waiting = session.scalars(select(Batch).where(Batch.phase == "Submitted")).all()
        found = {batch.id: session.get(SecretScreening, batch.id) for batch in waiting}
    receipts = []
    for batch in waiting:
        screening = found[batch.id]
        key = batch_key(batch).as_abi()
        if now > batch.screening_deadline:
            receipts += _attempt(application, "skipScreening", key)
        elif screening is not None:
            receipts += _attempt(application, "commitScreening", key, hash_bytes(screening.commitment))
    return receipts


def draw_panels(application: Application) -> list[Receipt]:
    """Draw each batch whose entropy block is mined; ask again where it was missed."""
    head, _ = application.contract.head()
    epoch_length = application.deployment.epoch_length
    with application.database.read() as session:
        waiting = session.scalars(select(Batch).where(Batch.phase == "Drawing", Batch.entropy_block < head)).all()
    receipts = []
    for batch in waiting:
        # The transaction lands in the next block at the earliest.
        missed = head + 1 > batch.entropy_block + BLOCKHASH_REACH
        missed = missed or (head + 1) // epoch_length != batch.entropy_block // epoch_length
        receipts += _attempt(application, "requestDraw" if missed else "draw", batch_key(batch).as_abi())
    return receipts


@dataclass(frozen=True)
class Round:
    """A voting batch with all that deciding it needs."""

    batch: Batch
    dataset: Dataset
    seats: Sequence[Seat]
    openings: Sequence[SentOpening]
    screening: SecretScreening | None

    @property
    def panel(self) -> list[str]:
        """The reviewers in seat order."""
        return [seat.reviewer for seat in self.seats]

    @property
    def ballots(self) -> list[tuple[int, bytes]]:
        """The commitments in the order they were made."""
        made = [seat for seat in self.seats if seat.commit_order is not None]
        made.sort(key=lambda seat: seat.commit_order or 0)
        return [(seat.seat, hash_bytes(seat.commitment or "")) for seat in made]

    @property
    def new_openings(self) -> list[tuple[int, bytes, list[int]]]:
        """Openings at hand of seats that committed and have not revealed."""
        closed = {seat.seat for seat in self.seats if seat.commitment and seat.reveal_order is None}
        return [(o.seat, hash_bytes(o.salt), words(o.verdicts)) for o in self.openings if o.seat in closed]

    @property
    def revealed(self) -> list[tuple[int, list[int]]]:
        """The verdicts in the order they were revealed."""
        open_seats = [seat for seat in self.seats if seat.reveal_order is not None]
        open_seats.sort(key=lambda seat: seat.reveal_order or 0)
        return [(seat.seat, words(seat.verdicts or [])) for seat in open_seats]

    def commits_over(self, now: int) -> bool:
        """Whether every seat committed or the commit window has passed."""
        return len(self.ballots) == len(self.seats) or now > self.batch.commit_deadline


def decide_rounds(application: Application) -> list[Receipt]:
    """Reveal what is at hand, settle what can be settled, end what failed."""
    _, now = application.contract.head()
    with application.database.read() as session:
        voting = session.scalars(select(Batch).where(Batch.phase == "Voting")).all()
        rounds = [_round(session, batch) for batch in voting]
    return [receipt for round_ in rounds for receipt in _decide(application, round_, now)]


def _round(session: Session, batch: Batch) -> Round:
    here = (Seat.batch_id == batch.id, Seat.round == batch.round)
    sent = (SentOpening.batch_id == batch.id, SentOpening.round == batch.round, SentOpening.refusal.is_(None))
    return Round(
        batch=batch,
        dataset=session.get_one(Dataset, batch.dataset_id),
        seats=session.scalars(select(Seat).where(*here).order_by(Seat.seat)).all(),
        openings=session.scalars(select(SentOpening).where(*sent).order_by(SentOpening.seat)).all(),
        screening=session.get(SecretScreening, batch.id),
    )


def _decide(application: Application, round_: Round, now: int) -> list[Receipt]:
    if not round_.commits_over(now):
        return []
    fresh = round_.new_openings if now < round_.batch.reveal_deadline else []
    after = len(round_.revealed) + len(fresh)
    over = after == len(round_.ballots) or now > round_.batch.reveal_deadline
    if over and after < round_.dataset.policy["quorum"]:
        return _attempt(application, "failRound", batch_key(round_.batch).as_abi(), round_.panel)
    calls = []
    if fresh:
        calls.append(_reveal_call(application, round_, fresh))
    opening = _screening_opening(round_, now)
    if over and opening is not None:
        calls.append(_settle_call(application, round_, fresh, opening))
    if not calls:
        return []
    receipts = _attempt(application, "multicall", calls)
    return receipts or _reveal_singly(application, round_, fresh)


def _reveal_call(application: Application, round_: Round, openings: list[Any]) -> bytes:
    key = batch_key(round_.batch).as_abi()
    return application.contract.encode("reveal", key, round_.panel, round_.ballots, openings)


def _settle_call(application: Application, round_: Round, fresh: list[Any], opening: Any) -> bytes:
    revealed = round_.revealed + [(seat, verdicts) for seat, _, verdicts in fresh]
    return application.contract.encode("settle", batch_key(round_.batch).as_abi(), round_.panel, revealed, opening)


def _screening_opening(round_: Round, now: int) -> Any | None:
    """What opens the screening; None while it is committed, not ours to open, and its window still runs."""
    if round_.batch.screening is None:
        return UNOPENED
    found = round_.screening
    if found is not None and found.commitment == round_.batch.screening:
        return (
            True,
            hash_bytes(found.model_hash),
            hash_bytes(found.scores_root),
            hash_bytes(found.salt),
            words(found.flags),
        )
    return UNOPENED if now > round_.batch.reveal_deadline + round_.dataset.policy["revealWindow"] else None


def _reveal_singly(application: Application, round_: Round, openings: list[Any]) -> list[Receipt]:
    """Bring openings one by one after the contract refused them together, and set the bad one aside."""
    for seat, salt, verdicts in openings:
        call = _reveal_call(application, round_, [(seat, salt, verdicts)])
        try:
            application.contract.send(application.operator, "multicall", [call])
        except ContractRefused as refused:
            if refused.name not in DONE | WAITING:
                with application.database.write() as session:
                    sent = session.get_one(SentOpening, (round_.batch.id, round_.batch.round, seat))
                    sent.refusal = str(refused)
    return []


def _attempt(application: Application, function: str, *arguments: Any) -> list[Receipt]:
    """Send one step; a refusal means that the tables lag behind the chain, and the next pass looks again."""
    try:
        return [application.contract.send(application.operator, function, *arguments)]
    except ContractRefused:
        return []
