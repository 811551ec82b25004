"""Bursts of near-identical frames: one picture, however often it was sent and however it moved.

Two frames are one picture when, one moved over the other, they correlate more than pictures of different contributors
do. Only pairs whose spectra are alike are tried: moving an image leaves the size of its Fourier coefficients as it is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from sebrus.detect.canvas import FloatArray, shrink

Ints = NDArray[np.intp]
Frames = NDArray[np.uint8]

LONGEST = 32
REACH = 12  # a frame is moved by a pixel for each 12 of its side, two at most
SAMPLE = 300
TRIED = 0.02
STRANGERS = 1e-4
CHUNK = 2048
NEVER = 2.0


@dataclass(frozen=True, slots=True)
class Limit:
    """From where on two frames of one class are one picture: the cosine of their `spectra`, the `correlation`."""

    spectra: float = NEVER
    correlation: float = NEVER


def frames(images: NDArray[np.uint8]) -> Frames:
    """Images uint8 [n, h, w, c] in grey at no more than 32 pixels a side, [n, h', w']."""
    return np.asarray(np.rint(shrink(images, LONGEST).mean(axis=3)), dtype=np.uint8)


def limit_of(some: Frames, source: Ints) -> Limit:
    """How alike two frames [n, h, w] of one class are at most when two contributors took them, one pair in ten
    thousand aside; of more than 300 frames a fixed sample is used. `source` [n] says who took which."""
    if len(some) > SAMPLE:
        rows = np.sort(np.random.default_rng(0).choice(len(some), SAMPLE, replace=False))
        some, source = some[rows], source[rows]
    spectrum = _spectra(some)
    first, second = np.nonzero(np.triu(source[:, None] != source[None, :], 1))
    if not len(first):
        return Limit()
    cosine = (spectrum @ spectrum.T)[first, second]
    near = float(np.quantile(cosine, 1.0 - TRIED))
    tried = cosine > near
    alike = np.full(len(first), -1.0)
    alike[tried] = correlations(some, first[tried], second[tried])
    return Limit(near, float(np.quantile(alike, 1.0 - STRANGERS)))


def distinct(some: Frames, limit: Limit) -> Ints:
    """One row of each set of frames [n, h, w] that are one picture, directly or through others."""
    if len(some) < 2 or limit.spectra >= NEVER:
        return np.arange(len(some))
    spectrum = _spectra(some)
    first, second = np.nonzero(np.triu(spectrum @ spectrum.T > limit.spectra, 1))
    same = correlations(some, first, second) > limit.correlation
    joined = coo_matrix((np.ones(int(same.sum())), (first[same], second[same])), shape=(len(some), len(some)))
    _, part = connected_components(joined, directed=False)
    return np.asarray(np.unique(part, return_index=True)[1])


def correlations(some: Frames, first: Ints, second: Ints) -> FloatArray:
    """How frames `first` [k] correlate with frames `second` [k] of [n, h, w], moved to where they fit best; -1..1."""
    height, width = some.shape[1:]
    up, left = (min(2, max(1, side // REACH)) for side in (height, width))
    best = np.full(len(first), -1.0, dtype=np.float32)
    for start in range(0, len(first), CHUNK):
        part = slice(start, start + CHUNK)
        still = _unit(some[first[part], up : height - up, left : width - left])
        moving = some[second[part]]
        for down in range(2 * up + 1):
            for right in range(2 * left + 1):
                moved = moving[:, down : down + height - 2 * up, right : right + width - 2 * left]
                np.maximum(best[part], (still * _unit(moved)).sum(axis=1), out=best[part])
    return best


def _unit(some: Frames) -> FloatArray:
    flat = some.reshape(len(some), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return flat


def _spectra(some: Frames) -> FloatArray:
    flat = some.astype(np.float32)
    flat -= flat.mean(axis=(1, 2), keepdims=True)
    size = np.sqrt(np.abs(np.fft.rfft2(flat))).reshape(len(flat), -1)
    return np.asarray(size / np.maximum(np.linalg.norm(size, axis=1, keepdims=True), 1e-6), dtype=np.float32)


__all__ = ["Frames", "Limit", "correlations", "distinct", "frames", "limit_of"]
