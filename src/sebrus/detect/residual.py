"""What is left of an image once its smooth content and its class are taken away."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sebrus.detect.canvas import FloatArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

LONGEST = 48


def detail(canvas: FloatArray) -> FloatArray:
    """Images [n, h, w, c] minus the mean of the 3x3 pixels around each pixel."""
    return np.asarray(canvas - ndimage.uniform_filter(canvas, size=(1, 3, 3, 1), mode="nearest"))


@dataclass(frozen=True, slots=True)
class Residuals:
    """Unit residuals [n, pixels] and their squared `length` [n] (1, or 0 for an item without detail); per class the
    reference items' `sums`, `lengths`, `counts` and covariance moments."""

    unit: FloatArray
    length: Floats
    sums: FloatArray
    lengths: Floats
    counts: Ints
    square: Floats
    cube: Floats


def residuals(details: FloatArray, labels: Ints, classes: int, active: Bools) -> Residuals:
    """Details [n, ...] minus the class mean, over the pixel's deviation, at length 1.

    Means, deviations and moments come from the active items. `square` and `cube` are the traces of the second
    and third power of each class's covariance of unit residuals.
    """
    flat = details.reshape(len(details), -1)
    mean = _class_sums(flat, labels, classes, active)
    seen = np.bincount(labels[active], minlength=classes)
    mean /= np.maximum(seen, 1)[:, None]
    unit = flat - mean[labels]
    deviation = np.sqrt((unit[active] ** 2).mean(axis=0)) if active.any() else np.ones(flat.shape[1], np.float32)
    unit /= deviation + 1.0
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-6)
    sums = _class_sums(unit, labels, classes, active)
    square, cube = _moments(unit, labels, classes, active)
    length = (unit * unit).sum(axis=1, dtype=np.float64)
    lengths = np.bincount(labels[active], weights=length[active], minlength=classes).astype(np.float64)
    return Residuals(unit, length, sums, lengths, seen.astype(np.intp), square, cube)


def _class_sums(flat: FloatArray, labels: Ints, classes: int, active: Bools) -> FloatArray:
    sums = np.zeros((classes, flat.shape[1]), dtype=np.float32)
    order = np.flatnonzero(active)
    order = order[np.argsort(labels[order], kind="stable")]
    for rows in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1):
        if len(rows):
            sums[labels[rows[0]]] = flat[rows].sum(axis=0)
    return sums


def _moments(unit: FloatArray, labels: Ints, classes: int, active: Bools, most: int = 400) -> tuple[Floats, Floats]:
    """Unbiased traces of covariance powers from products of distinct items; small classes share the mean of all."""
    square, cube = np.full(classes, np.nan), np.full(classes, np.nan)
    weight = np.zeros(classes)
    rng = np.random.default_rng(0)
    for label in range(classes):
        rows = np.flatnonzero(active & (labels == label))
        if len(rows) < 3:
            continue
        if len(rows) > most:
            rows = np.sort(rng.choice(rows, most, replace=False))
        n = len(rows)
        centred = unit[rows] - unit[rows].mean(axis=0)
        gram = (centred @ centred.T).astype(np.float64) * (n / (n - 1))
        np.fill_diagonal(gram, 0.0)
        squared = gram @ gram
        square[label] = np.trace(squared) / (n * (n - 1))
        cube[label] = float((squared * gram).sum()) / (n * (n - 1) * (n - 2))
        weight[label] = n
    known = weight > 0
    if not known.any():
        return np.full(classes, 1.0), np.full(classes, 1.0)
    shared_square = np.average(square[known], weights=weight[known])
    shared_cube = np.average(cube[known], weights=weight[known])
    small = weight < 30
    square[small], cube[small] = shared_square, shared_cube
    return square, np.clip(cube, 1e-12, None)


__all__ = ["LONGEST", "Residuals", "detail", "residuals"]
