"""Bursts of near-identical frames: one picture, however often it was sent."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from sebrus.detect.canvas import FloatArray

Ints = NDArray[np.intp]

SAMPLE = 300
STRANGERS = 1e-4


def shapes(canvas: FloatArray, labels: Ints, classes: int) -> FloatArray:
    """Images [n, h, w, c] minus their class mean, at length 1: [n, pixels]. Their products say how alike two are."""
    flat = canvas.reshape(len(canvas), -1).copy()
    for label in range(classes):
        rows = labels == label
        if rows.any():
            flat[rows] -= flat[rows].mean(axis=0)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return flat


def likeness(shape: FloatArray, labels: Ints, source: Ints, label: int) -> float:
    """How alike two images of one class are at most when two contributors took them, one pair in ten thousand aside."""
    rows = np.flatnonzero(labels == label)
    if len(rows) > SAMPLE:
        rows = np.sort(np.random.default_rng(label).choice(rows, SAMPLE, replace=False))
    strangers = source[rows][:, None] != source[rows][None, :]
    if not strangers.any():
        return 1.0
    return float(np.quantile((shape[rows] @ shape[rows].T)[strangers], 1.0 - STRANGERS))


def distinct(shape: FloatArray, rows: Ints, limit: float) -> Ints:
    """One row of each set of images that are more alike than `limit`, directly or through others."""
    if len(rows) < 2:
        return rows
    close = shape[rows] @ shape[rows].T > limit
    _, part = connected_components(coo_matrix(close), directed=False)
    return rows[np.unique(part, return_index=True)[1]]


__all__ = ["distinct", "likeness", "shapes"]
