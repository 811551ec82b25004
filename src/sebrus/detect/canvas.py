"""Images as floats at a working size: small enough to read thousands together, exact when already small."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


def shrink(images: NDArray[Any], longest: int) -> FloatArray:
    """Average images down so that no side exceeds `longest`; smaller images pass unchanged.

    `images` is uint8 or float [n, h, w, c]; the result is float32 [n, h', w', c] in 0..255.
    Averaging is by area: each new pixel is the mean of the old ones under it.
    """
    height, width = images.shape[1:3]
    scale = longest / max(height, width)
    if scale >= 1:
        return images.astype(np.float32)
    rows = _area_weights(height, max(1, round(height * scale)))
    cols = _area_weights(width, max(1, round(width * scale)))
    small = np.empty((len(images), len(rows), len(cols), images.shape[3]), dtype=np.float32)
    for start in range(0, len(images), 256):
        block = images[start : start + 256].astype(np.float32)
        narrow = np.einsum("nhwc,vw->nhvc", block, cols, optimize=True)
        small[start : start + 256] = np.einsum("nhvc,uh->nuvc", narrow, rows, optimize=True)
    return small


def _area_weights(old: int, new: int) -> FloatArray:
    edges = np.linspace(0, old, new + 1)
    cells = np.arange(old)
    overlap = np.minimum(edges[1:, None], cells + 1) - np.maximum(edges[:-1, None], cells)
    weights = np.clip(overlap, 0, None)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


__all__ = ["FloatArray", "shrink"]
