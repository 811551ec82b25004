"""Is there a second kind of item inside a class of the network's features?

Two scores per item, for class-centred whitened features: QUE, the quadratic form with the matrix exponential of the
excess covariance (Hayase et al., "SPECTRE", ICML 2021), and the log-likelihood ratio of two clusters with one
covariance, each item for the smaller one (Tang et al., "Demon in the variant", SCAn, USENIX Security 2021). Neither is
given a count of poison: both only rank items, and the ranks of contributors are compared.
"""

import numpy as np
from scipy import linalg

from sebrus.detect.deep.standing import Floats, Ints

DIMENSIONS = 32
TRIMMED = 0.1
TURNS = 30
FEWEST = 20


def spectrum_scores(white: Floats, labels: Ints, classes: int) -> tuple[Floats, Floats]:
    """QUE scores [n] and two-cluster log-likelihood ratios [n] of whitened vectors [n, d], 0 in classes under 20."""
    energy, ratio = np.zeros(len(labels)), np.zeros(len(labels))
    for label in range(classes):
        rows = np.flatnonzero(labels == label)
        if len(rows) >= FEWEST:
            inner = _robust(white[rows])
            energy[rows], axis = que(inner)
            ratio[rows] = two_clusters(inner, axis)
    return energy, ratio


def _robust(points: Floats) -> Floats:
    """The leading coordinates, whitened by the covariance of the items that lie innermost."""
    kept = np.ones(len(points), dtype=np.bool_)
    for _ in range(2):
        centre = points[kept].mean(axis=0)
        distance = ((points - centre) ** 2).sum(axis=1)
        kept = distance <= np.quantile(distance, 1.0 - TRIMMED)
    centred = points - points[kept].mean(axis=0)
    _, axes = linalg.eigh(centred.T @ centred)
    inner = centred @ axes[:, ::-1][:, : min(DIMENSIONS, len(points) // 4 + 1)]
    spread = np.sqrt(np.maximum((inner[kept] ** 2).mean(axis=0), 1e-12))
    return np.asarray(inner / spread)


def que(points: Floats) -> tuple[Floats, Floats]:
    """Quadratic forms x'Mx with M the exponential of 4 (S - I) / (|S| - 1), of trace 1, and the leading axis of S."""
    covariance = points.T @ points / len(points)
    eigen, axes = linalg.eigh(covariance)
    strength = max(float(eigen[-1]) - 1.0, 1e-6)
    weight = linalg.expm(4.0 * np.clip(1.0 / strength, 0.0, 1e3) * (covariance - np.eye(len(covariance))))
    weight /= max(float(np.trace(weight)), 1e-300)
    return np.einsum("nd,de,ne->n", points, weight, points), axes[:, -1]


def two_clusters(points: Floats, axis: Floats) -> Floats:
    """How much likelier each point is in the smaller of two clusters than in the larger one, as a log-ratio."""
    along = points @ axis
    second = along > np.quantile(along, 0.9) if _skew(along) > 0 else along < np.quantile(along, 0.1)
    gain = np.zeros(len(points))
    for _ in range(TURNS):
        one, two = points[~second], points[second]
        if len(one) < 2 or len(two) < 2:
            return np.zeros(len(points))
        apart = two.mean(axis=0) - one.mean(axis=0)
        middle = (two.mean(axis=0) + one.mean(axis=0)) / 2
        within = (np.cov(one, rowvar=False) * len(one) + np.cov(two, rowvar=False) * len(two)) / (len(one) + len(two))
        ridge = 0.1 * float(np.trace(np.atleast_2d(within))) / points.shape[1]
        direction = np.linalg.solve(np.atleast_2d(within) + ridge * np.eye(points.shape[1]), apart)
        gain = (points - middle) @ direction + np.log(len(two) / len(one))
        if np.array_equal(gain > 0, second):
            break
        second = gain > 0
    return gain if second.mean() <= 0.5 else -gain


def _skew(values: Floats) -> float:
    centred = values - values.mean()
    return float((centred**3).mean())


__all__ = ["que", "spectrum_scores", "two_clusters"]
