"""What a dataset comes to, counted by the database: classes, contributors, acceptance over time.

Only batches count whose items are public, and of the rest no more than the chain says of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, func, select, tuple_
from sqlalchemy.orm import Session

from sebrus.platform.visible import shows_items
from sebrus.store.projected import Batch, Item

ItemStatus = Literal["accepted", "rejected", "held", "voided"]
FINAL = ("Settled", "Voided")


def item_is(status: ItemStatus) -> ColumnElement[bool]:
    """Whether an item of a batch has this status; `held`: decided, and not finally."""
    if status == "held":
        return Batch.phase.not_in(FINAL)
    if status == "voided":
        return Batch.phase == "Voided"
    return and_(Batch.phase == "Settled", Item.accepted.is_(status == "accepted"))


def _total(values: Any) -> ColumnElement[int]:
    """The sum, as a whole number on every database."""
    return cast(func.coalesce(func.sum(values), 0), BigInteger)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return _total(case((condition, 1), else_=0))


@dataclass(frozen=True)
class ClassFigures:
    """The public items of one class, by what became of them."""

    label: int
    accepted: int
    rejected: int
    held: int
    voided: int


@dataclass(frozen=True)
class DatasetFigures:
    """A dataset in all: batches by phase, items by what became of them (`undecided`: not public), and money in gwei."""

    batches: dict[str, int]
    contributors: int
    items: int
    undecided: int
    accepted: int
    rejected: int
    held: int
    voided: int
    rewards: int
    stakes_kept: int


@dataclass(frozen=True)
class Span:
    """Batches settled in a span of blocks, both included; `time` is that of the last in seconds, None where unknown."""

    first_block: int
    last_block: int
    time: int | None
    batches: int
    items: int
    accepted: int


@dataclass(frozen=True)
class ContributorFigures:
    """What one contributor's final batches came to in a dataset, `running` not among them; money in gwei."""

    contributor: str
    batches: int
    running: int
    items: int
    accepted: int
    rewards: int
    stakes_kept: int


def figures_of(session: Session, dataset_id: str) -> DatasetFigures:
    """The dataset in all."""
    mine = Batch.dataset_id == dataset_id
    phases = session.execute(select(Batch.phase, func.count()).where(mine).group_by(Batch.phase)).all()
    final, shown = Batch.phase.in_(FINAL), shows_items()
    row = session.execute(
        select(
            func.count(Batch.contributor.distinct()),
            _total(Batch.item_count),
            _total(case((shown, 0), else_=Batch.item_count)),
            _total(case((Batch.phase == "Voided", Batch.item_count), else_=0)),
            _total(case((and_(shown, ~final), Batch.item_count), else_=0)),
            _total(Batch.accepted_count),
            _total(case((Batch.phase == "Settled", Batch.item_count - Batch.accepted_count), else_=0)),
            _total(Batch.reward),
            _total(case((final, Batch.stake - Batch.stake_returned), else_=0)),
        ).where(mine)
    ).one()
    contributors, items, undecided, voided, held, accepted, rejected, rewards, kept = row
    return DatasetFigures(
        batches={row[0]: row[1] for row in phases},
        contributors=contributors,
        items=items,
        undecided=undecided,
        accepted=accepted,
        rejected=rejected,
        held=held,
        voided=voided,
        rewards=rewards,
        stakes_kept=kept,
    )


def classes_of(session: Session, dataset_id: str, after: int, limit: int) -> list[ClassFigures]:
    """The classes that have public items, from the label behind `after` on."""
    counts = [_count(item_is(status)) for status in ("accepted", "rejected", "held", "voided")]
    query = (
        select(Item.label, *counts)
        .join(Batch, Batch.id == Item.batch_id)
        .where(Batch.dataset_id == dataset_id, shows_items(), Item.label > after)
        .group_by(Item.label)
        .order_by(Item.label)
        .limit(limit)
    )
    return [ClassFigures(*list(row)) for row in session.execute(query)]


def history_of(session: Session, dataset_id: str, spans: int, when: Callable[[int], int | None]) -> list[Span]:
    """The settled batches over time, in at most so many spans of equally many blocks; none that is empty.

    `when` gives the time of a block.
    """
    settled = and_(Batch.dataset_id == dataset_id, Batch.phase == "Settled")
    bounds = select(func.min(Batch.settled_block), func.max(Batch.settled_block)).where(settled)
    first, last = session.execute(bounds).one()
    if first is None or last is None:
        return []
    width = (last - first) // spans + 1
    number = cast((Batch.settled_block - first) // width, BigInteger).label("number")
    query = (
        select(number, func.count(), _total(Batch.item_count), _total(Batch.accepted_count))
        .where(settled)
        .group_by("number")
        .order_by("number")
    )
    found = []
    for at, *rest in session.execute(query):
        start, end = first + at * width, min(last, first + (at + 1) * width - 1)
        found.append(Span(start, end, when(end), *rest))
    return found


def contributors_of(
    session: Session, dataset_id: str, after: tuple[int, str] | None, limit: int
) -> Sequence[ContributorFigures]:
    """The contributors, most accepted items first, from the one behind `after` (accepted, contributor) on."""
    final = Batch.phase.in_(FINAL)
    board: Select[str, int, int, int, int, int, int] = (
        select(
            Batch.contributor.label("contributor"),
            _count(final).label("batches"),
            _count(~final).label("running"),
            _total(case((final, Batch.item_count), else_=0)).label("items"),
            _total(Batch.accepted_count).label("accepted"),
            _total(Batch.reward).label("rewards"),
            _total(case((final, Batch.stake - Batch.stake_returned), else_=0)).label("stakes_kept"),
        )
        .where(Batch.dataset_id == dataset_id)
        .group_by(Batch.contributor)
    )
    rows = board.subquery()
    query = select(rows).order_by(rows.c.accepted.desc(), rows.c.contributor.desc()).limit(limit)
    if after is not None:
        query = query.where(tuple_(rows.c.accepted, rows.c.contributor) < after)
    return [ContributorFigures(*row) for row in session.execute(query)]
