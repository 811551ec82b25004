"""Screen a batch when it arrives and keep the findings secret; `tasks` commits to them, round by round."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete
from sqlalchemy.orm import Session
from threadpoolctl import threadpool_limits

from sebrus.detect import Findings, ItemFinding, RowsUnreadable, forget, screen, screen_stream
from sebrus.detect.code import SCREEN, code_hash
from sebrus.platform.application import Application
from sebrus.platform.arrivals import Arrival, arrival_of
from sebrus.platform.documents import LabelledDigest, RecordedFinding, save_findings
from sebrus.platform.keys import word_texts
from sebrus.platform.links import links_of_batch
from sebrus.platform.metadata import load_metadata
from sebrus.platform.pictures import Pictures, shape_of_dataset
from sebrus.platform.reference import Reference, reference_of, state_of, with_items
from sebrus.platform.sent_items import key_of
from sebrus.protocol.bitmap import pack_bits
from sebrus.store.models import AccusationTest, SecretScreening
from sebrus.store.projected import Dataset

# From some hundreds of items on a state finds what looking at everything finds (docs/detector.md); with less to learn
# from it would now and then miss, and looking at everything is cheap.
FEWEST_FOR_STATE = 500
# What besides the detector determines the findings: which items are looked at, in which shape, in which way.
OURS = tuple(f"sebrus.platform.{name}" for name in ("arrivals", "pictures", "reference", "screening", "sent_items"))


def model_hash() -> str:
    """The sha256 over the source of detector and screening, which with its inputs determines the findings; `0x` hex."""
    return "0x" + code_hash(SCREEN, OURS)


@dataclass(frozen=True)
class ScreenedBatch:
    """The findings to commit to; and the test of the contributor, where the batch was screened against a state."""

    findings: SecretScreening
    test: AccusationTest | None

    def keep(self, session: Session) -> None:
        """Store both; a batch that was screened before counts as tested once."""
        batch_id = self.findings.batch_id
        session.merge(self.findings)
        session.execute(delete(AccusationTest).where(AccusationTest.batch_id == batch_id))
        if self.test is not None:
            session.add(self.test)


def screen_batch(application: Application, batch_id: str) -> ScreenedBatch:
    """Screen a batch, on chain or on its way there, against the trusted seed and what others sent.

    The result is not stored; the caller does, once. Screened again before that, with the same tables and state, it is
    the same. Raises `RowsUnreadable` where the disk does not read what the state wrote on it; the state is built again
    at the next call.
    """
    with application.database.read() as session:
        batch = arrival_of(application, session, batch_id)
        dataset = session.get_one(Dataset, batch.dataset_id)
        metadata = load_metadata(application.blobs, dataset.metadata_hash)
        seed = [LabelledDigest(item.sha256, item.label) for item in metadata.seed] if metadata else []
        reference = reference_of(session, batch)
        pictures = Pictures(application.blobs, shape_of_dataset(session, dataset.id, seed, batch.items))
    # The matrices are small: on shared cores more threads would wait for each other, not compute.
    with threadpool_limits(limits=1):
        if len(reference.items) < FEWEST_FOR_STATE:
            found, test = _screen_anew(application, pictures, seed, reference, batch), None
        else:
            folder = application.settings.detector_path / dataset.id
            try:
                found, test = _screen_by_state(application, folder, pictures, seed, reference, batch)
            except RowsUnreadable:
                with suppress(OSError):
                    forget(folder)
                raise
    with application.database.read() as session:
        links = links_of_batch(session, batch, [str(name) for one in found.contributors for name in one.linked])
    return ScreenedBatch(_secret(application, batch_id, found, links), test)


def _screen_anew(
    application: Application,
    pictures: Pictures,
    seed: list[LabelledDigest],
    reference: Reference,
    batch: Arrival,
) -> Findings:
    """Read and look at everything: the best there is while it is little."""
    everything = [reference.items, reference.suspected]
    images, readable = pictures.read_reference([item for some in everything for item in some.items])
    senders = [sender for some in everything for sender in some.contributors]
    trusted, vouched = pictures.read_reference(seed)
    return screen(
        pictures.read(batch.items),
        _labels(batch),
        contributor=batch.contributor,
        reference_images=images,
        reference_labels=np.concatenate([some.labels for some in everything])[readable],
        reference_contributors=np.array(senders, dtype=str)[readable],
        trusted=(trusted, np.array([item.label for item in seed], dtype=np.int64)[vouched]) if any(vouched) else None,
        fdr=application.settings.fdr,
    )


def _screen_by_state(
    application: Application,
    folder: Path,
    pictures: Pictures,
    seed: list[LabelledDigest],
    reference: Reference,
    batch: Arrival,
) -> tuple[Findings, AccusationTest]:
    """Look at the batch alone and at sums of all the rest; what was taken into the state is not kept here."""
    state = state_of(folder, pictures, seed, reference.items)
    state = replace(with_items(state, pictures, reference.suspected), record=reference.record)
    screened = screen_stream(
        state,
        pictures.read(batch.items),
        _labels(batch),
        contributor=batch.contributor,
        keys=np.array([key_of(batch.id, position) for position in range(len(batch.items))], dtype=np.uint64),
        fdr=application.settings.fdr,
    )
    p_value, accused = screened.state.record.latest[batch.contributor]
    test = AccusationTest(
        dataset_id=batch.dataset_id,
        batch_id=batch.id,
        contributor=batch.contributor,
        p_value=p_value,
        accused=accused,
    )
    return screened.findings, test


def _labels(batch: Arrival) -> NDArray[np.int64]:
    return np.array([item.label for item in batch.items], dtype=np.int64)


def _recorded(item: ItemFinding) -> RecordedFinding:
    return RecordedFinding(
        score=float(item.score),
        p_value=float(item.p_value),
        flagged=bool(item.flagged),
        reason=item.reason,
        suggested_label=None if item.suggested_label is None else int(item.suggested_label),
    )


def _secret(application: Application, batch_id: str, found: Findings, links: list[str]) -> SecretScreening:
    findings = [_recorded(item) for item in found.items]
    return SecretScreening(
        batch_id=batch_id,
        model_hash=model_hash(),
        scores_root=save_findings(application.blobs, findings),
        flags=word_texts(pack_bits(finding.flagged for finding in findings)),
        links=links,
    )
