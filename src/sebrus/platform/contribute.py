"""Take images in, and batches their contributors signed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sebrus.platform.application import Application
from sebrus.platform.documents import LabelledDigest, items_root, save_items
from sebrus.platform.intake import CheckedFile, ImageInfo, LabelRefused, Upload, check_files, check_label
from sebrus.platform.keys import hash_bytes
from sebrus.platform.known import KnownImages, stored_pixels, trusted_seed
from sebrus.platform.refusals import Refused, not_found
from sebrus.platform.signatures import check_signature
from sebrus.protocol.identity import BatchKey
from sebrus.protocol.signature import Submit
from sebrus.store.dialects import insert_into
from sebrus.store.images import Limits
from sebrus.store.models import ClaimedItem, Image, Submission
from sebrus.store.projected import Batch, Dataset


def limits_of(application: Application) -> Limits:
    """The intake limits of this server."""
    settings = application.settings
    return Limits(
        max_bytes=settings.max_image_bytes,
        max_side=settings.max_image_side,
        max_pixels=settings.max_image_pixels,
        max_files=settings.max_upload_files,
    )


class Intake:
    """One upload, taken in as its files come; with a dataset, images are refused that it has already.

    Raises:
        Refused: there is no such dataset.
    """

    def __init__(self, application: Application, dataset_id: str | None = None) -> None:
        self._application = application
        self._dataset_id = dataset_id
        self._upload = Upload(limits_of(application))
        self._seed: frozenset[str] = frozenset()
        if dataset_id is not None:
            with application.database.read() as session:
                self._seed = trusted_seed(application, session, dataset_id)

    def take(self, files: Sequence[tuple[str, bytes]]) -> list[CheckedFile]:
        """Check the next files, keep those that pass."""
        if self._dataset_id is None:
            results = check_files(files, upload=self._upload)
        else:
            with self._application.database.read() as session:
                known = KnownImages(session, self._dataset_id, self._seed)
                results = check_files(files, known=known.files, known_pixels=known.pixels, upload=self._upload)
        _keep(self._application, results, files)
        return results


def take_images(
    application: Application, files: Iterable[tuple[str, bytes]], dataset_id: str | None = None
) -> list[CheckedFile]:
    """Check each file and keep those that pass; `dataset_id` also refuses images that dataset has already."""
    return Intake(application, dataset_id).take(list(files))


def _keep(application: Application, results: Sequence[CheckedFile], material: Sequence[tuple[str, bytes]]) -> None:
    """Store what was accepted, then its rows."""
    application.blobs.put_all(data for result, (_, data) in zip(results, material, strict=True) if result.accepted)
    rows = [_image_row(result.info) for result in results if result.info is not None]
    if rows:
        with application.database.write() as session:
            # An image that was sent before has this row already, but for the time.
            session.execute(insert_into(session, Image).on_conflict_do_nothing(), rows)


def _image_row(info: ImageInfo) -> dict[str, Any]:
    return {
        "sha256": info.sha256,
        "pixels_sha256": info.pixels_sha256,
        "size": info.bytes,
        "width": info.width,
        "height": info.height,
        "channels": info.channels,
        "media_type": f"image/{info.format.lower()}",
    }


@dataclass(frozen=True)
class SignedBatch:
    """A batch as its contributor signs it."""

    dataset_id: str
    contributor: str
    items: Sequence[LabelledDigest]
    deadline: int
    signature: str

    @cached_property
    def key(self) -> BatchKey:
        """What names the batch on chain; hashing all items for it takes a while, so once."""
        return BatchKey(
            hash_bytes(self.dataset_id), self.contributor, hash_bytes(items_root(self.items)), len(self.items)
        )


def take_batch(application: Application, batch: SignedBatch) -> str:
    """Check a signed batch and put it in the outbox; returns its id.

    The same batch again is no error, and one that the chain refused, by an expired signature say, is taken anew.

    Raises:
        Refused: an image is not here or in the dataset already, a label unknown, the signature wrong or expired.
    """
    batch_id = "0x" + batch.key.batch_id.hex()
    with application.database.read() as session:
        before = session.get(Submission, batch_id)
        if (before is not None and before.refusal is None) or session.get(Batch, batch_id) is not None:
            return batch_id
        _check_batch(application, session, batch)
    save_items(application.blobs, batch_id, batch.items)
    try:
        with application.database.write() as session:
            session.add_all(
                ClaimedItem(dataset_id=batch.dataset_id, sha256=item.sha256, batch_id=batch_id) for item in batch.items
            )
            session.merge(_submission_row(batch, batch_id))
    except IntegrityError as error:
        raise Refused(
            "duplicate_image", "Some of these images were handed in by another batch meanwhile; leave them out.", 409
        ) from error
    return batch_id


def _submission_row(batch: SignedBatch, batch_id: str) -> Submission:
    return Submission(
        batch_id=batch_id,
        dataset_id=batch.dataset_id,
        contributor=batch.contributor,
        root="0x" + batch.key.root.hex(),
        item_count=len(batch.items),
        deadline=batch.deadline,
        signature=batch.signature,
        ready=None,
        waiting=None,
        refusal=None,
    )


def _check_batch(application: Application, session: Session, batch: SignedBatch) -> None:
    dataset = session.get(Dataset, batch.dataset_id)
    if dataset is None:
        raise not_found("dataset", batch.dataset_id)
    if dataset.closed:
        raise Refused("dataset_closed", "The dataset is closed by its owner; nothing new can be submitted.", 409)
    if not 1 <= len(batch.items) <= dataset.policy["maxItems"]:
        raise Refused("item_count", f"A batch of this dataset holds 1 to {dataset.policy['maxItems']} items.")
    _check_labels(batch.items, dataset.class_count)
    _check_images(application, session, batch)
    key = batch.key
    message = Submit(key.dataset_id, key.contributor, key.root, key.item_count, batch.deadline)
    check_signature(application, message, batch.contributor, batch.deadline, batch.signature)


def _check_labels(items: Sequence[LabelledDigest], class_count: int) -> None:
    try:
        for item in items:
            check_label(item.label, class_count)
    except LabelRefused as refused:
        raise Refused(refused.code, str(refused)) from refused


def _check_images(application: Application, session: Session, batch: SignedBatch) -> None:
    digests = [item.sha256 for item in batch.items]
    if len(set(digests)) != len(digests):
        raise Refused("duplicate_image", "The batch lists an image twice; leave one out.")
    pixels = stored_pixels(session, digests)
    missing = [digest for digest in digests if digest not in pixels]
    if missing:
        raise Refused("image_missing", f"{len(missing)} images were not uploaded, the first {missing[0]}; upload them.")
    if len(set(pixels.values())) != len(pixels):
        raise Refused("duplicate_image", "Two images of the batch show exactly the same pixels; leave one out.")
    known = KnownImages(session, batch.dataset_id, trusted_seed(application, session, batch.dataset_id))
    files, shown = known.files(digests), known.pixels(set(pixels.values()))
    again = sum(digest in files or pixels[digest] in shown for digest in digests)
    if again:
        raise Refused("duplicate_image", f"{again} images are in the dataset already; leave them out.", 409)
