"""Screen a batch when it arrives, keep the findings secret, commit to them before anyone votes."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session
from threadpoolctl import threadpool_limits

from sebrus.detect import screen
from sebrus.platform.application import Application
from sebrus.platform.documents import LabelledDigest, RecordedFinding, save_findings
from sebrus.platform.keys import hash_bytes
from sebrus.platform.metadata import load_metadata
from sebrus.protocol.bitmap import bitmap_hash, pack_bits
from sebrus.protocol.signature import Screening, eip712_digest
from sebrus.store.blobs import BlobCorrupted, BlobMissing, BlobStore
from sebrus.store.images import decode
from sebrus.store.models import Image, SecretScreening
from sebrus.store.projected import Batch, Dataset, Item

log = logging.getLogger(__name__)

# Reference items beyond this many add seconds and no power; the newest are kept.
LARGEST_REFERENCE = 20_000

Images = NDArray[np.uint8]


@cache
def model_hash() -> str:
    """The sha256 over the detector's source, which with its inputs determines the findings; `0x` hex."""
    digest = hashlib.sha256()
    sources = [entry for entry in files("sebrus.detect").iterdir() if entry.name.endswith(".py")]
    for entry in sorted(sources, key=lambda entry: entry.name):
        digest.update(entry.name.encode() + b"\0" + entry.read_bytes() + b"\0")
    return "0x" + digest.hexdigest()


def screen_batch(application: Application, batch_id: str) -> SecretScreening:
    """Screen a batch against the trusted seed and what others sent, and commit to the findings.

    The result is not stored; the caller does, once.
    """
    with application.database.read() as session:
        batch = session.get_one(Batch, batch_id)
        dataset = session.get_one(Dataset, batch.dataset_id)
        own = [LabelledDigest(i.sha256, i.label) for i in _batch_items(session, batch)]
        others, senders = _reference(session, batch)
        shape = _shape(session, own)
    metadata = load_metadata(application.blobs, dataset.metadata_hash)
    seed = [LabelledDigest(item.sha256, item.label) for item in metadata.seed] if metadata else []
    pictures = _Pictures(application.blobs, shape)
    reference, readable = pictures.read_reference(others)
    trusted, vouched = pictures.read_reference(seed)
    # The matrices are small: on shared cores more threads would wait for each other, not compute.
    with threadpool_limits(limits=1):
        found = screen(
            pictures.read(own),
            _labels(own),
            contributor=batch.contributor,
            reference_images=reference,
            reference_labels=_labels(others)[readable],
            reference_contributors=np.array(senders, dtype=str)[readable],
            trusted=(trusted, _labels(seed)[vouched]) if any(vouched) else None,
            fdr=application.settings.fdr,
        )
    findings = [
        RecordedFinding(
            score=float(item.score),
            p_value=float(item.p_value),
            flagged=bool(item.flagged),
            reason=item.reason,
            suggested_label=None if item.suggested_label is None else int(item.suggested_label),
        )
        for item in found.items
    ]
    return _commit_to(application, batch_id, findings)


def _commit_to(application: Application, batch_id: str, findings: list[RecordedFinding]) -> SecretScreening:
    flags = pack_bits(finding.flagged for finding in findings)
    scores_root = save_findings(application.blobs, findings)
    salt = hmac.digest(application.operator.key, b"SeBRUS screening" + hash_bytes(batch_id), "sha256")
    commitment = eip712_digest(
        application.domain,
        Screening(hash_bytes(batch_id), hash_bytes(model_hash()), hash_bytes(scores_root), bitmap_hash(flags), salt),
    )
    return SecretScreening(
        batch_id=batch_id,
        model_hash=model_hash(),
        scores_root=scores_root,
        salt="0x" + salt.hex(),
        flags=[f"0x{word:064x}" for word in flags],
        commitment="0x" + commitment.hex(),
    )


def _batch_items(session: Session, batch: Batch) -> Sequence[Item]:
    return session.scalars(select(Item).where(Item.batch_id == batch.id).order_by(Item.position)).all()


def _reference(session: Session, batch: Batch) -> tuple[list[LabelledDigest], list[str]]:
    """Other contributors' items of the dataset that were not rejected, and who sent each."""
    query = (
        select(Item.sha256, Item.label, Batch.contributor)
        .join(Batch, Batch.id == Item.batch_id)
        .where(Item.dataset_id == batch.dataset_id, Batch.contributor != batch.contributor)
        .where(Item.accepted.is_not(False))
        .order_by(Batch.submitted_block.desc(), Batch.id, Item.position)
        .limit(LARGEST_REFERENCE)
    )
    rows = session.execute(query).all()
    return [LabelledDigest(sha256, label) for sha256, label, _ in rows], [sender for _, _, sender in rows]


def _shape(session: Session, own: list[LabelledDigest]) -> tuple[int, int, int]:
    """Height, width and channels that images are brought to: those most of this batch's images have."""
    query = select(Image.height, Image.width, Image.channels).where(Image.sha256.in_([item.sha256 for item in own]))
    shapes = [(height, width, channels) for height, width, channels in session.execute(query)]
    return max(sorted(set(shapes)), key=shapes.count)


def _labels(items: list[LabelledDigest]) -> NDArray[np.int64]:
    return np.array([item.label for item in items], dtype=np.int64)


class _Pictures:
    """Reads items as arrays of one shape (height, width, channels)."""

    def __init__(self, blobs: BlobStore, shape: tuple[int, int, int]) -> None:
        self._blobs = blobs
        self._size = shape[:2]
        self._channels: Literal[1, 3] = 1 if shape[2] == 1 else 3

    def read(self, items: list[LabelledDigest]) -> Images:
        """All items, or the error of the first that cannot be read."""
        return self._stack([self._one(item) for item in items])

    def read_reference(self, items: list[LabelledDigest]) -> tuple[Images, list[bool]]:
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

    def _one(self, item: LabelledDigest) -> Images:
        return decode(self._blobs.get(item.sha256), size=self._size, channels=self._channels)

    def _stack(self, images: list[Images]) -> Images:
        shape = self._size if self._channels == 1 else (*self._size, self._channels)
        return np.stack(images) if images else np.zeros((0, *shape), dtype=np.uint8)
