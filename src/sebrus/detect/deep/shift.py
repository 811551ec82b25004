"""Do one contributor's items of one class lie elsewhere in a trained network than everybody else's?

A warp or a trigger that differs from image to image adds up to nothing in the pixels; but a network that was trained on
it maps it to something shared. Vectors are centred by class, whitened by the covariance within classes (Ledoit and Wolf
2004), brought to length 1, and a cell is compared with other sources' items of its class as in `coherence`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, stats

from sebrus.detect.basis import Basis
from sebrus.detect.coherence import add_up, alignment, group_tests, of_a_camera
from sebrus.detect.deep.standing import Cell, Floats, Ints, widened

# Squared: a shift in one class counts when it is this many times the one that the contributor's other classes show.
CAMERA = 4.0
ENOUGH = 30


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """Whitened vectors [n, d], `unit` the same at length 1, and how unit vectors spread in each class: `measure`."""

    white: Floats
    unit: Floats
    measure: Basis


def space(vectors: NDArray[np.float32], labels: Ints, classes: int) -> Space:
    """Centre vectors [n, d] by class, whiten them and scale them to length 1."""
    values = vectors.astype(np.float64)
    values = values[:, values.std(axis=0) > 1e-9]
    centred = values - _means(values, labels, classes)[labels]
    white = centred @ _whitener(centred, len(np.unique(labels)))
    unit = white / np.maximum(np.linalg.norm(white, axis=1, keepdims=True), 1e-9)
    width = unit.shape[1]
    nowhere, as_is = np.zeros((classes, width), dtype=np.float32), np.ones(width, dtype=np.float32)
    return Space(white, unit, Basis(nowhere, as_is, *_moments(unit, labels, classes)))


def _means(values: Floats, labels: Ints, classes: int) -> Floats:
    sums = np.zeros((classes, values.shape[1]))
    np.add.at(sums, labels, values)
    return np.asarray(sums / np.maximum(np.bincount(labels, minlength=classes), 1)[:, None])


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


def _moments(unit: Floats, labels: Ints, classes: int) -> tuple[Floats, Floats]:
    """tr(S^2) and tr(S^3) per class, the part that chance adds to them taken off; small classes share the mean."""
    square, cube, weight = np.ones(classes), np.ones(classes), np.zeros(classes)
    for label in range(classes):
        part = unit[labels == label]
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


def shift_p_values(at: Space, labels: Ints, cells: list[Cell]) -> Floats:
    """One p-value per cell, 1 where nothing can be said or where the source's other classes show as much."""
    place, counted = np.full(len(labels), -1, dtype=np.intp), np.ones(len(labels), dtype=np.bool_)
    for number, cell in enumerate(cells):
        counted[cell.rows] = False
        counted[cell.distinct], place[cell.distinct] = True, number
    units = at.unit[counted].astype(np.float32)
    sums = add_up(at.measure, units, labels[counted], place[counted], len(cells))
    of_class = np.array([cell.label for cell in cells], dtype=np.intp)
    source = np.array([cell.source for cell in cells], dtype=np.intp)
    shown = group_tests(sums, at.measure, of_class, np.ones(len(cells), dtype=np.bool_))
    p = widened(np.where(np.isnan(shown.z), 1.0, stats.norm.sf(shown.z)))
    return np.asarray(np.where(of_a_camera(shown, source, CAMERA), 1.0, p))


def along(at: Space, cell: Cell, labels: Ints) -> tuple[Floats, Floats]:
    """How far items point along a cell's shift: the cell's rows, each without itself, and others' of its class."""
    others = np.flatnonzero((labels == cell.label) & ~np.isin(np.arange(len(labels)), cell.rows))
    return alignment(at.unit[cell.rows], at.unit[others], np.isin(cell.rows, cell.distinct))


__all__ = ["Space", "along", "shift_p_values", "space"]
