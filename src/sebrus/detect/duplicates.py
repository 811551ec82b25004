"""Bursts of near-identical frames: one picture, however often it was sent."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from sebrus.detect.basis import class_means
from sebrus.detect.canvas import FloatArray, shrink

Ints = NDArray[np.intp]

THUMBNAIL = 16
SAMPLE = 300
STRANGERS = 1e-4


def thumbnails(images: NDArray[np.uint8]) -> FloatArray:
    """Images uint8 [n, h, w, c] at no more than 16 pixels a side, [n, pixels]."""
    small = shrink(images, THUMBNAIL)
    return small.reshape(len(small), -1)


def shapes(described: FloatArray, labels: Ints, classes: int) -> FloatArray:
    """Thumbnails or features [n, d] minus their class mean, at length 1. Their products say how alike two are."""
    return form(described, class_means(described, labels, classes)[labels])


def form(described: FloatArray, middle: FloatArray) -> FloatArray:
    """Thumbnails or features [n, d] minus their `middle`, at length 1."""
    flat = described - middle
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return np.asarray(flat)


def likeness(shape: FloatArray, labels: Ints, source: Ints, label: int) -> float:
    """How alike two images of one class are at most when two contributors took them, one pair in ten thousand aside."""
    rows = np.flatnonzero(labels == label)
    if len(rows) > SAMPLE:
        rows = np.sort(np.random.default_rng(label).choice(rows, SAMPLE, replace=False))
    strangers = source[rows][:, None] != source[rows][None, :]
    if not strangers.any():
        return 1.0
    return float(np.quantile((shape[rows] @ shape[rows].T)[strangers], 1.0 - STRANGERS))


def distinct(likenesses: list[tuple[FloatArray, float]], rows: Ints) -> Ints:
    """One row of each set of images that are more alike than the limit in some shape, directly or through others.

    `likenesses` are shapes [n, d] with their limits.
    """
    if len(rows) < 2:
        return rows
    close = np.zeros((len(rows), len(rows)), dtype=np.bool_)
    for shape, limit in likenesses:
        close |= shape[rows] @ shape[rows].T > limit
    _, part = connected_components(coo_matrix(close), directed=False)
    return rows[np.unique(part, return_index=True)[1]]


__all__ = ["distinct", "form", "likeness", "shapes", "thumbnails"]
