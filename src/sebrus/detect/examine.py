"""One look at the whole pool, given whose items serve as reference."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.calibrate import rejected, smallest
from sebrus.detect.canvas import FloatArray, shrink
from sebrus.detect.coherence import Group, group_test, inflation, p_value
from sebrus.detect.duplicates import distinct, likeness, shapes
from sebrus.detect.features import features
from sebrus.detect.findings import Test
from sebrus.detect.intake import Pool
from sebrus.detect.labels import LabelTest, blind_without, contributor_bet, label_test, rank_test
from sebrus.detect.outside import Outside
from sebrus.detect.residual import LONGEST, Residuals, detail, residuals
from sebrus.detect.ridge import Fit, by_source, fit, targets

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
Progress = Callable[[str, float], None]

ROUNDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A pool with all that does not depend on whose items are the reference.

    `members` are the rows of each contributor, `groups` lists (contributor, class, rows, distinct rows), `repeated`
    marks near-duplicates of another row of the same group.
    """

    pool: Pool
    source: Ints
    described: FloatArray
    details: FloatArray
    signs: Floats
    members: list[Ints]
    groups: list[tuple[int, int, Ints, Ints]]
    repeated: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Examination:
    """What one look found. `accusation` per contributor: p-value, the test that spoke, its class or -1."""

    active: Bools
    model: Fit
    labels: LabelTest
    residuals: Residuals
    groups: list[tuple[Group, float]]
    accusation: list[tuple[float, Test, int]]

    def p_values(self) -> Floats:
        """The contributors' p-values."""
        return np.array([accusation[0] for accusation in self.accusation], dtype=np.float64)


def prepare(pool: Pool, progress: Progress) -> Prepared:
    """Compute features, residual detail and near-duplicates once."""
    classes = len(pool.classes)
    comparable = len(pool.names) > 1 or pool.trusted.any()
    alone = pool.trusted if comparable else np.ones(len(pool.labels), dtype=np.bool_)
    source = np.where(alone, len(pool.names) + np.arange(len(pool.labels)), pool.source)
    described = features(pool.images, lambda done: progress("features", done))
    progress("residuals", 0.0)
    details = detail(shrink(pool.images, LONGEST))
    members = by_source(pool.source)[: len(pool.names)]
    groups = _groups(pool, members) if comparable else []
    repeated = np.zeros(len(pool.labels), dtype=np.bool_)
    for _, _, rows, kept in groups:
        repeated[rows[~np.isin(rows, kept)]] = True
    progress("residuals", 1.0)
    return Prepared(pool, source, described, details, targets(pool.labels, classes), members, groups, repeated)


def _groups(pool: Pool, members: list[Ints]) -> list[tuple[int, int, Ints, Ints]]:
    shape = shapes(shrink(pool.images, 32), pool.labels, len(pool.classes))
    limits: dict[int, float] = {}
    groups = []
    for contributor, rows in enumerate(members):
        for part in by_source(pool.labels[rows]):
            if len(part) < 2:
                continue
            held = rows[part]
            label = int(pool.labels[held[0]])
            if label not in limits:
                limits[label] = likeness(shape, pool.labels, pool.source, label)
            groups.append((contributor, label, held, distinct(shape, held, limits[label])))
    return groups


def examine(ready: Prepared, active: Bools) -> Examination:
    """Test every contributor against the active items of the others."""
    pool, classes = ready.pool, len(ready.pool.classes)
    model = fit(ready.described, ready.signs, active)
    scores = Outside(model, pool.labels).scores(ready.source)
    support = _support(ready.source, pool.labels, classes, active)
    tested = label_test(scores, pool.labels, support, active, pool.trusted)
    res = residuals(ready.details, pool.labels, classes, active)
    found = [
        group_test(res, contributor, label, rows, kept, bool(active[rows[0]]))
        for contributor, label, rows, kept in ready.groups
    ]
    measured = [group for group in found if group is not None]
    centre, spread = inflation(measured)
    siblings: dict[int, list[Group]] = {}
    for group in measured:
        siblings.setdefault(group.contributor, []).append(group)
    groups = [(group, p_value(group, siblings[group.contributor], centre, spread)) for group in measured]
    accusation = _accuse(ready, tested, groups, active)
    return Examination(active, model, tested, res, groups, accusation)


def _support(source: Ints, labels: Ints, classes: int, active: Bools) -> Ints:
    """How many active items of other sources carry each item's label, [n]."""
    cell = source * classes + labels
    _, place = np.unique(cell, return_inverse=True)
    own = np.bincount(place, weights=active)[place]
    return np.asarray(np.bincount(labels, weights=active, minlength=classes)[labels] - own, dtype=np.intp)


def _accuse(
    ready: Prepared, tested: LabelTest, groups: list[tuple[Group, float]], active: Bools
) -> list[tuple[float, Test, int]]:
    patterns: dict[int, list[tuple[float, int]]] = {}
    for group, p in groups:
        patterns.setdefault(group.contributor, []).append((p, group.label))
    accusation: list[tuple[float, Test, int]] = []
    labels = ready.pool.labels
    blind = blind_without(tested, ready.members, active & ~ready.pool.trusted)
    for contributor, rows in enumerate(ready.members):
        once = rows[~ready.repeated[rows]]
        label_p = contributor_bet(replace(tested.of(once), blind=blind[contributor]), labels[once])
        if label_p < 1.0:
            others = np.flatnonzero(active & (ready.pool.source != contributor))
            label_p = max(label_p, rank_test(tested, labels, once, others))
        shared = patterns.get(contributor, [])
        pattern_p = smallest([p for p, _ in shared])
        p = smallest([label_p, pattern_p])
        if pattern_p < label_p:
            accusation.append((p, "pattern", min(shared)[1]))
        else:
            accusation.append((p, "label", -1))
    return accusation


def settle(ready: Prepared, rate: float, progress: Progress) -> Examination:
    """Look again without those already accused, worst first, so that they do not blur the reference for others.

    Each round sets aside the accused whose p-value is within the square root of the worst for the same test and
    class. Without a trusted seed at most half of the contributors are set aside.
    """
    aside: set[int] = set()
    most = len(ready.members) if ready.pool.trusted.any() else (len(ready.members) - 1) // 2
    active = np.ones(len(ready.pool.labels), dtype=np.bool_)
    for turn in range(ROUNDS):
        progress("tests", turn / ROUNDS)
        seen = examine(ready, active)
        fresh = [c for c in _worst(seen, rate) if c not in aside][: max(0, most - len(aside))]
        if not fresh or turn == ROUNDS - 1:
            break
        aside.update(fresh)
        for contributor in fresh:
            active[ready.members[contributor]] = False
    progress("tests", 1.0)
    return seen


def _worst(seen: Examination, rate: float) -> list[int]:
    p_values = seen.p_values()
    accused = np.flatnonzero(rejected(p_values, rate))
    least: dict[tuple[Test, int], float] = {}
    for contributor in accused:
        p, test, label = seen.accusation[contributor]
        least[test, label] = min(p, least.get((test, label), 1.0))
    chosen = [c for c in accused if p_values[c] <= np.sqrt(least[seen.accusation[c][1:]])]
    return [int(c) for c in sorted(chosen, key=lambda c: p_values[c])]


__all__ = ["Examination", "Prepared", "Progress", "examine", "prepare", "settle"]
