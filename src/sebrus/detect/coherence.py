"""Do one contributor's items of one class share a pattern that nobody else's items of that class show?

For the n distinct items of a contributor and class and the m reference items of that class, unit residuals are
compared by the two-sample statistic of Chen and Qin (Annals of Statistics 2010): the squared distance of the two
mean residuals, without the terms of an item with itself. Under exchangeability it is a weighted sum of
chi-squares, matched here by three moments. A trigger adds up over items while content does not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sebrus.detect.residual import Residuals

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

# One contributor's camera may leave a stronger mark in one class than in another: up to this ratio of squared size
# it counts as the camera's, not the class's.
CAMERA = 4.0


@dataclass(frozen=True, slots=True)
class Group:
    """One contributor's items of one class.

    `rows` all of them, `distinct` those without near-duplicates, `excess` the estimated squared size of the shared
    pattern, `deviation` its standard deviation when there is none, `z` their ratio, `skew` of the null law.
    """

    contributor: int
    label: int
    rows: Ints
    distinct: Ints
    excess: float
    deviation: float
    z: float
    skew: float


def group_test(res: Residuals, contributor: int, label: int, rows: Ints, distinct: Ints, active: bool) -> Group | None:
    """Measure one group against the reference items of other contributors; None when either is too small."""
    n = len(distinct)
    total, m = reference(res, label, rows, active)
    if n < 2 or m < 2:
        return None
    square, cube = float(res.square[label]), float(res.cube[label])
    if square <= 0.0:
        return None
    own = res.unit[distinct].sum(axis=0, dtype=np.float64)
    within = (own @ own - float(res.length[distinct].sum())) / (n * (n - 1))
    lengths = float(res.lengths[label]) - (float(res.length[rows].sum()) if active else 0.0)
    apart = (total @ total - lengths) / (m * (m - 1))
    excess = float(within + apart - 2.0 * (own @ total) / (n * m))
    variance = 2.0 * square * (1 / (n * (n - 1)) + 1 / (m * (m - 1)) + 2 / (n * m))
    skew = 8.0 * cube / (2.0 * square) ** 1.5
    deviation = float(np.sqrt(variance))
    return Group(contributor, label, rows, distinct, excess, deviation, excess / deviation, skew)


def reference(res: Residuals, label: int, rows: Ints, active: bool) -> tuple[Floats, int]:
    """The sum and count of the class's reference residuals without these rows."""
    total, m = res.sums[label].astype(np.float64), int(res.counts[label])
    if active:
        total, m = total - res.unit[rows].sum(axis=0, dtype=np.float64), m - len(rows)
    return total, m


def tail(z: float, skew: float) -> float:
    """Upper tail of a standardised weighted sum of chi-squares, by the chi-square with its skewness."""
    degrees = 8.0 / max(skew, 1e-3) ** 2
    return float(stats.chi2.sf(degrees + z * np.sqrt(2.0 * degrees), degrees))


def inflation(groups: list[Group]) -> tuple[float, float]:
    """Where the middle of all groups lies and how wide it is, against the null law.

    Contributors differ honestly, so the null is widened by what most of them show: the genomic control of Devlin
    and Roeder (Biometrics 1999). At least 20 groups are needed; the law is never narrowed.
    """
    if len(groups) < 20:
        return 0.0, 1.0
    u = np.array([tail(g.z, g.skew) for g in groups])
    scores = stats.norm.isf(np.clip(u, 1e-300, 1 - 1e-12))
    centre = max(0.0, float(np.median(scores)))
    spread = float(np.quantile(scores, 0.75) - np.median(scores)) / 0.6745
    return centre, max(1.0, spread)


def p_value(group: Group, siblings: list[Group], centre: float, spread: float) -> float:
    """The group's p-value; 1 when the contributor's other classes show as much, as one camera would."""
    if group.excess <= CAMERA * _elsewhere(group, siblings):
        return 1.0
    raw = tail(group.z, group.skew)
    if raw == 0.0:
        return 1e-300
    score = (float(stats.norm.isf(raw)) - centre) / spread
    return float(stats.norm.sf(score))


def _elsewhere(group: Group, siblings: list[Group]) -> float:
    """The excess the contributor's other classes show together; 0 when it could be chance (one in a hundred)."""
    others = [g for g in siblings if g.label != group.label]
    weight = np.array([g.deviation**-2 for g in others], dtype=np.float64)
    if not len(others):
        return 0.0
    shown = float(np.average([g.excess for g in others], weights=weight))
    return shown if shown * np.sqrt(weight.sum()) > stats.norm.isf(0.01) else 0.0


def alignment(res: Residuals, group: Group, active: bool) -> tuple[Floats, Floats, Floats]:
    """How far each item points along the group's shared pattern: the group's rows, each without itself, and all items.

    Returns scores [rows], scores [n] of every item, and the pattern [pixels].
    """
    total, m = reference(res, group.label, group.rows, active)
    base = total / m
    distinct = res.unit[group.distinct].astype(np.float64)
    own, n = distinct.sum(axis=0), len(distinct)
    pattern = own / n - base
    length = float(np.linalg.norm(pattern)) or 1.0
    everyone = (res.unit @ (pattern / length).astype(np.float32)).astype(np.float64)
    mine = res.unit[group.rows].astype(np.float64)
    inside = np.isin(group.rows, group.distinct)
    rest = (own - np.where(inside[:, None], mine, 0.0)) / np.maximum(n - inside, 1)[:, None] - base
    scores = (mine * rest).sum(axis=1) / np.maximum(np.linalg.norm(rest, axis=1), 1e-12)
    return scores, everyone, pattern


__all__ = ["Group", "alignment", "group_test", "inflation", "p_value", "reference", "tail"]
