"""What is usual: each class's mean and the spread around it, in every view. What is left over is a residual."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.canvas import FloatArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

SAMPLE = 400
SMALL = 30


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """One view's measure: class `mean` [classes, d], and `turn` that brings the spread to one: [d] divides each
    column, [d, d] whitens. `square` and `cube` [classes] are the traces of the second and third power of the
    covariance of each class's unit residuals."""

    mean: FloatArray
    turn: FloatArray
    square: Floats
    cube: Floats

    def units(self, raw: FloatArray, labels: Ints) -> FloatArray:
        """Residuals [n, d] at length 1 (0 for an item that is its class's mean)."""
        rest = raw - self.mean[labels]
        rest = rest @ self.turn if self.turn.ndim == 2 else rest * self.turn
        rest /= np.maximum(np.linalg.norm(rest, axis=1, keepdims=True), 1e-3)
        return np.asarray(rest, dtype=np.float32)


def fit_basis(raw: FloatArray, labels: Ints, classes: int, whiten: bool, floor: float = 1.0) -> Basis:
    """Measure a view [n, d] of reference items: class means, and each column's deviation (or the covariance).

    `floor` is added to the deviations, in units of the view: a column without variation must not shout.
    """
    mean = class_means(raw, labels, classes)
    rest = raw - mean[labels]
    if whiten:
        values, vectors = np.linalg.eigh((rest.T @ rest).astype(np.float64) / max(1, len(rest)))
        values = np.clip(values, 0.0, None)
        turn = (vectors / np.sqrt(values + 0.05 * values.mean() + 1e-6)).astype(np.float32)
    else:
        turn = (1.0 / (np.sqrt((rest * rest).mean(axis=0)) + floor)).astype(np.float32)
    empty = np.zeros(classes)
    unmeasured = Basis(mean, turn, empty, empty)
    square, cube = _moments(unmeasured, raw, labels, classes)
    return Basis(mean, turn, square, cube)


def class_means(raw: FloatArray, labels: Ints, classes: int) -> FloatArray:
    """The mean of each class's rows [classes, d], 0 where a class has none."""
    sums = np.zeros((classes, raw.shape[1]), dtype=np.float32)
    order = np.argsort(labels, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1):
        if len(rows):
            sums[labels[rows[0]]] = raw[rows].mean(axis=0)
    return sums


def _moments(basis: Basis, raw: FloatArray, labels: Ints, classes: int) -> tuple[Floats, Floats]:
    """Unbiased traces of covariance powers from products of distinct items; small classes share the mean of all."""
    square, cube = np.full(classes, np.nan), np.full(classes, np.nan)
    weight = np.zeros(classes)
    rng = np.random.default_rng(0)
    for label in range(classes):
        rows = np.flatnonzero(labels == label)
        if len(rows) < 3:
            continue
        if len(rows) > SAMPLE:
            rows = np.sort(rng.choice(rows, SAMPLE, replace=False))
        n = len(rows)
        unit = basis.units(raw[rows], labels[rows])
        unit -= unit.mean(axis=0)
        gram = (unit @ unit.T).astype(np.float64) * (n / (n - 1))
        np.fill_diagonal(gram, 0.0)
        squared = gram @ gram
        square[label] = np.trace(squared) / (n * (n - 1))
        cube[label] = float((squared * gram).sum()) / (n * (n - 1) * (n - 2))
        weight[label] = n
    known = weight > 0
    if not known.any():
        return np.zeros(classes), np.full(classes, 1e-12)
    small = weight < SMALL
    square[small] = np.average(square[known], weights=weight[known])
    cube[small] = np.average(cube[known], weights=weight[known])
    return square, np.clip(cube, 1e-12, None)


__all__ = ["Basis", "class_means", "fit_basis"]
