"""Bursts of near-identical frames count once: images more alike than those of different contributors ever are."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from sebrus.detect.canvas import shrink
from sebrus.detect.deep.standing import Ints

FloatArray = NDArray[np.float32]

SIDE = 16
SAMPLE = 300
STRANGERS = 1e-4


def shapes(images: NDArray[np.uint8], labels: Ints, classes: int) -> FloatArray:
    """Images [n, h, w, c], averaged down and less their class's mean, at length 1: their products say how alike."""
    small = shrink(images, SIDE)
    flat = small.reshape(len(small), -1).copy()
    for label in range(classes):
        rows = labels == label
        if rows.any():
            flat[rows] -= flat[rows].mean(axis=0)
    return np.asarray(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6), dtype=np.float32)


def likeness(shape: FloatArray, rows: Ints, source: Ints) -> float:
    """How alike two of these images from different sources are at most, one pair in ten thousand aside."""
    some = rows[:: max(1, len(rows) // SAMPLE)]
    strangers = source[some][:, None] != source[some][None, :]
    if not strangers.any():
        return 1.0
    return float(np.quantile((shape[some] @ shape[some].T)[strangers], 1.0 - STRANGERS))


def distinct(shape: FloatArray, rows: Ints, limit: float) -> Ints:
    """One row of each set of images that are more alike than `limit`, directly or through others."""
    if len(rows) < 2:
        return rows
    _, part = connected_components(coo_matrix(shape[rows] @ shape[rows].T > limit), directed=False)
    return np.asarray(rows[np.unique(part, return_index=True)[1]])


__all__ = ["distinct", "likeness", "shapes"]
