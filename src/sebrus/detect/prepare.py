"""All that does not depend on whose items are the reference: features, near-duplicates, sums of residuals.

What is usual is learned from a sample once (`learn`) and then frozen, so that looking at images is a map over shards
and adding up a reduction: the sums are the same however the work is split.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.basis import Basis, fit_basis
from sebrus.detect.canvas import FloatArray
from sebrus.detect.coherence import Sums, add_up, nothing
from sebrus.detect.duplicates import Frames, Limit, distinct, frames, limit_of
from sebrus.detect.engine import Engine, LocalEngine
from sebrus.detect.features import Filters, describe, fit_filters
from sebrus.detect.intake import Pool
from sebrus.detect.ridge import by_source, targets
from sebrus.detect.shards import Images
from sebrus.detect.views import PATTERNS, VIEWS, views

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
Progress = Callable[[str, float], None]

SAMPLE = 6000


def silent(_stage: str, _done: float) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """What is usual, learned from a sample and frozen: the label test's filters and each view's basis."""

    filters: Filters
    bases: dict[str, Basis]


def learn(images: Images, labels: Ints, classes: int) -> Measure:
    """Learn what is usual from images uint8 [n, h, w, c] and class numbers [n]; of more than 6,000 a fixed sample."""
    filters = fit_filters(images)
    rows = np.arange(len(images))
    if len(rows) > SAMPLE:
        rows = np.sort(np.random.default_rng(0).choice(rows, SAMPLE, replace=False))
    raw = views(images[rows])
    bases = {name: fit_basis(raw[name], labels[rows], classes, whiten=name not in PATTERNS) for name in VIEWS}
    return Measure(filters, bases)


def add_up_views(
    measure: Measure, images: NDArray[np.uint8], labels: Ints, place: Ints, groups: int
) -> dict[str, Sums]:
    """Every view's sums over images [n]; `place` [n] is each one's group, or -1 for none."""
    raw = views(images)
    return {name: add_up(measure.bases[name], raw[name], labels, place, groups) for name in VIEWS}


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The items of one contributor and class, group by group: `owner` and `label` [groups], and the rows of each.

    `distinct` are the rows without near-duplicates.
    """

    owner: Ints
    label: Ints
    rows: list[Ints]
    distinct: list[Ints]

    def place(self, items: int) -> Ints:
        """The group of each distinct row [items], -1 for the others."""
        place = np.full(items, -1, dtype=np.intp)
        for number, rows in enumerate(self.distinct):
            place[rows] = number
        return place


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A pool with its features and sums.

    `source` [n] numbers what is left out together, `members` are the rows of each contributor, `repeated` [n] marks
    near-duplicates of another row of the same group; tests in `without` are not asked; `lit` are the normal scores
    [groups] of each view that a contributor's own light leaves at most (`light.in_own_light`).
    """

    pool: Pool
    source: Ints
    described: FloatArray
    signs: Floats
    members: list[Ints]
    groups: Groups
    repeated: Bools
    measure: Measure
    sums: dict[str, Sums]
    without: frozenset[str] = frozenset()
    lit: dict[str, Floats] = field(default_factory=dict)

    def units(self, rows: Ints, names: list[str]) -> dict[str, Floats]:
        """Unit residuals of some rows in some views, computed anew."""
        raw = views(self.pool.images[rows])
        labels = self.pool.labels[rows]
        return {name: self.measure.bases[name].units(raw[name], labels).astype(np.float64) for name in names}


def prepare(pool: Pool, progress: Progress, engine: Engine | None = None) -> Prepared:
    """Look at every image once for features, and once those that count for sums; `engine` says where."""
    engine = engine or LocalEngine()
    comparable = len(pool.names) > 1 or bool(pool.trusted.any())
    alone = pool.trusted if comparable else np.ones(len(pool.labels), dtype=np.bool_)
    source = np.where(alone, len(pool.names) + np.arange(len(pool.labels)), pool.source)
    measure = learn(pool.images, pool.labels, len(pool.classes))
    described, seen = _looked(measure, pool, engine, progress)
    members = by_source(pool.source)[: len(pool.names)]
    groups = grouped(seen, pool.labels, pool.source, members if comparable else [])
    del seen
    repeated = np.zeros(len(pool.labels), dtype=np.bool_)
    for rows, kept in zip(groups.rows, groups.distinct, strict=True):
        repeated[rows[~np.isin(rows, kept)]] = True
    sums = _sums(measure, pool, groups, np.flatnonzero(~repeated), engine, progress) if groups.rows else {}
    signs = targets(pool.labels, len(pool.classes))
    return Prepared(pool, source, described, signs, members, groups, repeated, measure, sums)


def look(filters: Filters, images: NDArray[np.uint8]) -> tuple[FloatArray, Frames]:
    """Features and frames of one shard, [n, features] and [n, h, w]."""
    return describe(filters, images), frames(images)


def shard_sums(measure: Measure, images: NDArray[np.uint8], labels: Ints, place: Ints) -> tuple[Ints, dict[str, Sums]]:
    """The groups that the rows [n] of one shard are of, and every view's sums of those groups.

    What comes back is no larger than the shard, however many groups there are.
    """
    present, inside = np.unique(place, return_inverse=True)
    outside = int(np.searchsorted(present, 0))
    return present[outside:], add_up_views(measure, images, labels, inside - outside, len(present) - outside)


def _looked(measure: Measure, pool: Pool, engine: Engine, progress: Progress) -> tuple[FloatArray, Frames]:
    described, seen = [], []
    done = 0
    for features, shard in engine.map(look, (measure.filters,), pool.images, np.arange(len(pool.labels))):
        described.append(features)
        seen.append(shard)
        done += len(features)
        progress("features", done / len(pool.labels))
    return np.concatenate(described), np.concatenate(seen)


def _sums(
    measure: Measure, pool: Pool, groups: Groups, rows: Ints, engine: Engine, progress: Progress
) -> dict[str, Sums]:
    labels, place = pool.labels[rows], groups.place(len(pool.labels))[rows]
    total = {name: nothing(measure.bases[name], len(groups.rows)) for name in VIEWS}
    for present, found in engine.map(shard_sums, (measure,), pool.images, rows, labels, place):
        for name in VIEWS:
            total[name].take_in(present, found[name])
        first = total[VIEWS[0]]
        progress("views", float(first.n.sum() + first.rest_n.sum()) / len(rows))
    return total


def grouped(seen: Frames, labels: Ints, source: Ints, members: list[Ints]) -> Groups:
    """Every contributor's classes of two items or more, near-identical frames [n, h, w] counted once."""
    limits: dict[int, Limit] = {}
    owner, label_of, held, kept = [], [], [], []
    for contributor, rows in enumerate(members):
        for part in by_source(labels[rows]):
            if len(part) < 2:
                continue
            label = int(labels[rows[part[0]]])
            if label not in limits:
                same = labels == label
                limits[label] = limit_of(seen[same], source[same])
            owner.append(contributor)
            label_of.append(label)
            held.append(rows[part])
            kept.append(rows[part][distinct(seen[rows[part]], limits[label])])
    return Groups(np.array(owner, dtype=np.intp), np.array(label_of, dtype=np.intp), held, kept)


__all__ = [
    "Groups",
    "Measure",
    "Prepared",
    "Progress",
    "add_up_views",
    "grouped",
    "learn",
    "look",
    "prepare",
    "shard_sums",
    "silent",
]
