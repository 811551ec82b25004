"""The contract's events as they come: places among them, what follows a place, and what was taken back meanwhile."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Select, func, or_, select, tuple_
from sqlalchemy.orm import Session

from sebrus.store.projected import Batch, Event, Rewind, Seat

LAST_INDEX = 999_999_999
_PLACE = re.compile(r"(\d{1,18})-(\d{1,9})(?:-(\d{1,9}))?", re.ASCII)


@dataclass(frozen=True)
class Place:
    """A place among the events, just behind one: its block and index, and how often events were taken back by then."""

    block: int
    log_index: int
    rewinds: int

    def __str__(self) -> str:
        return f"{self.block}-{self.log_index}-{self.rewinds}"


@dataclass(frozen=True)
class Wanted:
    """Which events: of one dataset and its batches, of one batch, of an account and the batches it is part of."""

    dataset_id: str | None = None
    batch_id: str | None = None
    account: str | None = None

    def of(self, query: Select[Event]) -> Select[Event]:
        """The query, less the events that are not wanted."""
        if self.dataset_id is not None:
            batches = select(Batch.id).where(Batch.dataset_id == self.dataset_id)
            query = query.where(or_(Event.subject == self.dataset_id, Event.subject.in_(batches)))
        if self.batch_id is not None:
            query = query.where(Event.subject == self.batch_id)
        if self.account is not None:
            own = select(Batch.id).where(Batch.contributor == self.account)
            sat = select(Seat.batch_id).where(Seat.reviewer == self.account)
            about = (Event.subject == self.account, Event.subject.in_(own), Event.subject.in_(sat))
            query = query.where(or_(*about))
        return query


@dataclass(frozen=True)
class News:
    """What follows a place: `rewound` is the last block that still holds, None where nothing was taken back."""

    place: Place
    rewound: int | None
    events: Sequence[Event]


def newest(session: Session) -> Place:
    """The place behind the newest event: it is another one whenever the projected tables have changed."""
    rewinds = session.scalar(select(func.max(Rewind.id))) or 0
    query = select(Event.block_number, Event.log_index).order_by(Event.block_number.desc(), Event.log_index.desc())
    last = session.execute(query.limit(1)).first()
    return Place(0, 0, rewinds) if last is None else Place(*last, rewinds)


def place_of(session: Session, text: str) -> Place:
    """The place that a client remembers; without the last number nothing is taken to have been taken back since.

    Raises:
        ValueError: it has another form.
    """
    found = _PLACE.fullmatch(text)
    if found is None:
        raise ValueError("A place among the events has the form block-logindex or block-logindex-rewinds.")
    block, log_index, rewinds = found.groups()
    known = session.scalar(select(func.max(Rewind.id))) or 0
    return Place(int(block), int(log_index), known if rewinds is None else int(rewinds))


def news_after(session: Session, place: Place, wanted: Wanted, limit: int) -> News:
    """The next events behind a place, at most `limit`, after what was taken back before it."""
    taken_back = select(func.max(Rewind.id), func.min(Rewind.kept_block)).where(Rewind.id > place.rewinds)
    rewinds, kept = session.execute(taken_back).one()
    rewound = None
    if rewinds is not None:
        place = replace(place, rewinds=rewinds)
        if kept < place.block:
            place, rewound = Place(kept, LAST_INDEX, rewinds), kept
    behind = tuple_(Event.block_number, Event.log_index) > (place.block, place.log_index)
    query = wanted.of(select(Event).where(behind)).order_by(Event.block_number, Event.log_index)
    events = session.scalars(query.limit(limit)).all()
    if events:
        place = replace(place, block=events[-1].block_number, log_index=events[-1].log_index)
    return News(place, rewound, events)
