"""Check the arrays once, at the edge, and put them into one pool with the trusted seed behind it."""

from collections.abc import Hashable, Sized
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.errors import DetectError
from sebrus.detect.shards import Images, Stored

Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

SMALLEST, LARGEST = 8, 512


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """`images` [n, h, w, c] and class numbers `labels` [n] (positions in `classes`); `source` [n] numbers who is to be
    left out together; `names` the contributors by source number; `trusted` the rows of the seed, always last."""

    images: Images
    labels: Ints
    classes: NDArray[np.int64]
    source: Ints
    names: tuple[Hashable, ...]
    trusted: Bools
    grey: bool

    @property
    def items(self) -> int:
        """How many rows are not of the seed."""
        return int((~self.trusted).sum())


def pool(images: Any, labels: Any, contributors: Any, trusted: tuple[Any, Any] | None) -> Pool:
    """Check and join; raises `DetectError` with one sentence."""
    pictures, given = _images(images, "images"), _labels(labels, "labels")
    if len(pictures) == 0:
        raise DetectError("There are no items: give at least one image.")
    _same_length(pictures, given, "images", "labels")
    names, source = _contributors(contributors, len(pictures))
    seed = np.zeros(len(pictures), dtype=np.bool_)
    grey = len(pictures.shape) == 3
    if trusted is not None:
        if not isinstance(trusted, tuple | list) or len(trusted) != 2:
            raise DetectError("trusted must be a pair (images, labels) or None.")
        vouched, vouched_labels = _images(trusted[0], "trusted images"), _labels(trusted[1], "trusted labels")
        _same_length(vouched, vouched_labels, "trusted images", "trusted labels")
        if len(vouched) and vouched.shape[1:] != pictures.shape[1:]:
            raise DetectError(
                f"Trusted images are {_shape(vouched)} but images are {_shape(pictures)}: bring them to one size."
            )
        if len(vouched):
            pictures, given = _joined(pictures, vouched), np.concatenate([given, vouched_labels])
            source = np.concatenate([source, np.full(len(vouched), source.max() + 1)])
            seed = np.concatenate([seed, np.ones(len(vouched), dtype=np.bool_)])
    classes, codes = np.unique(given, return_inverse=True)
    return Pool(_with_channels(pictures), codes.astype(np.intp), classes, source.astype(np.intp), names, seed, grey)


def _joined(first: Images, second: Images) -> Images:
    behind = np.asarray(second)
    return first.followed_by(behind) if isinstance(first, Stored) else np.concatenate([np.asarray(first), behind])


def _with_channels(pictures: Images) -> Images:
    if isinstance(pictures, Stored):
        return pictures.with_channels()
    return np.asarray(pictures)[..., None] if len(pictures.shape) == 3 else pictures


def _images(value: Any, what: str) -> Images:
    array = value if isinstance(value, Stored) else np.asarray(value)
    if not isinstance(array, Stored) and array.dtype != np.uint8:
        raise DetectError(f"{what} must be uint8 from 0 to 255, not {array.dtype}.")
    if len(array.shape) not in (3, 4) or (len(array.shape) == 4 and array.shape[3] not in (1, 3)):
        raise DetectError(
            f"{what} must be shaped [n, height, width] or [n, height, width, 1 or 3], not {list(array.shape)}."
        )
    sides = array.shape[1:3]
    if len(array) and not (min(sides) >= SMALLEST and max(sides) <= LARGEST):
        raise DetectError(f"{what} must have sides of {SMALLEST} to {LARGEST} pixels, not {_shape(array)}.")
    return array


def _labels(value: Any, what: str) -> NDArray[np.int64]:
    array = np.asarray(value)
    if array.ndim != 1:
        raise DetectError(f"{what} must be one number per image, not shaped {list(array.shape)}.")
    if len(array) == 0:
        return np.zeros(0, dtype=np.int64)
    if not np.issubdtype(array.dtype, np.integer):
        raise DetectError(f"{what} must be whole numbers, not {array.dtype}.")
    return array.astype(np.int64)


def _contributors(value: Any, n: int) -> tuple[tuple[Hashable, ...], Ints]:
    if value is None:
        return (), np.arange(n)
    listed = value.tolist() if isinstance(value, np.ndarray) else list(value)
    if len(listed) != n:
        raise DetectError(f"There are {n} images but {len(listed)} contributors: give one per image.")
    number: dict[Hashable, int] = {}
    try:
        source = np.array([number.setdefault(name, len(number)) for name in listed], dtype=np.intp)
    except TypeError:
        raise DetectError("Each contributor must be one name, not a list or an array.") from None
    return tuple(number), source


def _same_length(a: Sized, b: Sized, first: str, second: str) -> None:
    if len(a) != len(b):
        raise DetectError(f"There are {len(a)} {first} but {len(b)} {second}: give one per image.")


def _shape(array: Images) -> str:
    return "x".join(str(side) for side in array.shape[1:])


__all__ = ["LARGEST", "SMALLEST", "Pool", "pool"]
