"""Do the labels of one contributor's items of one class fit worse than others' labels of that class?"""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sebrus.detect.coherence import LEAST, Shown
from sebrus.detect.labels import LabelTest

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


def misfit(tested: LabelTest, labels: Ints, place: Ints, group_label: Ints, reference: Bools, counted: Bools) -> Shown:
    """Compare normal scores of how unlikely labels are (van der Waerden's two-sample test), group by group.

    `place` [n] is each row's group or -1, `group_label` and `reference` [groups] say each group's class and whether
    it is reference; `counted` [n] marks the rows that count. `excess` is the difference of mean scores, signed.
    """
    groups = len(group_label)
    excess, deviation = np.full(groups, np.nan), np.full(groups, np.nan)
    use = counted & tested.tested
    for k in np.unique(group_label):
        rows = np.flatnonzero(use & (labels == k))
        at = np.flatnonzero(group_label == k)
        if len(rows) < 2 * LEAST:
            continue
        score = stats.norm.ppf(stats.rankdata(-tested.log_given[rows]) / (len(rows) + 1))
        if score.var() < 1e-6:
            continue
        inside = place[rows] >= 0
        n = np.bincount(place[rows[inside]], minlength=groups)[at].astype(np.float64)
        own = np.bincount(place[rows[inside]], weights=score[inside], minlength=groups)[at]
        free = ~inside
        m = n[reference[at]].sum() + free.sum() - np.where(reference[at], n, 0.0)
        rest = own[reference[at]].sum() + score[free].sum() - np.where(reference[at], own, 0.0)
        enough = (n >= LEAST) & (m >= LEAST)
        n, m = np.maximum(n, 1.0), np.maximum(m, 1.0)
        excess[at] = np.where(enough, own / n - rest / m, np.nan)
        deviation[at] = np.sqrt(score.var() * (1.0 / n + 1.0 / m))
    return Shown(excess, deviation, np.zeros(groups), excess / deviation)


__all__ = ["misfit"]
