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
from sqlalchemy import select
from sqlalchemy.orm import Session

from sebrus.detect import DetectError, State, load, save
from sebrus.detect.online import Record
from sebrus.detect.state import ENOUGH, SEED
from sebrus.platform.arrivals import Arrival
from sebrus.platform.documents import LabelledDigest
from sebrus.platform.keys import words
from sebrus.platform.pictures import Pictures
from sebrus.platform.sent_items import SentItems, key_of
from sebrus.protocol.bitmap import unpack_bits
from sebrus.store.models import AccusationTest, SecretScreening
from sebrus.store.projected import Batch, Item

log = logging.getLogger(__name__)


ASKED = 5000
"""Rows of items that are asked for together."""


@dataclass(frozen=True)
class Reference:
    """What a batch is screened against.

    `items` are the dataset's that may vouch for others; `suspected` are those of the batch's own contributor that the
    detector flagged and nobody has decided on, which are read together with the batch and vouch for nobody; `record`
    holds the tests made so far.
    """

    items: SentItems
    suspected: SentItems
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
    number: dict[str, int] = {}
    items, suspected = [SentItems.of([])], [SentItems.of([])]
    for rows in session.execute(query.execution_options(yield_per=ASKED)).partitions():
        vouching, flagged = [], []
        for batch_id, position, sha256, label, accepted, contributor in rows:
            screened = batch_id in flags
            if accepted or (screened and not flags[batch_id][position]):
                sender = number.setdefault(contributor, len(number))
                vouching.append((key_of(batch_id, position), sha256, label, sender))
            elif screened and contributor == batch.contributor:
                flagged.append((key_of(batch_id, position), sha256, label, 0))
        items.append(SentItems.of(vouching, list(number)))
        suspected.append(SentItems.of(flagged, [batch.contributor]))
    return Reference(SentItems.joined(items), SentItems.joined(suspected), _record(session, batch.dataset_id))


def state_of(folder: Path, pictures: Pictures, seed: Sequence[LabelledDigest], items: SentItems) -> State:
    """The state kept in `folder`, holding the trusted seed and exactly those items whose images can be read.

    One that is missing, broken, of another version or another shape of images is built again. What changed is written
    back, some thousands of items at a time, and what was written is no longer held in memory; a disk that refuses
    costs time at the next screening, and memory. Raises `DetectError` where there is nothing that can be read.
    """
    try:
        state = load(folder)
        if state.items.images.shape[1:] != pictures.none_reduced.shape[1:]:
            raise DetectError(f"The state in {folder} holds images of another shape: build it again.")
    except DetectError as error:
        log.info("the detector learns the dataset anew: %s", error)
        state = _written(_begun(pictures, seed, items), folder)
    gone = state.items.who != SEED
    gone[state.rows_of(items.keys)] = False
    if gone.any():
        state = _written(state.without(gone), folder)
    fresh = items[~state.holds(items.keys)]
    for start in range(0, len(fresh), ENOUGH):
        state = _written(with_items(state, pictures, fresh[start : start + ENOUGH]), folder)
    return _written(state.anew(), folder) if state.outgrown else state


def _written(state: State, folder: Path) -> State:
    """The same state, read from where it was written; as it is where it cannot be."""
    try:
        save(state, folder)
        return load(folder)
    except (OSError, DetectError) as error:
        log.warning("the detector's state cannot be written to %s: %s", folder, error)
        return state


def with_items(state: State, pictures: Pictures, items: SentItems) -> State:
    """The state with more items; those whose images cannot be read are left out."""
    for start in range(0, len(items), ENOUGH):
        part = items[start : start + ENOUGH]
        images, readable = pictures.read_reduced(part.items)
        taken = part[np.array(readable, dtype=np.bool_)]
        state = state.plus(images, taken.labels, taken.contributors, keys=taken.keys)
    return state


def _begun(pictures: Pictures, seed: Sequence[LabelledDigest], items: SentItems) -> State:
    first = items[:ENOUGH]
    images, readable = pictures.read_reduced(first.items)
    trusted, vouched = pictures.read_reduced(seed)
    named = np.array([item.label for item in seed], dtype=np.int64)[vouched]
    taken = first[np.array(readable, dtype=np.bool_)]
    return State.begin(images, taken.labels, taken.contributors, (trusted, named), keys=taken.keys)


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
