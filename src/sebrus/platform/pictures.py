"""Items as arrays for the detector, and the one shape that all images of a dataset are brought to."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sebrus.detect.intake import LARGEST, SMALLEST
from sebrus.detect.standard import reduced
from sebrus.platform.documents import LabelledDigest
from sebrus.store.blobs import BlobCorrupted, BlobMissing, BlobStore
from sebrus.store.images import decode
from sebrus.store.models import Image
from sebrus.store.projected import Item

log = logging.getLogger(__name__)

# The seed's shapes are counted over so many images at most: a query has room for no more.
ASKED = 1000
AT_ONCE = 256

Images = NDArray[np.uint8]
Shape = tuple[int, int, int]


def shape_of_dataset(
    session: Session, dataset_id: str, seed: Sequence[LabelledDigest], arriving: Sequence[LabelledDigest] = ()
) -> Shape:
    """Height, width and channels that a dataset's images are brought to.

    Those most images of the trusted seed have; without a seed, those most items have that were not rejected, so that
    no single batch can have everybody's images looked at in a size that hides what it did. A batch that is `arriving`
    is counted whether the tables have it yet or not. Sides of more than 512 pixels are scaled down together.

    Raises:
        ValueError: no image of the dataset is known here.
    """
    counted = Counter(_outlines(session, seed[:ASKED]).values()) or _sent(session, dataset_id, arriving)
    if not counted:
        raise ValueError("No image of the dataset is known to this server.")
    return _bounded(max(sorted(counted), key=counted.__getitem__))


def _sent(session: Session, dataset_id: str, arriving: Sequence[LabelledDigest]) -> Counter[Shape]:
    """How many images that were not rejected, or are arriving, have each shape. The database counts: they are many."""
    there = (Item.dataset_id == dataset_id, Item.accepted.is_not(False))
    shapes = (Image.height, Image.width, Image.channels)
    query = select(*shapes, func.count(Item.sha256.distinct())).join(Item, Item.sha256 == Image.sha256)
    counted = {(row[0], row[1], row[2]): row[3] for row in session.execute(query.where(*there).group_by(*shapes))}
    fresh = _outlines(session, arriving)
    for start in range(0, len(arriving), ASKED):
        named = Item.sha256.in_([item.sha256 for item in arriving[start : start + ASKED]])
        for sha256 in session.scalars(select(Item.sha256).where(*there, named)):
            fresh.pop(sha256, None)
    return Counter(counted) + Counter(fresh.values())


def _outlines(session: Session, items: Sequence[LabelledDigest]) -> dict[str, Shape]:
    """Height, width and channels of those images that are here, by sha256."""
    found: dict[str, Shape] = {}
    for start in range(0, len(items), ASKED):
        named = Image.sha256.in_([item.sha256 for item in items[start : start + ASKED]])
        rows = session.execute(select(Image.sha256, Image.height, Image.width, Image.channels).where(named))
        found |= {sha256: (height, width, channels) for sha256, height, width, channels in rows}
    return found


def _bounded(shape: Shape) -> Shape:
    scale = min(1.0, LARGEST / max(shape[:2]))
    height, width = (max(SMALLEST, round(side * scale)) for side in shape[:2])
    return height, width, shape[2]


class Pictures:
    """Reads items as uint8 arrays [n, height, width, channels] of one shape."""

    def __init__(self, blobs: BlobStore, shape: Shape) -> None:
        self._blobs = blobs
        self._size = shape[:2]
        self._channels: Literal[1, 3] = 1 if shape[2] == 1 else 3

    @property
    def none_reduced(self) -> Images:
        """No images at all, of the shape that `read_reduced` gives."""
        return reduced(self._stack([]))

    def read(self, items: Sequence[LabelledDigest]) -> Images:
        """All items, or the error of the first that cannot be read."""
        return self._stack([self._one(item) for item in items])

    def read_reference(self, items: Sequence[LabelledDigest]) -> tuple[Images, list[bool]]:
        """The items that can be read, and which they are: a rotten one must not blind the detector for a dataset."""
        images, readable = [], []
        for item in items:
            try:
                images.append(self._one(item))
                readable.append(True)
            except (BlobCorrupted, BlobMissing) as error:
                log.error("screening goes on without an image of the reference: %s", error)
                readable.append(False)
        return self._stack(images), readable

    def read_reduced(self, items: Sequence[LabelledDigest]) -> tuple[Images, list[bool]]:
        """As `read_reference`, and as small as a state keeps images: thousands of photos fit into memory."""
        parts = [self._reduced_part(part) for part in _parts(items)]
        if not parts:
            return self.none_reduced, []
        return np.concatenate([images for images, _ in parts]), [one for _, readable in parts for one in readable]

    def _reduced_part(self, items: Sequence[LabelledDigest]) -> tuple[Images, list[bool]]:
        images, readable = self.read_reference(items)
        return reduced(images), readable

    def _one(self, item: LabelledDigest) -> Images:
        return decode(self._blobs.get(item.sha256), size=self._size, channels=self._channels)

    def _stack(self, images: list[Images]) -> Images:
        shape = (*self._size, self._channels)
        return np.array(images, dtype=np.uint8).reshape(len(images), *shape)


def _parts(items: Sequence[LabelledDigest]) -> Iterator[Sequence[LabelledDigest]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]
