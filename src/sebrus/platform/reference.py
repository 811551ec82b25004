"""What a batch is screened against: which items of its dataset, and the detector's state that holds their sums.

The state is a cache beside the database. Before each screening it is brought into agreement with the items it should
hold, whatever happened since it was written, so nothing depends on its having been written at all.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from sebrus.detect import DetectError, State, load, save
from sebrus.detect.online import Record
from sebrus.detect.state import ENOUGH, SEED
from sebrus.platform.arrivals import Arrival
from sebrus.platform.documents import LabelledDigest
from sebrus.platform.keys import words
from sebrus.platform.pictures import Pictures
from sebrus.protocol.bitmap import unpack_bits
from sebrus.store.models import AccusationTest, SecretScreening
from sebrus.store.projected import Batch, Item

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SentItem:
    """An item of a dataset: `key` says which, whatever became of it, `contributor` who sent it."""

    key: str
    item: LabelledDigest
    contributor: str


@dataclass(frozen=True)
class Reference:
    """What a batch is screened against.

    `items` are the dataset's that may vouch for others; `suspected` are those of the batch's own contributor that the
    detector flagged and nobody has decided on, which are read together with the batch and vouch for nobody; `record`
    holds the tests made so far.
    """

    items: list[SentItem]
    suspected: list[SentItem]
    record: Record


def reference_of(session: Session, batch: Batch | Arrival) -> Reference:
    """What a batch is to be screened against, as the tables are now.

    An item may vouch for others when the vote accepted it, or while undecided when the detector has looked at it and
    did not flag it: else two accounts with one trigger would vouch for each other by sending at the same time. What is
    not on chain vouches for nobody, though it was screened: it may never get there.
    """
    query = (
        select(Item.batch_id, Item.position, Item.sha256, Item.label, Item.accepted, Batch.contributor)
        .join(Batch, Batch.id == Item.batch_id)
        .where(Item.dataset_id == batch.dataset_id, Item.batch_id != batch.id, Item.accepted.is_not(False))
        .order_by(Batch.submitted_block, Batch.id, Item.position)
    )
    flags = _flags_of_undecided(session, batch.dataset_id)
    items, suspected = [], []
    for batch_id, position, sha256, label, accepted, contributor in session.execute(query):
        sent = SentItem(key_of(batch_id, position), LabelledDigest(sha256, label), contributor)
        screened = batch_id in flags
        if accepted or (screened and not flags[batch_id][position]):
            items.append(sent)
        elif screened and contributor == batch.contributor:
            suspected.append(sent)
    return Reference(items, suspected, _record(session, batch.dataset_id))


def key_of(batch_id: str, position: int) -> str:
    """What the detector's state calls an item."""
    return f"{batch_id} {position}"


def state_of(folder: Path, pictures: Pictures, seed: Sequence[LabelledDigest], items: Sequence[SentItem]) -> State:
    """The state kept in `folder`, holding the trusted seed and exactly those items whose images can be read.

    One that is missing, broken, of another version or another shape of images is built again. What changed is written
    back; a disk that refuses costs time at the next screening and nothing else. Raises `DetectError` where there is
    nothing that can be read.
    """
    try:
        kept = load(folder)
        if kept.items.images.shape[1:] != pictures.none_reduced.shape[1:]:
            raise DetectError(f"The state in {folder} holds images of another shape: build it again.")
    except DetectError as error:
        log.info("the detector learns the dataset anew: %s", error)
        kept = None
    state = _agreeing(_begun(pictures, seed, items) if kept is None else kept, pictures, items)
    if state is not kept:
        try:
            save(state, folder)
        except OSError as error:
            log.warning("the detector's state cannot be written to %s: %s", folder, error)
    return state


def with_items(state: State, pictures: Pictures, items: Sequence[SentItem]) -> State:
    """The state with more items; those whose images cannot be read are left out."""
    for start in range(0, len(items), ENOUGH):
        part = items[start : start + ENOUGH]
        images, readable = pictures.read_reduced([one.item for one in part])
        taken = _only(part, readable)
        state = state.plus(images, labels_of(taken), _senders(taken), keys=[one.key for one in taken])
    return state


def labels_of(items: Sequence[SentItem]) -> NDArray[np.int64]:
    """The items' labels."""
    return np.array([one.item.label for one in items], dtype=np.int64)


def _begun(pictures: Pictures, seed: Sequence[LabelledDigest], items: Sequence[SentItem]) -> State:
    first = items[:ENOUGH]
    images, readable = pictures.read_reduced([one.item for one in first])
    trusted, vouched = pictures.read_reduced(seed)
    named = np.array([item.label for item in seed], dtype=np.int64)[vouched]
    taken = _only(first, readable)
    return State.begin(images, labels_of(taken), _senders(taken), (trusted, named), keys=[one.key for one in taken])


def _agreeing(state: State, pictures: Pictures, items: Sequence[SentItem]) -> State:
    keys = [one.key for one in items]
    gone = state.items.who != SEED
    gone[state.rows_of(keys)] = False
    state = state.without(gone)
    held = state.holds(keys)
    state = with_items(state, pictures, [one for one, there in zip(items, held, strict=True) if not there])
    return state.anew() if state.outgrown else state


def _only(items: Sequence[SentItem], which: Sequence[bool]) -> list[SentItem]:
    return [one for one, wanted in zip(items, which, strict=True) if wanted]


def _senders(items: Sequence[SentItem]) -> list[str]:
    return [one.contributor for one in items]


def _flags_of_undecided(session: Session, dataset_id: str) -> dict[str, list[bool]]:
    query = (
        select(Batch.id, Batch.item_count, SecretScreening.flags)
        .join(SecretScreening, SecretScreening.batch_id == Batch.id)
        .where(Batch.dataset_id == dataset_id, Batch.settled_block.is_(None))
    )
    return {batch_id: unpack_bits(words(flags), count) for batch_id, count, flags in session.execute(query)}


def _record(session: Session, dataset_id: str) -> Record:
    """The dataset's tests in the order they were made; whom a test accused is out until the vote on that batch."""
    decided = set(
        session.scalars(select(Batch.id).where(Batch.dataset_id == dataset_id, Batch.settled_block.is_not(None)))
    )
    query = select(AccusationTest).where(AccusationTest.dataset_id == dataset_id).order_by(AccusationTest.id)
    tests = session.scalars(query).all()
    latest = {test.contributor: (test.p_value, test.accused and test.batch_id not in decided) for test in tests}
    return Record(len(tests), sum(test.accused for test in tests), latest)
