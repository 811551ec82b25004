"""What is here already: images in the store, and those that a dataset or its trusted seed holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from sebrus.platform.application import Application
from sebrus.platform.metadata import load_metadata
from sebrus.platform.refusals import not_found
from sebrus.store.models import ClaimedItem, Image
from sebrus.store.projected import Dataset

SOME = 500
"""Images asked for at once: a query has room for no more."""


def trusted_seed(application: Application, session: Session, dataset_id: str) -> frozenset[str]:
    """The sha256 of the images that a dataset's owner vouches for; raises Refused where there is no such dataset."""
    dataset = session.get(Dataset, dataset_id)
    if dataset is None:
        raise not_found("dataset", dataset_id)
    metadata = load_metadata(application.blobs, dataset.metadata_hash)
    return frozenset(item.sha256 for item in (metadata.seed if metadata else []))


def stored_pixels(session: Session, digests: Collection[str]) -> dict[str, str]:
    """The digest of the pixels of each of these images that is here, by its sha256."""
    found: dict[str, str] = {}
    for some in _in_parts(digests):
        rows = session.execute(select(Image.sha256, Image.pixels_sha256).where(Image.sha256.in_(some)))
        for sha256, pixels in rows:
            found[sha256] = pixels
    return found


class KnownImages:
    """What a dataset holds already: images claimed by signed batches, and its trusted seed."""

    def __init__(self, session: Session, dataset_id: str, seed: frozenset[str]) -> None:
        self._session = session
        self._dataset_id = dataset_id
        self._seed = seed

    def files(self, digests: Collection[str]) -> set[str]:
        """Those of these files, by sha256, that are there."""
        held = self._seed.intersection(digests)
        for some in _in_parts(digests):
            claimed = select(ClaimedItem.sha256).where(ClaimedItem.dataset_id == self._dataset_id)
            held |= set(self._session.scalars(claimed.where(ClaimedItem.sha256.in_(some))))
        return set(held)

    def pixels(self, pixels: Collection[str]) -> set[str]:
        """Those of these digests of pixels that an image there shows."""
        held: set[str] = set()
        for some in _in_parts(pixels):
            alike = select(Image.sha256, Image.pixels_sha256).where(Image.pixels_sha256.in_(some))
            claimed = alike.join(ClaimedItem, ClaimedItem.sha256 == Image.sha256)
            rows = self._session.execute(claimed.where(ClaimedItem.dataset_id == self._dataset_id))
            held |= {shown for _, shown in rows}
            if self._seed:
                held |= {shown for sha256, shown in self._session.execute(alike) if sha256 in self._seed}
        return held


def _in_parts(values: Collection[str]) -> Iterator[list[str]]:
    ordered = list(values)
    return (ordered[start : start + SOME] for start in range(0, len(ordered), SOME))
