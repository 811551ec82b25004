"""Build a release from the settled batches of a dataset."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace as with_changes
from itertools import accumulate
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sebrus.export import (
    BatchEvidence,
    ReleaseBatch,
    ReleaseInput,
    ReleaseMetadata,
    ReleaseRound,
    WrittenRelease,
    write_release,
)
from sebrus.export.certificate import CertificateRefused, read_certificate
from sebrus.platform.application import Application
from sebrus.platform.keys import batch_key, concluded_round, decision_of, hash_bytes, policy_of, seats_of
from sebrus.platform.metadata import load_metadata
from sebrus.platform.refusals import Refused, not_found
from sebrus.protocol.identity import DatasetParams
from sebrus.store.models import SecretTask
from sebrus.store.projected import Batch, Dataset, Event, Item, Release, Round

Progress = Callable[[int, int], None]
"""Hears how many images of how many are written."""


def build_release(
    application: Application,
    dataset_id: str,
    directory: Path,
    *,
    replace: bool = False,
    certificate: bytes | None = None,
    progress: Progress | None = None,
) -> WrittenRelease:
    """Write the next release of a dataset: every accepted item of every settled batch, none of a held or void one.

    The owner then publishes it on chain with the root, count and hash that are returned. `certificate` is the
    `certificate.json` of an audit, to be carried by the release, which then holds what was audited: what was accepted
    while the audit ran is for the release after it. `progress` hears of every image.

    Raises:
        Refused: there is no such dataset, its metadata is not here, or nothing was accepted yet.
        ExportRefused: the place is taken, an image or a round's task is missing, or the certificate is none of these
            items.
    """
    with application.database.read() as session:
        material = with_changes(_gather(application, session, dataset_id, certificate), certificate=certificate)
    total, done = sum(len(batch.accepted_indices) for batch in material.batches), 0

    def image_bytes(sha256: bytes) -> bytes:
        nonlocal done
        data = application.blobs.get(sha256.hex())
        done += 1
        if progress is not None:
            progress(done, total)
        return data

    return write_release(material, image_bytes, directory, replace=replace)


def released_batches(session: Session, dataset_id: str) -> Sequence[Batch]:
    """The batches of which the next release holds items, in its order.

    Raises:
        Refused: there is none.
    """
    settled = session.scalars(
        select(Batch)
        .where(Batch.dataset_id == dataset_id, Batch.phase == "Settled", Batch.available, Batch.accepted_count > 0)
        .order_by(Batch.settled_block, Batch.id)
    ).all()
    if not settled:
        raise Refused(
            "nothing_accepted", "No item of this dataset was accepted yet; a release needs at least one.", 409
        )
    return settled


def accepted_items(session: Session, dataset_id: str) -> int:
    """How many items the next release holds, where it is not an audited one. Raises `Refused`: there is none."""
    return sum(batch.accepted_count for batch in released_batches(session, dataset_id))


def next_version(session: Session, dataset_id: str) -> int:
    """The number that the chain gives to the next release."""
    return 1 + (session.scalar(select(func.count()).select_from(Release).where(Release.dataset_id == dataset_id)) or 0)


def _audited(settled: Sequence[Batch], certificate: bytes | None) -> Sequence[Batch]:
    """The first of the batches, which hold as many items as were audited; all, where none do or nothing was audited.

    Whether they are the very items is checked when the release is written.
    """
    if certificate is None:
        return settled
    try:
        tested, _ = read_certificate(certificate).items
    except CertificateRefused:
        return settled
    held = list(accumulate(batch.accepted_count for batch in settled))
    return settled[: held.index(tested) + 1] if tested in held else settled


def _gather(application: Application, session: Session, dataset_id: str, certificate: bytes | None) -> ReleaseInput:
    dataset = session.get(Dataset, dataset_id)
    if dataset is None:
        raise not_found("dataset", dataset_id)
    metadata = load_metadata(application.blobs, dataset.metadata_hash)
    if metadata is None:
        raise Refused("metadata_missing", "The dataset's metadata document is not in this store; upload it first.", 409)
    settled = _audited(released_batches(session, dataset_id), certificate)
    return ReleaseInput(
        chain_id=application.deployment.chain_id,
        contract=application.deployment.address,
        dataset=_params(dataset),
        metadata=ReleaseMetadata(
            name=metadata.name,
            class_names=tuple(metadata.classes),
            license=metadata.license or None,
            description=metadata.description,
            document=application.blobs.get(dataset.metadata_hash[2:]),  # as hashed, whoever wrote it
        ),
        version=next_version(session, dataset_id),
        batches=tuple(_batch(session, batch) for batch in settled),
        deployed_block=application.deployment.block,
    )


def _params(dataset: Dataset) -> DatasetParams:
    return DatasetParams(
        owner=dataset.owner,
        detector=dataset.detector,
        class_count=dataset.class_count,
        metadata_hash=hash_bytes(dataset.metadata_hash),
        salt=hash_bytes(dataset.salt),
        policy=policy_of(dataset),
    )


def _batch(session: Session, batch: Batch) -> ReleaseBatch:
    items = session.scalars(select(Item).where(Item.batch_id == batch.id).order_by(Item.position)).all()
    settled = session.scalars(select(Event).where(Event.subject == batch.id, Event.name == "Settled")).one()
    decision = decision_of(batch)
    if decision is None:
        raise Refused(
            "undecided", f"Batch {batch.id} was settled without a decision, so nothing of it was accepted.", 409
        )
    here = select(Round).where(Round.batch_id == batch.id).order_by(Round.round)
    rounds = tuple(_round(session, row) for row in session.scalars(here))
    last = [one.voted for one in rounds if one.voted is not None][-1]
    return ReleaseBatch(
        key=batch_key(batch),
        items=tuple((bytes.fromhex(item.sha256), item.label) for item in items),
        accepted=decision.accepted,
        evidence=BatchEvidence(
            round=last.status.round,
            panel=last.panel,
            panel_accepted=decision.panel_accepted,
            settled_block=settled.block_number,
            settled_transaction=hash_bytes(settled.transaction_hash),
            flags=decision.flags,
            rounds=rounds,
        ),
    )


def _round(session: Session, row: Round) -> ReleaseRound:
    task = session.get(SecretTask, (row.batch_id, row.round))
    shown = None
    if task is not None and row.commitment is not None and task.task_root == row.task_root:
        shown = tuple((bytes.fromhex(picture["sha256"]), int(picture["label"])) for picture in task.positions)
    if row.state != "concluded":
        return ReleaseRound(row.round, shown)
    counted = sum(1 << seat.seat for seat in seats_of(session, row.batch_id, row.round) if seat.counted)
    return ReleaseRound(row.round, shown, concluded_round(session, row), counted, bool(row.conclusive))
