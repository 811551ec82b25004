"""Where an item stands among other contributors' items of its class, and what that says of one contributor's.

Everything here compares a contributor's items of one class with other contributors' items of that class. What a
contributor's other classes show as well is its camera's or its hand's, and is not held against one class.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sebrus.detect.calibrate import ENOUGH, genomic_control, pooled

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

# A camera may mark one class more than another: up to this ratio it counts as the camera's.
CAMERA = 2.0
TINY = 1e-300


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One source's items of one class: `rows` all of them, `distinct` those that are not near-duplicates."""

    source: int
    label: int
    rows: Ints
    distinct: Ints


def p_values(scores: Floats, labels: Ints, source: Ints) -> tuple[Floats, Floats]:
    """Conformal p-values [n], and the sizes m [n] of the sets behind them.

    `scores` [n], large is suspicious. An item is ranked among the items of other sources with its label:
    p = (1 + how many are at least as large) / (m + 1).
    """
    above, size = np.zeros(len(labels)), np.zeros(len(labels))
    for rows in _parts(labels):
        above[rows], size[rows] = _at_least(scores[rows], scores[rows]), len(rows)
        for part in _parts(source[rows]):
            own = rows[part]
            above[own] -= _at_least(scores[own], scores[own])
            size[own] -= len(own)
    return (1.0 + above) / (size + 1.0), size


def _parts(keys: Ints) -> list[Ints]:
    order = np.argsort(keys, kind="stable")
    return [part for part in np.split(order, np.flatnonzero(np.diff(keys[order])) + 1) if len(part)]


def _at_least(values: Floats, among: Floats) -> Floats:
    return np.asarray(len(among) - np.searchsorted(np.sort(among), values, side="left"), dtype=np.float64)


def cell_p_values(cells: list[Cell], p: Floats, size: Floats) -> Floats:
    """One p-value per cell for its items' p-values together, 1 where nothing can be said.

    Fisher's statistic corrected for the shared reference set, widened by what most cells show (`widened`), and no
    smaller than the p-value that the cell stands out from the source's other classes.
    """
    raw = np.array(
        [
            pooled(p[cell.distinct], float(np.mean(len(cell.distinct) / np.maximum(size[cell.distinct], 1.0))))
            for cell in cells
        ]
    )
    normal = stats.norm.isf(np.clip(p, 1e-12, 1 - 1e-12))
    return np.maximum(widened(raw), _apart(cells, normal)) if cells else raw


def widened(raw: Floats) -> Floats:
    """P-values against what most of them show: honest sources differ (`calibrate.genomic_control`)."""
    if len(raw) < ENOUGH:
        return np.asarray(np.maximum(raw, TINY))
    z = genomic_control(stats.norm.isf(np.clip(raw, TINY, 1 - 1e-12)))
    return np.asarray(np.maximum(stats.norm.sf(z), TINY))


def _apart(cells: list[Cell], normal: Floats) -> Floats:
    """Per cell, the p-value that its mean normal score is not more than `CAMERA` times that of the source's others."""
    count = np.array([len(cell.distinct) for cell in cells], dtype=np.float64)
    total = np.array([normal[cell.distinct].sum() for cell in cells])
    source = np.array([cell.source for cell in cells])
    all_counts = np.bincount(source, weights=count)[source]
    all_totals = np.bincount(source, weights=total)[source]
    rest = all_counts - count
    elsewhere = np.where(rest > 0, (all_totals - total) / np.maximum(rest, 1.0), 0.0)
    slack = np.where((rest > 0) & (elsewhere > 0), CAMERA**2 / np.maximum(rest, 1.0), 0.0)
    ahead = total / count - CAMERA * np.maximum(elsewhere, 0.0)
    return np.asarray(np.maximum(stats.norm.sf(ahead / np.sqrt(1.0 / count + slack)), TINY))


__all__ = ["Bools", "Cell", "Floats", "Ints", "cell_p_values", "p_values", "widened"]
