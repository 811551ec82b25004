"""Do one contributor's items of one class share what nobody else's items of that class show?

For the n distinct items of a contributor and class and the m reference items of that class, unit residuals are
compared by the two-sample statistic of Chen and Qin (Annals of Statistics 2010): the squared distance of the two
mean residuals, without the terms of an item with itself. Under exchangeability it is a weighted sum of
chi-squares, matched here by three moments. A trigger adds up over items while content does not. The statistic needs
sums of residuals only, which add up over shards, batches and contributors.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sebrus.detect.basis import Basis
from sebrus.detect.canvas import FloatArray
from sebrus.detect.rows import Rows
from sebrus.detect.shards import ranges

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

# One contributor's camera may leave a stronger mark in one class than in another: up to this ratio of squared size
# it counts as the camera's, not the class's.
CAMERA = 6.0
LEAST = 3
BLOCK = 512  # groups whose sums are looked at together
CHANCE = float(stats.norm.isf(0.01))  # what one group in a hundred shows of nothing


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Unit residuals of one view, added up per group: `own` [groups, d], their squared `length` and count `n`, and
    those of items in no group per class: `rest` [classes, d], `rest_length`, `rest_n`. A state's `own` lie in files."""

    own: Floats | Rows
    length: Floats
    n: Ints
    rest: Floats
    rest_length: Floats
    rest_n: Ints

    def take_in(self, groups: Ints, other: "Sums") -> None:
        """Add, in place, sums of some `groups` in the order given, and those of items in no group.

        Only sums in memory are added to.
        """
        cast(Floats, self.own)[groups] += other.own[:]
        self.length[groups] += other.length
        self.n[groups] += other.n
        self.rest[...] += other.rest
        self.rest_length[...] += other.rest_length
        self.rest_n[...] += other.rest_n

    @property
    def rows(self) -> Rows:
        """The groups' sums as a column that may lie in files."""
        return self.own if isinstance(self.own, Rows) else Rows.of(self.own)

    def only(self, groups: Ints | Bools) -> "Sums":
        """Some of the groups, unread, and all that is in no group."""
        return replace(self, own=self.rows.only(groups), length=self.length[groups], n=self.n[groups])

    def followed_by(self, other: "Sums") -> "Sums":
        """These groups, unread, and the other's behind them, and what the other has in no group."""
        length, n = np.concatenate([self.length, other.length]), np.concatenate([self.n, other.n])
        return replace(other, own=self.rows.plus(other.rows), length=length, n=n)

    def total(self, groups: Ints) -> Floats:
        """The sum [d] of some groups."""
        whole = np.zeros(self.rest.shape[1])
        for _, own in self.blocks(groups):
            whole += own.sum(axis=0)
        return whole

    def along(self, groups: Ints, direction: Floats) -> Floats:
        """How far some groups [k] go along a direction [d]."""
        return np.concatenate([np.zeros(0), *(own @ direction for _, own in self.blocks(groups))])

    def blocks(self, groups: Ints) -> Iterator[tuple[Ints, Floats]]:
        """Some groups with their sums, as many at a time as fit into memory beside others' work."""
        for start, stop in ranges(len(groups), BLOCK):
            yield groups[start:stop], self.own[groups[start:stop]]


def nothing(basis: Basis, groups: int) -> Sums:
    """The sums of no rows."""
    classes, width = basis.mean.shape[0], basis.turn.shape[-1]
    return Sums(
        np.zeros((groups, width)),
        np.zeros(groups),
        np.zeros(groups, dtype=np.intp),
        np.zeros((classes, width)),
        np.zeros(classes),
        np.zeros(classes, dtype=np.intp),
    )


def add_up(basis: Basis, raw: FloatArray, labels: Ints, place: Ints, groups: int) -> Sums:
    """Add up the residuals of rows [n, d]; `place` [n] is each row's group, or -1 for none."""
    sums = nothing(basis, groups)
    own = cast(Floats, sums.own)
    cell = np.where(place >= 0, place, groups + labels)
    order = np.argsort(cell, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(cell[order])) + 1):
        if not len(rows):
            continue
        unit = basis.units(raw[rows], labels[rows])
        total, squares = unit.sum(axis=0, dtype=np.float64), float((unit * unit).sum(dtype=np.float64))
        at = int(cell[rows[0]])
        if at < groups:
            own[at], sums.length[at], sums.n[at] = total, squares, len(rows)
        else:
            label = at - groups
            sums.rest[label], sums.rest_length[label], sums.rest_n[label] = total, squares, len(rows)
    return sums


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What the groups show in one view: `excess` [groups], the estimated squared size of what they share, its
    `deviation` when they share nothing, the `skew` of the null law, and `z`, the normal score; nan where a group or its
    reference is too small."""

    excess: Floats
    deviation: Floats
    skew: Floats
    z: Floats


def group_tests(sums: Sums, basis: Basis, label: Ints, active: Bools) -> Shown:
    """Compare every group (`label` [groups]) with the reference items of others; `active` groups are reference."""
    groups = len(label)
    excess, deviation, skew = np.full(groups, np.nan), np.full(groups, np.nan), np.full(groups, np.nan)
    totals, inners, crosses = _products(sums, label, active)
    for k in np.unique(label):
        at = np.flatnonzero(label == k)
        counted, total = active[at], totals[k]
        m = sums.n[at[counted]].sum() + sums.rest_n[k] - np.where(counted, sums.n[at], 0)
        lengths = sums.length[at[counted]].sum() + sums.rest_length[k] - np.where(counted, sums.length[at], 0.0)
        n = sums.n[at].astype(np.float64)
        square, cube = float(basis.square[k]), float(basis.cube[k])
        if square <= 0.0:
            continue
        inner, cross, whole = inners[at], crosses[at], float(total @ total)
        others = whole - np.where(counted, 2.0 * cross - inner, 0.0)
        between = cross - np.where(counted, inner, 0.0)
        enough = (n >= LEAST) & (m >= 2)
        n, m = np.maximum(n, 2), np.maximum(m, 2).astype(np.float64)
        value = (inner - sums.length[at]) / (n * (n - 1)) + (others - lengths) / (m * (m - 1)) - 2 * between / (n * m)
        variance = 2.0 * square * (1 / (n * (n - 1)) + 1 / (m * (m - 1)) + 2 / (n * m))
        excess[at] = np.where(enough, value, np.nan)
        deviation[at] = np.sqrt(variance)
        skew[at] = 8.0 * cube / (2.0 * square) ** 1.5
    return Shown(excess, deviation, skew, normal_scores(excess / deviation, skew))


def _products(sums: Sums, label: Ints, active: Bools) -> tuple[Floats, Floats, Floats]:
    """The sum per class [classes, d] of its active groups and of items in no group; and of each group's sum [groups]
    the product with itself and with its class's. The groups are gone through twice, in the order in which they lie."""
    totals, every = sums.rest.copy(), np.arange(len(label))
    inner, cross = np.zeros(len(label)), np.zeros(len(label))
    for at, own in sums.blocks(every):
        np.add.at(totals, label[at[active[at]]], own[active[at]])
        inner[at] = (own * own).sum(axis=1)
    for at, own in sums.blocks(every):
        cross[at] = (own * totals[label[at]]).sum(axis=1)
    return totals, inner, cross


def normal_scores(z: Floats, skew: Floats) -> Floats:
    """Standardised statistics as the normal scores of their tails, at most 38; nan stays.

    A weighted sum of chi-squares has nearly the upper tail of the chi-square with its skewness.
    """
    degrees = 8.0 / np.maximum(skew, 1e-3) ** 2
    upper = stats.chi2.sf(degrees + z * np.sqrt(2.0 * degrees), degrees)
    return np.asarray(stats.norm.isf(np.clip(upper, 1e-315, 1 - 1e-12)))


def of_a_camera(shown: Shown, owner: Ints, times: float = CAMERA) -> Bools:
    """Which groups [groups] show at most `times` what their contributor's other classes do, as one camera would."""
    return np.asarray(~np.isnan(shown.excess) & (shown.excess <= times * _elsewhere(shown, owner)))


def alone(shown: Shown, owner: Ints) -> Bools:
    """Which groups [groups] have no other class of their contributor beside them."""
    known = ~np.isnan(shown.excess)
    return np.asarray(np.bincount(owner, weights=known)[owner] - known <= 0) if len(owner) else known


def compared(shown: Shown, owner: Ints) -> Bools:
    """Which groups [groups] have other classes of their contributor beside them that would tell if it were its camera.

    They would when, showing as much as the group does, they were nine times in ten more than chance (one in a hundred).
    A group that shows no more than chance itself needs but one other.
    """
    if not len(owner):
        return np.zeros(0, dtype=np.bool_)
    sharp = _sharpness(shown)
    beside = np.maximum(np.bincount(owner, weights=sharp)[owner] - sharp, 0.0)
    would = np.nan_to_num(shown.excess) * np.sqrt(beside) > CHANCE + stats.norm.isf(0.1)
    return np.asarray(~alone(shown, owner) & (would | ~(shown.z > CHANCE)))


def by_a_camera(shown: Shown, owner: Ints) -> Bools:
    """Which groups [groups] are of a contributor whose other classes show a camera that explains the group too."""
    elsewhere = _elsewhere(shown, owner)
    return np.asarray((elsewhere > 0.0) & ~(shown.excess > CAMERA * elsewhere))


def _elsewhere(shown: Shown, owner: Ints) -> Floats:
    """What each group's contributor shows in its other classes, 0 unless it is more than chance.

    One in a hundred is chance, and one in ten without the clearest of three other classes or more: a camera shows in
    most classes, a trigger that is in two of them does not.
    """
    if not len(owner):
        return np.zeros(0)
    known, sharp = ~np.isnan(shown.excess), _sharpness(shown)
    value = np.where(known, shown.excess, 0.0)
    clearest = _clearest_other(np.where(known, value * np.sqrt(sharp), -np.inf), owner)

    def others(weight: Floats, out: Floats) -> tuple[Floats, Floats]:
        """The weighted mean of what a group's siblings show, those that are `out` aside, and their weight."""
        all_weight, all_value = (
            np.bincount(owner, weights=one)[owner] - one - out * one[clearest] for one in (weight, weight * value)
        )
        enough = all_weight > 1e-9 * weight.max()
        return np.where(enough, all_value / np.where(enough, all_weight, 1.0), 0.0), np.where(enough, all_weight, 0.0)

    every, but_one = np.zeros(len(owner)), (clearest >= 0).astype(np.float64)
    clear, weight = others(sharp, every)
    chance = clear * np.sqrt(weight) <= CHANCE
    rest, weight = others(sharp, but_one)
    chance |= (clearest >= 0) & (rest * np.sqrt(weight) <= stats.norm.isf(0.1))
    return np.asarray(np.where(chance, 0.0, others(np.sqrt(sharp), every)[0]))


def _sharpness(shown: Shown) -> Floats:
    """How sharply each group's excess is known, one over its variance; 0 where it is not known."""
    known = ~np.isnan(shown.excess)
    return np.asarray(np.where(known, 1.0 / np.where(known, shown.deviation, 1.0) ** 2, 0.0))


def _clearest_other(z: Floats, owner: Ints) -> Ints:
    """For each group the clearest of its contributor's other ones, -1 where there are fewer than three others."""
    order = np.lexsort((-z, owner))
    start = np.flatnonzero(np.r_[True, np.diff(owner[order]) > 0])
    count = np.bincount(owner, weights=np.isfinite(z))[owner]
    first, second = np.full(owner.max() + 1, -1), np.full(owner.max() + 1, -1)
    first[owner[order[start]]] = order[start]
    more = start[np.bincount(owner)[owner[order[start]]] > 1] + 1
    second[owner[order[more]]] = order[more]
    top = np.where(first[owner] == np.arange(len(owner)), second[owner], first[owner])
    return np.asarray(np.where(count >= 4, top, -1), dtype=np.intp)


def alignment(units: Floats, usual: Floats, inside: Bools) -> tuple[Floats, Floats]:
    """How far each item points along what a group shares: a group's `units` [n, d], each without itself, and others'
    [m, d]. `inside` [n] marks the items that count, near-duplicates aside."""
    total, base, n = units[inside].sum(axis=0), usual.mean(axis=0), int(inside.sum())
    rest = (total - np.where(inside[:, None], units, 0.0)) / np.maximum(n - inside, 1)[:, None] - base
    along = (units * rest).sum(axis=1) / np.maximum(np.linalg.norm(rest, axis=1), 1e-12)
    pattern = total / n - base
    return along, usual @ (pattern / max(float(np.linalg.norm(pattern)), 1e-12))


__all__ = [
    "CAMERA",
    "CHANCE",
    "LEAST",
    "Shown",
    "Sums",
    "add_up",
    "alignment",
    "alone",
    "by_a_camera",
    "compared",
    "group_tests",
    "normal_scores",
    "nothing",
    "of_a_camera",
]
