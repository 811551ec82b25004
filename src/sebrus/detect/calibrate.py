"""Calibrated p-values and the error rates they carry."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ENOUGH = 20


def conformal(scores: ArrayLike, calibration: ArrayLike) -> Floats:
    """Conformal p-values: `(1 + how many calibration scores are at least this large) / (m + 1)`.

    Uniform or larger under exchangeability (Vovk et al.; Bates et al., Annals of Statistics 2023).

    >>> conformal([5.0, 0.0], [1.0, 2.0, 3.0]).tolist()
    [0.25, 1.0]
    """
    ordered = np.sort(np.asarray(calibration, dtype=np.float64).ravel())
    above = len(ordered) - np.searchsorted(ordered, np.asarray(scores, dtype=np.float64), side="left")
    return np.asarray((1.0 + above) / (len(ordered) + 1.0))


def pooled(p_values: ArrayLike, ratio: float) -> float:
    """One p-value for n conformal p-values that share a calibration set of m scores, `ratio` = n / m.

    Fisher's statistic with the correction for the shared set: with r the ratio,
    `(-2 sum log p + 2 n (sqrt(1 + r) - 1)) / sqrt(1 + r)` is chi-square with 2n degrees in the limit
    (Bates et al., "Testing for outliers with conformal p-values", 2023, section 3). With several sets of sizes m_k
    for n_k p-values each, the ratio is the mean of n_k / m_k over the p-values.
    """
    values = np.asarray(p_values, dtype=np.float64)
    n = len(values)
    if n == 0:
        return 1.0
    widening = float(np.sqrt(1.0 + ratio))
    statistic = (-2.0 * float(np.log(values).sum()) + 2.0 * n * (widening - 1.0)) / widening
    return float(stats.chi2.sf(statistic, 2 * n))


def rejected(p_values: ArrayLike, rate: float) -> Bools:
    """Benjamini-Hochberg: which hypotheses are rejected with a false discovery rate of at most `rate`.

    >>> rejected([0.001, 0.9, 0.02], 0.05).tolist()
    [True, False, True]
    """
    values = np.asarray(p_values, dtype=np.float64)
    if values.size == 0:
        return np.zeros(0, dtype=np.bool_)
    order = np.argsort(values, kind="stable")
    passing = np.flatnonzero(values[order] <= rate * np.arange(1, len(values) + 1) / len(values))
    chosen = np.zeros(len(values), dtype=np.bool_)
    if len(passing):
        chosen[order[: passing[-1] + 1]] = True
    return chosen


def at_least(p_values: ArrayLike, level: float) -> int:
    """With confidence `1 - level`, at least this many of the hypotheses are false.

    Closed testing with Simes' test, by Hommel's shortcut (Goeman et al., Biometrika 2019).

    >>> at_least([1e-6] * 10 + [0.5] * 10, 0.05)
    10
    """
    ordered = np.sort(np.asarray(p_values, dtype=np.float64))
    n = len(ordered)
    for size in range(n, 0, -1):
        if np.all(ordered[n - size :] > level * np.arange(1, size + 1) / size):
            return n - size
    return n


def genomic_control(z: Floats) -> Floats:
    """Normal scores against what most of them show, where they differ more than the law allows; nan stays.

    The null law is as wide as the middle half of all scores shows it to be (Devlin and Roeder, Biometrics 1999). At
    least 20 scores are needed; the law is never narrowed.

    >>> genomic_control(np.array([5.0]))
    array([5.])
    """
    known = z[~np.isnan(z)]
    if len(known) < ENOUGH:
        return z
    centre = max(0.0, float(np.median(known)))
    spread = max(1.0, float(np.quantile(known, 0.75) - np.median(known)) / 0.6745)
    return np.asarray((z - centre) / spread)


def smallest(p_values: ArrayLike) -> float:
    """The Bonferroni p-value of the intersection of hypotheses; 1 when there is none."""
    values = np.asarray(p_values, dtype=np.float64)
    return float(min(1.0, values.min() * len(values))) if values.size else 1.0


__all__ = ["ENOUGH", "at_least", "conformal", "genomic_control", "pooled", "rejected", "smallest"]
