"""How good reviewers are in a dataset, as truth inference estimates it off chain from all rounds that concluded."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from sebrus.platform.keys import concluded_rounds
from sebrus.protocol.bitmap import unpack_bits
from sebrus.protocol.round import ConcludedRound
from sebrus.store.projected import Batch, Round, Seat
from sebrus.truth import Votes, choose, reviewer_quality
from sebrus.truth.choice import AGGREGATORS
from sebrus.truth.quality import Measured

REJECT_OR_ACCEPT = 2
"""The classes that verdicts vote for: 0 rejects, 1 accepts."""
GROWTH = 1.25
"""So much more gold than at the last choice makes the aggregator be chosen again."""

Key = tuple[str, int, int]
"""What verdicts are about: batch, and item with round -1, or position of gold with its round."""


@dataclass(frozen=True)
class Share:
    """How often a reviewer was right: a share with its 95 % interval, and how much of it is beyond chance."""

    right: float
    total: float
    share: float
    low: float
    high: float
    beyond_chance: float | None


@dataclass(frozen=True)
class Estimate:
    """A reviewer's verdicts in one dataset, against gold and against what all others' verdicts say."""

    dataset_id: str
    aggregator: str
    verdicts: int
    gold: Share
    outcome: Share


@dataclass
class Panelists:
    """The verdicts of a dataset as votes, with the gold answers that are known."""

    items: dict[Key, int] = field(default_factory=dict)
    reviewers: dict[str, int] = field(default_factory=dict)
    rows: list[tuple[int, int, int]] = field(default_factory=list)
    gold: dict[int, int] = field(default_factory=dict)

    def add(self, batch: Batch, round_: ConcludedRound) -> None:
        """Take the verdicts of a round whose items' places are known."""
        places = round_.item_places
        if places is None:
            return
        count = round_.status.positions
        is_item = unpack_bits(places, count)
        asked = unpack_bits(round_.question_mask(batch.item_count), batch.item_count)
        items = iter([item for item, wanted in enumerate(asked) if wanted])
        number = round_.status.round
        keys = [(batch.id, next(items), -1) if own else (batch.id, at, number) for at, own in enumerate(is_item)]
        numbers = [self.items.setdefault(key, len(self.items)) for key in keys]
        answers = unpack_bits(round_.answers, count) if round_.gold else []
        self.gold |= {numbers[at]: int(answers[at]) for at, own in enumerate(is_item) if not own}
        for seat, words in round_.revealed:
            reviewer = self.reviewers.setdefault(round_.panel[seat], len(self.reviewers))
            said = unpack_bits(words, count)
            self.rows += [(numbers[at], reviewer, int(said[at])) for at in range(count)]

    @property
    def votes(self) -> Votes:
        """All verdicts; a reviewer sits at most once on an item, for no panel of a batch shares one with another."""
        columns = np.array(self.rows, dtype=np.int64).reshape(-1, 3).T
        return Votes.of(
            *columns,
            item_count=len(self.items),
            reviewer_count=len(self.reviewers),
            classes=REJECT_OR_ACCEPT,
        )


class Qualities:
    """Estimates by dataset, made again when a round concluded; the aggregator is chosen on gold, now and then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._chosen: dict[str, tuple[str, int]] = {}
        self._made: dict[str, tuple[list[tuple[str, int]], dict[str, Estimate]]] = {}

    def of(self, session: Session, dataset_id: str) -> dict[str, Estimate]:
        """The estimates of a dataset's reviewers, by address."""
        rounds = _concluded(session, dataset_id)
        with self._lock:
            before = self._made.get(dataset_id)
            if before is None or before[0] != rounds:
                before = (rounds, self._estimate(session, dataset_id))
                self._made[dataset_id] = before
            return before[1]

    def _estimate(self, session: Session, dataset_id: str) -> dict[str, Estimate]:
        seen = Panelists()
        for batch in session.scalars(select(Batch).where(Batch.dataset_id == dataset_id).order_by(Batch.id)):
            for round_ in concluded_rounds(session, batch):
                seen.add(batch, round_)
        votes = seen.votes
        if not len(votes):
            return {}
        known = votes.known(list(seen.gold), list(seen.gold.values()))
        name, gold = self._chosen.get(dataset_id, ("", 0))
        if name and len(seen.gold) < GROWTH * gold:
            truths = AGGREGATORS[name](votes, known, None)
        else:
            choice = choose(votes, known)
            name, truths = choice.name, choice.truths
            self._chosen[dataset_id] = (name, len(seen.gold))
        quality = reviewer_quality(votes, truths, known)
        return {
            address: Estimate(
                dataset_id, name, int(quality.votes[i]), _share(quality.gold, i), _share(quality.outcome, i)
            )
            for address, i in seen.reviewers.items()
        }


def estimates_of(session: Session, qualities: Qualities, reviewer: str) -> Iterator[Estimate]:
    """The estimates of a reviewer in every dataset where a round of theirs concluded, by dataset."""
    query = (
        select(Batch.dataset_id)
        .join(Seat, Seat.batch_id == Batch.id)
        .where(Seat.reviewer == reviewer, Seat.counted.is_not(None), Seat.verdicts.is_not(None))
        .distinct()
        .order_by(Batch.dataset_id)
    )
    for dataset_id in session.scalars(query):
        found = qualities.of(session, dataset_id).get(reviewer)
        if found is not None:
            yield found


def _concluded(session: Session, dataset_id: str) -> list[tuple[str, int]]:
    query = (
        select(Round.batch_id, Round.round)
        .join(Batch, Batch.id == Round.batch_id)
        .where(Batch.dataset_id == dataset_id, Round.state == "concluded")
        .order_by(Round.batch_id, Round.round)
    )
    return [(batch_id, number) for batch_id, number in session.execute(query)]


def _share(measured: Measured, at: int) -> Share:
    def value(column: NDArray[np.float64]) -> float:
        return float(column[at])

    kappa = value(measured.beyond_chance)
    return Share(
        right=value(measured.right),
        total=value(measured.total),
        share=value(measured.share),
        low=value(measured.low),
        high=value(measured.high),
        beyond_chance=None if math.isnan(kappa) else kappa,
    )
