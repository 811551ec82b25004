"""All that does not depend on whose items are the reference: features, views, near-duplicates, sums."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.basis import Basis, fit_basis
from sebrus.detect.canvas import FloatArray, shrink
from sebrus.detect.coherence import Sums, add_up
from sebrus.detect.duplicates import distinct, likeness, shapes
from sebrus.detect.features import features
from sebrus.detect.intake import Pool
from sebrus.detect.ridge import by_source, targets
from sebrus.detect.views import PATTERNS, VIEWS, views

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
Progress = Callable[[str, float], None]

MOST_FOR_BASIS = 20_000


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
    """A pool with its features, views and sums.

    `source` [n] numbers what is left out together, `members` are the rows of each contributor, `repeated` [n] marks
    near-duplicates of another row of the same group.
    """

    pool: Pool
    source: Ints
    described: FloatArray
    signs: Floats
    members: list[Ints]
    groups: Groups
    repeated: Bools
    raw: dict[str, FloatArray]
    bases: dict[str, Basis]
    sums: dict[str, Sums]


def prepare(pool: Pool, progress: Progress) -> Prepared:
    """Look at every image once."""
    comparable = len(pool.names) > 1 or bool(pool.trusted.any())
    alone = pool.trusted if comparable else np.ones(len(pool.labels), dtype=np.bool_)
    source = np.where(alone, len(pool.names) + np.arange(len(pool.labels)), pool.source)
    described = features(pool.images, lambda done: progress("features", done))
    members = by_source(pool.source)[: len(pool.names)]
    progress("views", 0.0)
    groups = grouped(pool, members if comparable else [])
    repeated = np.zeros(len(pool.labels), dtype=np.bool_)
    for rows, kept in zip(groups.rows, groups.distinct, strict=True):
        repeated[rows[~np.isin(rows, kept)]] = True
    raw = views(pool.images) if len(groups.rows) else {}
    progress("views", 0.6)
    bases = {name: _basis(name, raw[name], pool, repeated) for name in raw}
    place, once = groups.place(len(pool.labels)), ~repeated
    sums = {
        name: add_up(bases[name], raw[name][once], pool.labels[once], place[once], len(groups.rows)) for name in raw
    }
    progress("views", 1.0)
    signs = targets(pool.labels, len(pool.classes))
    return Prepared(pool, source, described, signs, members, groups, repeated, raw, bases, sums)


def _basis(name: str, raw: FloatArray, pool: Pool, repeated: Bools) -> Basis:
    rows = np.flatnonzero(~repeated)
    if len(rows) > MOST_FOR_BASIS:
        rows = np.sort(np.random.default_rng(0).choice(rows, MOST_FOR_BASIS, replace=False))
    return fit_basis(raw[rows], pool.labels[rows], len(pool.classes), whiten=name not in PATTERNS)


def grouped(pool: Pool, members: list[Ints]) -> Groups:
    """Every contributor's classes of two items or more."""
    shape = shapes(shrink(pool.images, 32), pool.labels, len(pool.classes)) if members else np.zeros((0, 0), np.float32)
    limits: dict[int, float] = {}
    owner, labels, held, kept = [], [], [], []
    for contributor, rows in enumerate(members):
        for part in by_source(pool.labels[rows]):
            if len(part) < 2:
                continue
            label = int(pool.labels[rows[part[0]]])
            if label not in limits:
                limits[label] = likeness(shape, pool.labels, pool.source, label)
            owner.append(contributor)
            labels.append(label)
            held.append(rows[part])
            kept.append(distinct(shape, rows[part], limits[label]))
    return Groups(np.array(owner, dtype=np.intp), np.array(labels, dtype=np.intp), held, kept)


__all__ = ["VIEWS", "Groups", "Prepared", "Progress", "grouped", "prepare"]
