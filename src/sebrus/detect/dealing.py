"""Would accounts share a pattern as clearly if their items had been dealt out by chance?

The law that prices a link takes a class's items for equally unlike. Natural images are not: a few of a class have a
light frame, or the same sky, and some accounts happen to hold several of them. So the search is made again on the same
items dealt out anew, and a link must be clearer than what is found there.
"""

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.basis import Basis
from sebrus.detect.canvas import FloatArray
from sebrus.detect.coherence import Sums
from sebrus.detect.linking import clearest

Ints = NDArray[np.intp]

DEALS = 40
EULER = 0.5772


def chance_of(clear: float, units: FloatArray, sizes: Ints, sums: Sums, basis: Basis, k: int) -> float:
    """The probability of a link as `clear` when the items [n, d] of class k are dealt to groups of these `sizes`.

    `units` are residuals at length 1; of `sums` those of items in no group are used. The clearest link of each of 40
    deals is taken to follow Gumbel's law of extremes, fitted by its moments (Gumbel, 1958).
    """
    rng, start = np.random.default_rng(0), np.cumsum(sizes) - sizes
    found = []
    for _ in range(DEALS):
        own = np.add.reduceat(units[rng.permutation(len(units))], start, axis=0, dtype=np.float64)
        dealt = Sums(own, sizes.astype(np.float64), sizes, sums.rest, sums.rest_length, sums.rest_n)
        found.append(clearest(dealt, basis, np.arange(len(sizes)), k))
    usual = np.array([one for one in found if np.isfinite(one)])
    if len(usual) < 2:
        return 0.0
    scale = max(float(usual.std(ddof=1)), 1e-6) * np.sqrt(6.0) / np.pi
    middle = float(usual.mean()) - EULER * scale
    return float(-np.expm1(-np.exp(-(clear - middle) / scale)))


__all__ = ["chance_of"]
