"""Ways to look at an image in which an image's content is noise and a trigger is not.

`detail` keeps where a mark is, `low`, `middle` and `high` keep which frequencies it has, `texture` keeps only how much
detail there is and where, so that marks that differ from item to item (warps, noise that depends on the image,
patches that jump about) still add up.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from sebrus.detect.canvas import FloatArray, shrink

LONGEST = 48
BANDS = {"low": (-1.0, 0.2), "middle": (0.2, 0.5), "high": (0.5, 2.0)}
PATTERNS = ("detail", *BANDS)
VIEWS = (*PATTERNS, "texture")
CELLS = 4
BLOCK = 512


def views(images: NDArray[np.uint8]) -> dict[str, FloatArray]:
    """Each view of images uint8 [n, h, w, c] as float32 [n, d]; every image is looked at alone.

    >>> sorted(views(np.zeros((2, 8, 8, 1), np.uint8)))
    ['detail', 'high', 'low', 'middle', 'texture']
    """
    parts = [_block(images[start : start + BLOCK]) for start in range(0, max(1, len(images)), BLOCK)]
    return {name: np.concatenate([part[name] for part in parts]) for name in VIEWS}


def detail(canvas: FloatArray, size: int = 3) -> FloatArray:
    """Images [n, h, w, c] minus the mean of the `size` x `size` pixels around each pixel."""
    return np.asarray(canvas - _local_mean(canvas, size))


def _block(images: NDArray[np.uint8]) -> dict[str, FloatArray]:
    canvas = shrink(images, LONGEST)
    n = len(canvas)
    opponent = _opponent(canvas)
    seen = {"detail": detail(canvas).reshape(n, -1), "texture": _texture(opponent)}
    waves = fft.dctn(opponent, axes=(1, 2), norm="ortho").astype(np.float32)
    height, width = waves.shape[1:3]
    frequency = np.maximum(np.arange(height)[:, None] / height, np.arange(width)[None, :] / width)
    for name, (low, high) in BANDS.items():
        seen[name] = waves[:, (frequency >= low) & (frequency < high)].reshape(n, -1)
    return seen


def _opponent(canvas: FloatArray) -> FloatArray:
    """Brightness and two colour differences, each orthogonal to the others; grey images as they are."""
    if canvas.shape[3] == 1:
        return canvas
    red, green, blue = canvas[..., 0], canvas[..., 1], canvas[..., 2]
    axes = ((red + green + blue) / 3**0.5, (red - blue) / 2**0.5, (red + blue - 2 * green) / 6**0.5)
    return np.stack(axes, axis=3).astype(np.float32)


def _texture(opponent: FloatArray) -> FloatArray:
    """Logarithms of how much detail there is at three scales: in each cell of a grid, over all, and at most."""
    smooth = _local_mean(opponent, 3)
    scales = (
        np.diff(np.diff(opponent, axis=1), axis=2),
        opponent - smooth,
        smooth - _local_mean(opponent, 7),
    )
    found = []
    for scale in scales:
        amount = np.abs(scale)
        n, height, width, channels = amount.shape
        rows = _cuts(height)
        sums = np.add.reduceat(np.add.reduceat(amount, rows, axis=1), _cuts(width), axis=2)
        size = np.diff([*rows, height])[:, None] * np.diff([*_cuts(width), width])[None, :]
        found.append(np.log(sums / size[None, :, :, None] + 1.0).reshape(n, -1))
        found.append(np.log(amount.mean(axis=(1, 2)) + 0.1))
        found.append(np.log(_local_mean(amount, 3).max(axis=(1, 2)) + 1.0))
        found.append(np.log(np.median(amount.reshape(n, -1, channels), axis=1) + 0.1))
    return np.concatenate(found, axis=1).astype(np.float32)


def _cuts(side: int) -> list[int]:
    return sorted({round(side * cell / CELLS) for cell in range(CELLS)} - {side})


def _local_mean(canvas: FloatArray, size: int) -> FloatArray:
    return np.asarray(ndimage.uniform_filter(canvas, size=(1, size, size, 1), mode="nearest"))


__all__ = ["LONGEST", "PATTERNS", "VIEWS", "detail", "views"]
