"""The rows that an event is about, and what every event on a batch leaves in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from sebrus.platform.keys import record_words
from sebrus.protocol.record import BatchRecord
from sebrus.store.blobs import BlobStore
from sebrus.store.projected import Account, Batch, Dataset, Event, Item, Round

Handler = Callable[[Session, BlobStore, Event], None]


def account_row(session: Session, address: str) -> Account:
    """The account of an address; a new one starts with nothing."""
    account = session.get(Account, address)
    if account is None:
        counters = dict.fromkeys(("gold_seen", "gold_right", "items_seen", "items_coherent"), 0)
        money = dict.fromkeys(("free", "stake", "locked", "earned", "slashed"), 0)
        account = Account(address=address, payout=False, **money, **counters)
        session.add(account)
    return account


def dataset_row(session: Session, event: Event) -> Dataset:
    """The dataset an event names."""
    return session.get_one(Dataset, event.arguments["datasetId"])


def batch_row(session: Session, event: Event) -> Batch:
    """The batch an event names."""
    return session.get_one(Batch, event.arguments["batchId"])


def dataset_of(session: Session, batch: Batch) -> Dataset:
    """A batch's dataset."""
    return session.get_one(Dataset, batch.dataset_id)


def items_of(session: Session, batch: Batch) -> list[Item]:
    """A batch's items in their order; none where the image store lacks their list."""
    return list(session.scalars(select(Item).where(Item.batch_id == batch.id).order_by(Item.position)))


def keep_record(batch: Batch, record: BatchRecord) -> None:
    """Keep a batch's record, with what the batch shows of it."""
    batch.record = record_words(record)
    batch.phase = record.phase.name.capitalize()
    batch.round = record.round
    batch.deadline = record.status.deadline


def new_round(batch: Batch, **values: Any) -> Round:
    """A round of a batch that waits for the detector; `values` are what it begins with."""
    return Round(
        batch_id=batch.id,
        state="screening",
        commitment=None,
        task_root=None,
        positions=0,
        links=[],
        seats=0,
        entropy_block=0,
        commit_deadline=0,
        reveal_deadline=0,
        opened=False,
        gold=None,
        answers=None,
        status=None,
        conclusive=None,
        **values,
    )
