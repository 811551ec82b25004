"""Frozen features that never see a label: random whitened patches as filters, rectified and pooled.

Source: Coates, Ng and Lee, "An analysis of single-layer networks in unsupervised feature learning", AISTATS 2011.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.canvas import FloatArray, shrink
from sebrus.detect.shards import Images

LONGEST = 32
PATCHES = 8000
FILTERS, FEW_FILTERS = 320, 128  # fewer for small images and small pools
QUIET = 0.5  # of the responses' deviation: what is weaker is not a match
MANY_ITEMS, MOST_TO_FIT = 4000, 2000
RESPONSES = 10_000_000  # held at once, as float32
FLOOR = 0.3  # of the mean variance of patches: noise in flat parts must not look like content


@dataclass(frozen=True, slots=True, eq=False)
class Filters:
    """What to look for in images of one shape: patches `side` x `side` with variance above `floor` are multiplied by
    `kernel` [patch, filters] less `offset` [filters]; `mean` and `spread` [d] standardise the pooled responses."""

    side: int
    floor: float
    kernel: FloatArray
    offset: FloatArray
    mean: FloatArray
    spread: FloatArray

    @property
    def width(self) -> int:
        """How many features an image has, the constant one included."""
        return len(self.mean) + 1


def fit_filters(images: Images) -> Filters:
    """Choose filters from patches of images uint8 [n, h, w, c], with a fixed seed: equal input gives equal filters."""
    rng = np.random.default_rng(0)
    rows = np.arange(len(images))
    if len(rows) > MOST_TO_FIT:
        rows = np.sort(rng.choice(rows, MOST_TO_FIT, replace=False))
    canvas = shrink(images[rows], LONGEST)
    side = min(canvas.shape[1], canvas.shape[2], 6 if max(canvas.shape[1:3]) >= 16 else 4)
    count = FILTERS if len(images) >= MANY_ITEMS and max(canvas.shape[1:3]) >= 16 else FEW_FILTERS
    patches = _sample(canvas, side, rng)
    floor = FLOOR * float(patches.var(axis=1).mean()) + 1.0
    levelled = _levelled(patches, floor)
    whiten, mean, filters = _filters(levelled, count, rng)
    kernel = (whiten @ filters.T).astype(np.float32)
    offset = (mean @ kernel).astype(np.float32)
    offset = (offset + QUIET * float((levelled @ kernel - offset).std())).astype(np.float32)
    some = canvas[: min(len(canvas), MOST_TO_FIT // 2)]
    pooled = _responses(some, side, floor, kernel, offset, None)
    return Filters(side, floor, kernel, offset, pooled.mean(axis=0), pooled.std(axis=0) + np.float32(1e-6))


def describe(filters: Filters, images: NDArray[np.uint8], step: Callable[[float], None] | None = None) -> FloatArray:
    """Features float32 [n, width] of images uint8 [n, h, w, c], each looked at alone; the last column is constant.

    `step` is told the fraction done, 0..1.
    """
    pooled = _responses(shrink(images, LONGEST), filters.side, filters.floor, filters.kernel, filters.offset, step)
    pooled -= filters.mean
    pooled /= filters.spread * np.float32(math.sqrt(len(filters.mean)))
    return np.concatenate([pooled, np.ones((len(pooled), 1), np.float32)], axis=1)


def features(images: NDArray[np.uint8]) -> FloatArray:
    """Features of images by filters of their own.

    >>> features(np.zeros((3, 8, 8, 1), np.uint8)).shape[0]
    3
    """
    return describe(fit_filters(images), images)


def _responses(
    canvas: FloatArray,
    side: int,
    floor: float,
    kernel: FloatArray,
    offset: FloatArray,
    step: Callable[[float], None] | None,
) -> FloatArray:
    pooled = np.empty((len(canvas), 4 * kernel.shape[1]), dtype=np.float32)
    windows = (canvas.shape[1] - side + 1) * (canvas.shape[2] - side + 1)
    block = max(1, RESPONSES // (windows * max(kernel.shape)))
    for start in range(0, len(canvas), block):
        pooled[start : start + block] = _pooled(canvas[start : start + block], side, kernel, offset, floor)
        if step is not None:
            step(min(1.0, (start + block) / len(canvas)))
    return pooled


def _sample(canvas: FloatArray, side: int, rng: np.random.Generator) -> FloatArray:
    item = rng.integers(len(canvas), size=PATCHES)
    top = rng.integers(canvas.shape[1] - side + 1, size=PATCHES)
    left = rng.integers(canvas.shape[2] - side + 1, size=PATCHES)
    grid = np.arange(side)
    patches = canvas[item[:, None, None], top[:, None, None] + grid[:, None], left[:, None, None] + grid[None, :]]
    return np.asarray(patches.reshape(PATCHES, -1))


def _levelled(patches: FloatArray, floor: float) -> FloatArray:
    """Remove each patch's brightness and contrast; `floor` is the variance below which a patch counts as flat."""
    centred = patches - patches.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(axis=1, keepdims=True) + floor)
    return np.asarray(centred / spread, dtype=np.float32)


def _filters(
    patches: FloatArray, count: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    mean = patches.mean(axis=0).astype(np.float64)
    centred = patches - mean
    values, vectors = np.linalg.eigh(centred.T @ centred / len(centred))
    whiten = (vectors / np.sqrt(np.clip(values, 0, None) + 0.1)) @ vectors.T
    white = centred @ whiten
    length = np.linalg.norm(white, axis=1)
    textured = np.flatnonzero(length > np.median(length) * 0.5)
    chosen = rng.choice(textured if len(textured) else len(white), size=count)
    filters = white[chosen] / np.maximum(length[chosen, None], 1e-6)
    return whiten, mean, filters


def _pooled(canvas: FloatArray, side: int, kernel: FloatArray, offset: FloatArray, floor: float) -> FloatArray:
    windows = np.lib.stride_tricks.sliding_window_view(canvas, (side, side), axis=(1, 2))
    n, rows, cols = windows.shape[:3]
    patches = _levelled(np.moveaxis(windows, 3, 5).reshape(n * rows * cols, -1), floor)
    # A product per image: in one product of all, the last bits of a row depend on how many rows there are.
    response = patches.reshape(n, rows * cols, -1) @ kernel
    response -= offset
    np.maximum(response, 0, out=response)
    response = response.reshape(n, rows, cols, -1)
    top, left = max(1, rows // 2), max(1, cols // 2)
    quarters = [
        response[:, :top, :left],
        response[:, :top, -left:],
        response[:, -top:, :left],
        response[:, -top:, -left:],
    ]
    return np.concatenate([np.sqrt(q.mean(axis=(1, 2))) for q in quarters], axis=1)


__all__ = ["Filters", "describe", "features", "fit_filters"]
