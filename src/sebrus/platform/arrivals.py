"""A batch as the detector reads it, on chain or still on its way there: its items, and those that a round is about.

What is screened before it is on chain is known from its signed submission alone, and nothing of it is in a projected
table: until it is there it vouches for no other batch.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from sebrus.platform.application import Application
from sebrus.platform.documents import LabelledDigest, load_items
from sebrus.platform.keys import running_round, words
from sebrus.protocol.bitmap import unpack_bits
from sebrus.store.models import Submission
from sebrus.store.projected import Batch, Item, Round


@dataclass(frozen=True)
class Arrival:
    """A batch to be screened, or whose running round needs a task.

    `excluded` are the lists of accounts that may not be drawn; `undecided` tells that no round has decided yet; `items`
    are all of the batch, `question` those that the running round is about.
    """

    id: str
    dataset_id: str
    contributor: str
    excluded: list[list[str]]
    round: int
    undecided: bool
    items: list[LabelledDigest]
    question: list[LabelledDigest]


def arrival_of(application: Application, session: Session, batch_id: str) -> Arrival:
    """The batch as it is on chain, or as it will be.

    Raises:
        NoResultFound: nobody handed it in.
        ValueError: it is not on chain, and the list of its items is not here.
    """
    batch = session.get(Batch, batch_id)
    if batch is None:
        submission = session.get_one(Submission, batch_id)
        items = load_items(application.blobs, batch_id, submission.root)
        if items is None:
            raise ValueError(f"The list of items of batch {batch_id} is not in the image store.")
        return on_its_way(submission, items)
    return Arrival(
        id=batch.id,
        dataset_id=batch.dataset_id,
        contributor=batch.contributor,
        excluded=batch.excluded,
        round=batch.round,
        undecided=batch.accepted is None,
        items=items_of(session, batch),
        question=items_in_question(session, batch),
    )


def on_its_way(submission: Submission, items: list[LabelledDigest]) -> Arrival:
    """A batch that is not on chain yet; `items` may be left out where only accounts are asked about."""
    return Arrival(
        id=submission.batch_id,
        dataset_id=submission.dataset_id,
        contributor=submission.contributor,
        excluded=[],
        round=0,
        undecided=True,
        items=items,
        question=items,
    )


def items_of(session: Session, batch: Batch) -> list[LabelledDigest]:
    """All items of a batch on chain, in their order."""
    rows = session.scalars(select(Item).where(Item.batch_id == batch.id).order_by(Item.position))
    return [LabelledDigest(row.sha256, row.label) for row in rows]


def items_in_question(session: Session, batch: Batch) -> list[LabelledDigest]:
    """The items that the running round of a batch is about, in their order."""
    return question_of(session, batch, running_round(session, batch))


def question_of(session: Session, batch: Batch, round_: Round) -> list[LabelledDigest]:
    """The items that a round is about, in their order."""
    items = items_of(session, batch)
    if not round_.question:
        return items
    asked = unpack_bits(words(round_.question), batch.item_count)
    return [item for item, wanted in zip(items, asked, strict=True) if wanted]
