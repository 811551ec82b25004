"""Accounts that send one pattern: poison dealt out over many accounts, a few items each.

Within a class, groups of different contributors are joined as long as what they share together becomes clearer. The
union is tested like one contributor's items, paying for every set of as many groups that might have been chosen, and
each member is then tested against the pattern of the others, paying for every group that might have joined.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from sebrus.detect.basis import Basis
from sebrus.detect.coherence import CAMERA, CHANCE, Sums, by_a_camera, group_tests, normal_scores

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

STARTS, FEW_STARTS = 10, 3  # few where one group is in all of them
ALIGNED, OTHERS = 50, 150


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """Groups of one class that share a pattern in one view, with each one's p-value.

    `clear` is how clear the pattern of all of them is: the negative logarithm of its p-value, the search paid for.
    """

    view: str
    label: int
    groups: Ints
    p_values: Floats
    clear: float


@dataclass(frozen=True, slots=True, eq=False)
class _Class:
    """The groups of one class: products of what sets them apart (`cross`, its diagonal without an item's product with
    itself), items `n`, and the null law's `scale` and `skew`. The scale is widened to what two in three pairs show, for
    contributors differ honestly. The groups were chosen from `among` ones."""

    at: Ints
    cross: Floats
    n: Floats
    scale: float
    skew: float
    among: int

    def statistic(self, chosen: list[int]) -> float:
        size = float(self.n[chosen].sum())
        spread = self.scale * float(np.sqrt(size * max(size - 1.0, 1.0)))
        return float(self.cross[np.ix_(chosen, chosen)].sum()) / spread


def linked(
    view: str,
    sums: Sums,
    basis: Basis,
    owner: Ints,
    label: Ints,
    active: Bools,
    rate: float,
    through: int | None = None,
    barred: Bools | None = None,
) -> list[Link]:
    """The linked groups of every class in one view, where two members or more are significant at `rate`.

    `through` asks only for links of one contributor: sets that its group belongs to, at the price of all sets. Groups
    that are `barred` link to nobody.
    P-values are corrected for classes, sets and members; a camera that a contributor, or several together, have in all
    of their classes links nobody.
    """
    found = []
    free = ~by_a_camera(group_tests(sums, basis, label, active), owner)
    free &= True if barred is None else ~barred
    classes = np.unique(label[active])
    for k in classes:
        at = np.flatnonzero((label == k) & active & free & (sums.n > 0))
        own = at[owner[at] == through]
        if len(at) < 3 or basis.square[k] <= 0.0 or (through is not None and not len(own)):
            continue
        groups = _class(sums, basis, at if through is None else _aligned(sums, at, int(own[0])), int(k), len(at))
        first = None if through is None else int(np.flatnonzero(groups.at == own[0])[0])
        link = _best(view, groups, int(k), first)
        if link is None:
            continue
        p_values = np.minimum(1.0, link.p_values * len(classes))
        kept = p_values <= rate
        if kept.sum() >= 2 and not _camera(sums, basis, owner, label, link.groups[kept], active):
            found.append(Link(view, int(k), link.groups[kept], p_values[kept], link.clear))
    return found


def clearest(sums: Sums, basis: Basis, at: Ints, k: int) -> float:
    """How `clear` the clearest link among groups `at` of class k is; minus infinity where there is none."""
    best = _best("", _class(sums, basis, at, k, len(at)), k, None)
    return -np.inf if best is None else best.clear


def _aligned(sums: Sums, at: Ints, own: int) -> Ints:
    """Of many groups those that point where one does, some others that say how much groups differ, and itself."""
    if len(at) <= ALIGNED + OTHERS:
        return at
    total = sums.total(at)
    apart = sums.own[own] - total * (sums.n[own] / sums.n[at].sum())
    toward = (sums.along(at, apart) - sums.n[at] / sums.n[at].sum() * float(total @ apart)) / np.sqrt(sums.n[at])
    toward[at == own] = np.inf
    nearest = np.argsort(-toward, kind="stable")
    some = nearest[ALIGNED :: max(1, (len(at) - ALIGNED) // OTHERS)]
    return np.asarray(np.sort(at[np.concatenate([nearest[:ALIGNED], some])]))


def _class(sums: Sums, basis: Basis, at: Ints, k: int, among: int) -> _Class:
    n = sums.n[at].astype(np.float64)
    own = sums.own[at]
    base = (own.sum(axis=0) + sums.rest[k]) / (n.sum() + sums.rest_n[k])
    apart = own - n[:, None] * base
    cross = apart @ apart.T
    cross[np.diag_indices(len(at))] -= sums.length[at] - 2.0 * own @ base + n * float(base @ base)
    square = 2.0 * float(basis.square[k])
    apart_z = cross[np.triu_indices(len(at), 1)] / _pairs(n, square)
    wider = max(1.0, float(np.quantile(np.abs(apart_z), 0.6827)))
    return _Class(at, cross, n, float(np.sqrt(square)) * wider, 8.0 * float(basis.cube[k]) / square**1.5, among)


def _pairs(n: Floats, square: float) -> Floats:
    """The deviation of each pair's product when the two share nothing."""
    first, second = np.triu_indices(len(n), 1)
    return np.asarray(np.sqrt(n[first] * n[second] * square / 2.0))


def _best(view: str, groups: _Class, k: int, first: int | None) -> Link | None:
    pairs = groups.cross / np.sqrt(groups.n[:, None] * groups.n[None, :])
    pairs[np.tril_indices(len(pairs))] = -np.inf
    if first is not None:
        others = np.arange(len(pairs)) != first
        pairs[np.ix_(others, others)] = -np.inf
    best: Link | None = None
    starts = STARTS if first is None else FEW_STARTS
    for start in np.argsort(pairs, axis=None)[::-1][: min(starts, int(np.isfinite(pairs).sum()))]:
        chosen = _grown([int(one) for one in np.unravel_index(start, pairs.shape)], groups)
        clear = _clear(chosen, groups)
        if best is None or clear > best.clear:
            p_values = np.maximum(np.exp(-max(0.0, clear)), _member_p(chosen, groups))
            best = Link(view, k, groups.at[chosen], p_values, clear)
    return best


def _grown(chosen: list[int], groups: _Class) -> list[int]:
    """Add the group that makes the union clearest, as long as one does; at most half of the groups."""
    at = groups.statistic(chosen)
    own = np.diag(groups.cross)
    while len(chosen) < len(groups.n) // 2:
        inner = float(groups.cross[np.ix_(chosen, chosen)].sum())
        size = float(groups.n[chosen].sum()) + groups.n
        joined = (inner + 2.0 * groups.cross[chosen].sum(axis=0) + own) / (groups.scale * np.sqrt(size * (size - 1.0)))
        joined[chosen] = -np.inf
        candidate = int(joined.argmax())
        if joined[candidate] <= at:
            break
        chosen.append(candidate)
        at = float(joined[candidate])
    return chosen


def _clear(chosen: list[int], groups: _Class) -> float:
    """The negative logarithm of the union's p-value times the number of sets of groups of its size, and of sizes."""
    z = normal_scores(np.array([groups.statistic(chosen)]), np.array([groups.skew]))[0]
    count, size = groups.among, len(chosen)
    sets = special.gammaln(count + 1) - special.gammaln(size + 1) - special.gammaln(count - size + 1)
    return -(float(stats.norm.logsf(z)) + float(sets) + float(np.log(count)))


def _member_p(chosen: list[int], groups: _Class) -> Floats:
    """For each member the p-value that it points where the others together point, times the number of groups."""
    block = groups.cross[np.ix_(chosen, chosen)]
    n = groups.n[chosen]
    toward = block.sum(axis=1) - np.diag(block)
    z = toward / (groups.scale / np.sqrt(2.0) * np.sqrt(n * (n.sum() - n)))
    return np.asarray(np.minimum(1.0, stats.norm.sf(z) * groups.among))


def _camera(sums: Sums, basis: Basis, owner: Ints, label: Ints, members: Ints, active: Bools) -> bool:
    """Do the same contributors share as much in their other classes, as one make of camera would?"""
    who = owner[members]
    values, weights = [], []
    for k in np.unique(label[active]):
        at = np.flatnonzero((label == k) & active & np.isin(owner, who) & (sums.n > 0))
        if k != label[members[0]] and len(at) >= 2 and basis.square[k] > 0.0:
            values.append(_excess(sums, at, int(k), label, owner, active))
            weights.append(float(sums.n[at].sum()) ** 2 / (2.0 * basis.square[k]))
    if not values:
        return False
    elsewhere = float(np.average(values, weights=weights))
    if elsewhere * np.sqrt(np.sum(weights)) <= CHANCE:
        return False
    return _excess(sums, members, int(label[members[0]]), label, owner, active) <= CAMERA * elsewhere


def _excess(sums: Sums, at: Ints, k: int, label: Ints, owner: Ints, active: Bools) -> float:
    """The squared size of what these groups share that the class's groups of other contributors do not."""
    rest = np.flatnonzero((label == k) & active & ~np.isin(owner, owner[at]))
    m = max(1.0, float(sums.n[rest].sum() + sums.rest_n[k]))
    n = float(sums.n[at].sum())
    apart = sums.total(at) - n * (sums.total(rest) + sums.rest[k]) / m
    return float(apart @ apart - sums.length[at].sum()) / (n * max(n - 1.0, 1.0))


__all__ = ["Link", "clearest", "linked"]
