"""Folds that keep a contributor's items, and those of linked contributors, together."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.intp]

FOLDS = 3


def folds(source: Ints, count: int, seed: int) -> Ints:
    """A fold 0..count-1 for each row, the same for all rows of a source; folds of about equal size.

    Sources are dealt out largest first, each into the smallest fold; equals in random order.

    >>> sorted(folds(np.array([0, 0, 1, 1, 2, 2]), 3, 0)[::2].tolist())
    [0, 1, 2]
    """
    sizes = np.bincount(source)
    order = np.random.default_rng(seed).permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    filled = np.zeros(count, dtype=np.intp)
    fold = np.zeros(len(sizes), dtype=np.intp)
    for one in order:
        fold[one] = int(filled.argmin())
        filled[fold[one]] += sizes[one]
    return fold[source]


__all__ = ["FOLDS", "folds"]
