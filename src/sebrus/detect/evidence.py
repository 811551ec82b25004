"""Something a person can look at: the shared pattern as a picture, and the nearest items of others."""

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.canvas import FloatArray
from sebrus.detect.prepare import Prepared
from sebrus.detect.views import detail

Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

NEIGHBOURS = 5
MOST = 400


def trigger(ready: Prepared, rows: Ints, label: int, active: Bools) -> NDArray[np.float32] | None:
    """The mean residual of some items less that of the class's reference items, at full size; None for no items."""
    pool = ready.pool
    if len(rows) == 0:
        return None
    usual = np.flatnonzero(active & (pool.labels == label) & ~np.isin(np.arange(len(active)), rows))[:MOST]
    mean = detail(pool.images[rows[:MOST]].astype(np.float32)).mean(axis=0)
    if len(usual):
        mean = mean - detail(pool.images[usual].astype(np.float32)).mean(axis=0)
    return np.asarray(mean[..., 0] if pool.grey else mean, dtype=np.float32)


def neighbours(described: FloatArray, source: Ints, among: Bools, rows: Ints) -> dict[int, tuple[int, ...]]:
    """For each of some rows the most alike rows of other sources, nearest first."""
    pool = np.flatnonzero(among)
    count = min(NEIGHBOURS, len(pool) - 1)
    alike: dict[int, tuple[int, ...]] = {}
    if count < 1:
        return alike
    length = (described[pool] ** 2).sum(axis=1)
    for start in range(0, len(rows), 256):
        block = rows[start : start + 256]
        distance = length[None, :] - 2.0 * (described[block] @ described[pool].T)
        distance[source[block][:, None] == source[pool][None, :]] = np.inf
        nearest = np.argpartition(distance, count - 1, axis=1)[:, :count]
        for i, row in enumerate(block):
            ranked = nearest[i][np.argsort(distance[i, nearest[i]], kind="stable")]
            alike[int(row)] = tuple(int(pool[j]) for j in ranked if np.isfinite(distance[i, j]))
    return alike


__all__ = ["neighbours", "trigger"]
