"""Do one contributor's items of one class lie elsewhere in a trained network than everybody else's?

A warp or a trigger that differs from image to image adds up to nothing in the pixels; but a network that was trained on
it maps it to something shared. Vectors are centred by class, whitened by the covariance within classes (Ledoit and Wolf
2004), brought to length 1, and a cell is compared with other sources' items of its class by the statistic of Chen and
Qin (Annals of Statistics 2010): the squared distance of two means without the terms of an item with itself. Its null
law, a weighted sum of chi-squares, is matched by three moments.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, stats

from sebrus.detect.coherence import alignment, tail
from sebrus.detect.deep.standing import Bools, Cell, Floats, Ints, widened

# Squared: a shift in one class counts when it is this many times the one that the contributor's other classes show.
CAMERA = 4.0
ENOUGH = 30


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """Whitened vectors [n, d], `unit` the same at length 1; per class the reference items' `sums` [classes, d],
    `counts`, and the traces of the second and third power of their covariance."""

    white: Floats
    unit: Floats
    sums: Floats
    counts: Ints
    square: Floats
    cube: Floats


def space(vectors: NDArray[np.float32], labels: Ints, classes: int, reference: Bools) -> Space:
    """Centre, whiten and scale vectors [n, d]; all moments come from the reference items."""
    values = vectors.astype(np.float64)
    values = values[:, values[reference].std(axis=0) > 1e-9] if reference.any() else values
    centred = values - _means(values, labels, classes, reference)[labels]
    white = centred @ _whitener(centred[reference], len(np.unique(labels[reference])))
    unit = white / np.maximum(np.linalg.norm(white, axis=1, keepdims=True), 1e-9)
    counts = np.bincount(labels[reference], minlength=classes)
    sums = _means(unit, labels, classes, reference) * counts[:, None]
    square, cube = _moments(unit, labels, classes, reference)
    return Space(white, unit, sums, counts.astype(np.intp), square, cube)


def _means(values: Floats, labels: Ints, classes: int, reference: Bools) -> Floats:
    sums = np.zeros((classes, values.shape[1]))
    np.add.at(sums, labels[reference], values[reference])
    return np.asarray(sums / np.maximum(np.bincount(labels[reference], minlength=classes), 1)[:, None])


def _whitener(centred: Floats, classes: int) -> Floats:
    """The inverse root of the shrunken covariance within classes."""
    n, d = centred.shape
    if n < 2 or d == 0:
        return np.eye(d)
    covariance = centred.T @ centred / max(1, n - classes)
    level = float(np.trace(covariance)) / d
    apart = float(((covariance - level * np.eye(d)) ** 2).sum())
    fourth = float(((centred**2).sum(axis=1) ** 2).mean())
    noise = max(0.0, fourth - float((covariance**2).sum())) / n
    share = min(1.0, noise / max(apart, 1e-12))
    shrunk = (1 - share) * covariance + share * level * np.eye(d)
    eigen, axes = linalg.eigh(shrunk)
    return np.asarray((axes / np.sqrt(np.maximum(eigen, 1e-6 * max(level, 1e-12)))) @ axes.T)


def _moments(unit: Floats, labels: Ints, classes: int, reference: Bools) -> tuple[Floats, Floats]:
    """tr(S^2) and tr(S^3) per class, the part that chance adds to them taken off; small classes share the mean."""
    square, cube, weight = np.ones(classes), np.ones(classes), np.zeros(classes)
    for label in range(classes):
        part = unit[reference & (labels == label)]
        n = len(part)
        if n < ENOUGH:
            continue
        covariance = np.cov(part, rowvar=False)
        eigen = np.clip(linalg.eigvalsh(covariance), 0.0, None)
        total, second = float(eigen.sum()), float((eigen**2).sum())
        square[label] = max(second - total**2 / n, 0.05 * second)
        cube[label] = max(float((eigen**3).sum()) - 3 * total * second / n, 0.05 * float((eigen**3).sum()))
        weight[label] = n
    known = weight > 0
    if known.any():
        square[~known] = np.average(square[known], weights=weight[known])
        cube[~known] = np.average(cube[known], weights=weight[known])
    return square, cube


def shift_p_values(at: Space, cells: list[Cell], reference: Bools) -> Floats:
    """One p-value per cell, 1 where nothing can be said or where the source's other classes show as much."""
    excess, deviation, raw = np.zeros(len(cells)), np.ones(len(cells)), np.ones(len(cells))
    for number, cell in enumerate(cells):
        measured = _excess(at, cell, reference)
        if measured is not None:
            excess[number], deviation[number], raw[number] = measured
    p = widened(raw)
    source = np.array([cell.source for cell in cells], dtype=np.intp)
    for place in np.flatnonzero(p < 0.05):
        others = np.flatnonzero((source == source[place]) & (np.arange(len(cells)) != place))
        if excess[place] <= CAMERA * _elsewhere(excess[others], deviation[others]):
            p[place] = 1.0
    return p


def _excess(at: Space, cell: Cell, reference: Bools) -> tuple[float, float, float] | None:
    inside = cell.rows[reference[cell.rows]]
    n, m = len(cell.distinct), int(at.counts[cell.label]) - len(inside)
    if n < 2 or m < 2:
        return None
    own = at.unit[cell.distinct].sum(axis=0)
    total = at.sums[cell.label] - at.unit[inside].sum(axis=0)
    within = (float(own @ own) - n) / (n * (n - 1))
    apart = (float(total @ total) - m) / (m * (m - 1))
    excess = within + apart - 2.0 * float(own @ total) / (n * m)
    square, cube = float(at.square[cell.label]), float(at.cube[cell.label])
    deviation = float(np.sqrt(2.0 * square * (1 / (n * (n - 1)) + 1 / (m * (m - 1)) + 2 / (n * m))))
    return excess, deviation, tail(excess / deviation, 8.0 * cube / (2.0 * square) ** 1.5)


def _elsewhere(excess: Floats, deviation: Floats) -> float:
    """The excess that the other cells show together; 0 when it could be chance (one in a hundred)."""
    if not len(excess):
        return 0.0
    weight = deviation**-2
    shown = float(np.average(excess, weights=weight))
    return shown if shown * np.sqrt(weight.sum()) > stats.norm.isf(0.01) else 0.0


def along(at: Space, cell: Cell, labels: Ints) -> tuple[Floats, Floats]:
    """How far items point along a cell's shift: the cell's rows, each without itself, and others' of its class."""
    others = np.flatnonzero((labels == cell.label) & ~np.isin(np.arange(len(labels)), cell.rows))
    return alignment(at.unit[cell.rows], at.unit[others], np.isin(cell.rows, cell.distinct))


__all__ = ["Space", "along", "shift_p_values", "space"]
