"""SPECTRE: robust whitening, then quantum entropy scores; written from the paper.

Hayase, Kong, Somani and Oh, "SPECTRE: defending against backdoor attacks using robust statistics", ICML 2021. The
exponential is that of the matrix, as in the authors' code; two public ports take it element by element. The paper
gives the method 1.5 x the true number of poisoned items; here it is 1.5 x a bound that was stated beforehand.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from benchmarks.detect.judgement import Floats
from benchmarks.detect.pool import Bools, Labels

BOUND = 0.01
MULTIPLE = 1.5
LARGEST = 64
ALPHA = 4.0
LEAST = 12
# Of the largest variance. A small network leaves directions in which hardly anything varies; whitened as they are,
# a few honest images rule them, and the method loses sight of poison that it finds with this floor.
FLOOR = 0.01
Rows = NDArray[np.intp]


def spectre(described: Floats, labels: Labels, bound: float, seed: int) -> tuple[Bools, Floats]:
    """Flags [n] and scores [n] from features [n, d]; `bound` is the largest share of the pool that may be poison.

    The class in which whitening by what is kept leaves most spread is taken for the attacker's target, and its
    1.5 x `bound` x n highest scores are flagged. Scores are quantum entropies divided by their median in the class;
    those of the class taken stand above all others, as the method looks nowhere else.
    """
    rng = np.random.default_rng(seed)
    flags, scores, best = np.zeros(len(labels), np.bool_), np.zeros(len(labels)), -np.inf
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        if len(rows) < LEAST:
            continue
        poison = _budget(bound * len(labels), len(rows))
        excess, found = _class_scores(described[rows], poison, rng)
        scores[rows] = found / (np.median(found) + 1e-12)
        if excess > best:
            best = excess
            flags[:] = False
            flags[rows[np.argsort(found)[::-1][: _removed(poison)]]] = True
    if flags.any():
        scores[labels == labels[flags][0]] += scores.max()
    return flags, scores


def _budget(wanted: float, size: int) -> int:
    """Poison to expect in a class: as the bound says, at most a third of the class (a tenth of a small one)."""
    return max(1, int(min(wanted, (0.33 if size >= 500 else 0.1) * size)))


def _removed(poison: int) -> int:
    return max(1, round(MULTIPLE * poison))


def _class_scores(described: Floats, poison: int, rng: np.random.Generator) -> tuple[float, Floats]:
    """The class's excess spread and scores, in the number of dimensions that shows most of it (Algorithm 3)."""
    centred = described - described.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    widest = centred @ directions[:LARGEST].T
    best, chosen = -np.inf, np.zeros(len(described))
    for k in _dimensions(min(widest.shape[1], len(described) // 3)):
        scores = _quantum(whitened(widest[:, :k], kept_by_filter(widest[:, :k], poison, rng)))
        kept = np.argsort(scores)[: len(scores) - _removed(poison)]
        excess = float(_quantum(whitened(widest, kept)).mean())
        if excess > best:
            best, chosen = excess, scores
    return best, chosen


def _dimensions(most: int) -> list[int]:
    """Squares of an even grid, 1 to `most`."""
    grid = np.linspace(1, np.sqrt(max(1, most)), 8) ** 2
    return sorted({round(float(one)) for one in grid})


def kept_by_filter(points: Floats, poison: int, rng: np.random.Generator) -> Rows:
    """Rows left after removing what spreads the points' spread: at most twice `poison` of them.

    After Diakonikolas et al. (2017): whiten by the covariance of what is kept; while the largest eigenvalue of the
    fourth moment exceeds a Gaussian's, drop points at random, likelier the farther they reach in that direction.
    """
    kept = np.arange(len(points))
    smallest = max(len(points) - 2 * poison, LEAST)
    while len(kept) > smallest:
        white = whitened(points, kept)[kept]
        length = (white**2).sum(axis=1)
        far = length > _radius(white.shape[1], len(points))
        if far.any():
            farthest = kept[far][np.argsort(length[far])[::-1]]
            kept = np.setdiff1d(kept, farthest[: len(kept) - smallest])
            continue
        reach, moment = _worst_form(white)
        if moment <= 1.0 + 4.0 * np.sqrt(white.shape[1] / len(white)):
            break
        count = max(1, min(poison // 4, len(kept) - smallest))
        likely = np.argsort(reach)[::-1][: 2 * count]
        kept = np.delete(kept, rng.permutation(likely)[:count])
    return kept


def _radius(dimensions: int, count: int) -> float:
    """A squared length that not one of `count` Gaussian points is expected to pass (Laurent and Massart 2000)."""
    tail = np.log(10.0 * count)
    return float(dimensions + 2 * np.sqrt(dimensions * tail) + 2 * tail)


def _worst_form(white: Floats) -> tuple[Floats, float]:
    """Squared values of the quadratic form that varies most over the points, and that variance beside a Gaussian's.

    The largest eigenvector of the fourth moment, found by power iteration, without writing d^2 x d^2 numbers down.
    """
    dimensions = white.shape[1]
    form = np.diag(np.linspace(1.0, 0.5, dimensions))
    values = np.zeros(len(white))
    for _ in range(8):
        form /= np.linalg.norm(form)
        values = np.einsum("ij,jk,ik->i", white, form, white, optimize=True) - np.trace(form)
        form = (white * values[:, None]).T @ white / len(white) - values.mean() * np.eye(dimensions)
        form = (form + form.T) / 2
        if not np.linalg.norm(form):
            break
    return values**2, float(values.var() / 2.0)


def whitened(points: Floats, kept: Rows) -> Floats:
    """All points, shifted and scaled so that the kept ones have mean 0 and covariance 1."""
    mean = points[kept].mean(axis=0)
    covariance = np.atleast_2d(np.cov(points[kept], rowvar=False))
    values, vectors = eigh(covariance)
    floor = max(float(values[-1]) * FLOOR, 1e-12)
    return np.asarray((points - mean) @ (vectors / np.sqrt(np.maximum(values, floor))))


def _quantum(white: Floats) -> Floats:
    """Quantum entropy scores x' M x, M = exp(alpha (S - I) / (|S| - 1)) / its trace (Algorithm 2)."""
    spread = np.atleast_2d(np.cov(white, rowvar=False))
    values, vectors = eigh(spread)
    largest = float(np.abs(values).max())
    power = np.exp(ALPHA * (values - values.max()) / max(largest - 1.0, 1e-6))
    return np.asarray(((white @ vectors) ** 2) @ (power / power.sum()))


__all__ = ["BOUND", "kept_by_filter", "spectre", "whitened"]
