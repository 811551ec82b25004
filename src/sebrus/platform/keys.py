"""Rows of the database as the protocol's and the contract's values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from sebrus.chain.calls import OpenedBallot
from sebrus.protocol.appeal import OpenAppeal
from sebrus.protocol.identity import BatchKey, Policy
from sebrus.protocol.record import BatchRecord
from sebrus.protocol.round import ConcludedRound, Words
from sebrus.protocol.status import Status
from sebrus.protocol.tally import Decision
from sebrus.store.projected import Appeal, Batch, Dataset, Round, Seat

RECORD_HASHES = ("screening", "panel", "ballots", "question", "decision", "excluded", "appeals", "history")
"""The words of a record after its status, in the contract's order."""


# ---------------------------------------------------------------- text and bytes


def hash_bytes(text: str) -> bytes:
    """The 32 bytes of a `0x` hash."""
    return bytes.fromhex(text[2:])


def hash_text(value: bytes) -> str:
    """A hash as the tables keep it."""
    return "0x" + value.hex()


def words(texts: Iterable[str]) -> list[int]:
    """The 256-bit words of a bitmap kept as `0x` hex."""
    return [int(text, 16) for text in texts]


def word_texts(bitmap: Iterable[int]) -> list[str]:
    """The words of a bitmap as the tables keep them."""
    return [f"0x{word:064x}" for word in bitmap]


# ---------------------------------------------------------------- datasets and batches


def policy_of(dataset: Dataset) -> Policy:
    """A dataset's policy; its row keeps the contract's field names in the contract's order."""
    return Policy.from_dict({_snake(name): value for name, value in dataset.policy.items()})


def batch_key(batch: Batch) -> BatchKey:
    """The key that names a batch on chain."""
    return BatchKey(hash_bytes(batch.dataset_id), batch.contributor, hash_bytes(batch.root), batch.item_count)


def record_of(batch: Batch) -> BatchRecord:
    """The record that every call on a batch brings."""
    hashes = {name: hash_bytes(batch.record[name]) for name in RECORD_HASHES}
    return BatchRecord(Status.unpack(int(batch.record["status"], 16)), **hashes)


def record_words(record: BatchRecord) -> dict[str, str]:
    """A record as `Batch.record` keeps it: its nine words by name."""
    hashes = {name: hash_text(getattr(record, name)) for name in RECORD_HASHES}
    return {"status": f"0x{record.status.pack():064x}", **hashes}


def decision_of(batch: Batch) -> Decision | None:
    """The decision on a batch so far; None where there is none."""
    if batch.accepted is None or batch.panel_accepted is None or batch.flags is None:
        return None
    return Decision(_bitmap(batch.accepted), _bitmap(batch.panel_accepted), _bitmap(batch.flags))


# ---------------------------------------------------------------- rounds


def running_round(session: Session, batch: Batch) -> Round:
    """The newest round of a batch: the one that runs, or the last one while it is held."""
    return session.get_one(Round, (batch.id, batch.round))


def seats_of(session: Session, batch_id: str, round_: int) -> list[Seat]:
    """The seats of a round, in seat order."""
    here = (Seat.batch_id == batch_id, Seat.round == round_)
    return list(session.scalars(select(Seat).where(*here).order_by(Seat.seat)))


def panel_of(session: Session, batch: Batch) -> list[str]:
    """The reviewers of a batch's running round, in seat order."""
    return [seat.reviewer for seat in seats_of(session, batch.id, batch.round)]


def committed_seats(seats: Sequence[Seat]) -> list[Seat]:
    """Those of a round's seats that committed, in the order of their commitments."""
    return sorted((seat for seat in seats if seat.commit_order is not None), key=lambda seat: seat.commit_order or 0)


def opened_ballots(
    session: Session, batch: Batch, sent: Mapping[int, tuple[bytes, Words]] | None = None
) -> list[OpenedBallot]:
    """All commitments of a batch's running round in their order, as `reveal` and `conclude` take them.

    They are opened where the chain has the opening, or `sent` has it: salt and verdicts (over positions) by seat.
    """
    at_hand = sent or {}
    return [_opened(seat, at_hand) for seat in committed_seats(seats_of(session, batch.id, batch.round))]


def _opened(seat: Seat, sent: Mapping[int, tuple[bytes, Words]]) -> OpenedBallot:
    if seat.salt is not None and seat.verdicts is not None:
        return OpenedBallot(seat.seat, hash_bytes(seat.salt), _bitmap(seat.verdicts))
    if seat.seat in sent:
        return OpenedBallot(seat.seat, *sent[seat.seat])
    return OpenedBallot(seat.seat, hash_bytes(seat.commitment or ""))


def concluded_rows(session: Session, batch: Batch) -> list[Round]:
    """The rows of a batch's concluded rounds, in their order."""
    here = (Round.batch_id == batch.id, Round.state == "concluded")
    return list(session.scalars(select(Round).where(*here).order_by(Round.round)))


def concluded_rounds(session: Session, batch: Batch) -> list[ConcludedRound]:
    """The concluded rounds of a batch in their order, as `finalize` takes them."""
    return [concluded_round(session, row) for row in concluded_rows(session, batch)]


def concluded_round(session: Session, row: Round) -> ConcludedRound:
    """A concluded round as the contract paid, or will pay, it; `ValueError` where the round has not concluded."""
    if row.status is None:
        raise ValueError(f"Round {row.round} of batch {row.batch_id} has not concluded.")
    seats = seats_of(session, row.batch_id, row.round)
    return ConcludedRound(
        status=Status.unpack(int(row.status, 16)),
        panel=tuple(seat.reviewer for seat in seats),
        revealed=tuple((s.seat, _bitmap(s.verdicts)) for s in committed_seats(seats) if s.verdicts is not None),
        question=_bitmap(row.question),
        gold=_bitmap(row.gold or []),
        answers=_bitmap(row.answers or []),
    )


def open_appeals(session: Session, batch: Batch) -> list[OpenAppeal]:
    """The appeals of a batch that wait for their round to conclude, in their order."""
    here = (Appeal.batch_id == batch.id, Appeal.returned.is_(None))
    rows = session.scalars(select(Appeal).where(*here).order_by(Appeal.number))
    return [OpenAppeal(row.appellant, _bitmap(row.items)) for row in rows]


def _bitmap(texts: Iterable[Any]) -> Words:
    return tuple(words(texts))


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
