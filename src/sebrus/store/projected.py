"""Tables projected from the chain's events and the image store: `sebrus reindex` makes them anew, identical."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from sebrus.store.models import Base


class Cursor(Base):
    """How far the chain was read: one row."""

    __tablename__ = "cursor"

    id: Mapped[int] = mapped_column(primary_key=True)
    block_number: Mapped[int] = mapped_column(BigInteger)
    chain_id: Mapped[int] = mapped_column(BigInteger)
    contract: Mapped[str] = mapped_column(String(42))


class Block(Base):
    """A block that was read to; its hash tells a reorganisation."""

    __tablename__ = "block"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    hash: Mapped[str] = mapped_column(String(66))


class Event(Base):
    """One event of the contract, append-only but for reorganisations."""

    __tablename__ = "event"

    block_number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    log_index: Mapped[int] = mapped_column(primary_key=True)
    transaction_hash: Mapped[str] = mapped_column(String(66), index=True)
    name: Mapped[str] = mapped_column(String(32), index=True)
    subject: Mapped[str] = mapped_column(String(66), index=True)  # batch id, dataset id or address it is about
    arguments: Mapped[dict[str, Any]]


class Rewind(Base):
    """One time that events were taken back, by the chain or to be read anew: those after `kept_block` were.

    Never removed, so that who follows the events learns of it however late.
    """

    __tablename__ = "rewind"

    id: Mapped[int] = mapped_column(primary_key=True)
    kept_block: Mapped[int] = mapped_column(BigInteger)


class Account(Base):
    """Money of one address in the contract, in gwei."""

    __tablename__ = "account"

    address: Mapped[str] = mapped_column(String(42), primary_key=True)
    free: Mapped[int] = mapped_column(BigInteger, default=0)
    stake: Mapped[int] = mapped_column(BigInteger, default=0)
    locked: Mapped[int] = mapped_column(BigInteger, default=0)
    earned: Mapped[int] = mapped_column(BigInteger, default=0)
    slashed: Mapped[int] = mapped_column(BigInteger, default=0)
    payout: Mapped[bool] = mapped_column(default=False)  # a standing order to be paid out
    # The record as a reviewer, as the contract keeps it.
    gold_seen: Mapped[int] = mapped_column(default=0)
    gold_right: Mapped[int] = mapped_column(default=0)
    items_seen: Mapped[int] = mapped_column(default=0)
    items_coherent: Mapped[int] = mapped_column(default=0)


class Dataset(Base):
    """A dataset and the rules fixed at its creation."""

    __tablename__ = "dataset"

    id: Mapped[str] = mapped_column(String(66), primary_key=True)
    owner: Mapped[str] = mapped_column(String(42), index=True)
    detector: Mapped[str] = mapped_column(String(42))
    class_count: Mapped[int]
    metadata_hash: Mapped[str] = mapped_column(String(66))
    salt: Mapped[str] = mapped_column(String(66))
    policy: Mapped[dict[str, Any]]
    policy_hash: Mapped[str] = mapped_column(String(66))
    document: Mapped[dict[str, Any] | None]
    bounty: Mapped[int] = mapped_column(BigInteger)
    closed: Mapped[bool]
    # The detector's record, as the contract keeps it.
    screened_items: Mapped[int] = mapped_column(BigInteger, default=0)
    flagged: Mapped[int] = mapped_column(BigInteger, default=0)
    upheld: Mapped[int] = mapped_column(BigInteger, default=0)
    missed: Mapped[int] = mapped_column(BigInteger, default=0)
    unopened: Mapped[int] = mapped_column(default=0)
    created_block: Mapped[int] = mapped_column(BigInteger)


class Batch(Base):
    """A batch on chain and where it stands."""

    __tablename__ = "batch"
    # A page of a dataset's batches, or of their items, begins at a place and is in order, without sorting all of them.
    __table_args__ = (Index("ix_batch_dataset_order", "dataset_id", "id"),)

    id: Mapped[str] = mapped_column(String(66), primary_key=True)
    dataset_id: Mapped[str] = mapped_column(ForeignKey("dataset.id"))
    contributor: Mapped[str] = mapped_column(String(42), index=True)
    root: Mapped[str] = mapped_column(String(66))
    item_count: Mapped[int]
    available: Mapped[bool]  # whether the image store holds the batch's list of items
    stake: Mapped[int] = mapped_column(BigInteger)
    reserve: Mapped[int] = mapped_column(BigInteger)  # what it holds, or held, of the bounty and of bonds
    phase: Mapped[str] = mapped_column(String(16), index=True)
    round: Mapped[int]
    deadline: Mapped[int] = mapped_column(BigInteger)  # of the screening, of the commits, or of the hold
    record: Mapped[dict[str, Any]]  # the contract's record: its nine words by name, as `0x` hex
    question: Mapped[list[Any]]  # words over items: in question, or under appeal; empty for all, or none
    accepted: Mapped[list[Any] | None]  # the decision so far, words over items; null: none
    panel_accepted: Mapped[list[Any] | None]
    flags: Mapped[list[Any] | None]
    excluded: Mapped[list[Any]]  # the lists of accounts that may not be drawn, in their order
    accepted_count: Mapped[int]
    reward: Mapped[int] = mapped_column(BigInteger)
    stake_returned: Mapped[int] = mapped_column(BigInteger)
    submitted_block: Mapped[int] = mapped_column(BigInteger)
    settled_block: Mapped[int | None] = mapped_column(BigInteger)


class Round(Base):
    """One round of a batch: what was screened, drawn, shown and concluded."""

    __tablename__ = "round"

    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(16))  # screening, drawing, voting, concluded, unseated
    items: Mapped[int]  # in question
    question: Mapped[list[Any]]  # words over items; empty for all
    reserve: Mapped[int] = mapped_column(BigInteger)  # set aside for its reviewers, from the bounty or from bonds
    on_appeal: Mapped[bool]
    screening_deadline: Mapped[int] = mapped_column(BigInteger)
    commitment: Mapped[str | None] = mapped_column(String(66))  # of the detector
    task_root: Mapped[str | None] = mapped_column(String(66))
    positions: Mapped[int]
    links: Mapped[list[Any]]
    seats: Mapped[int]  # asked for, then drawn
    entropy_block: Mapped[int] = mapped_column(BigInteger)
    commit_deadline: Mapped[int] = mapped_column(BigInteger)
    reveal_deadline: Mapped[int] = mapped_column(BigInteger)
    opened: Mapped[bool]  # whether the screening was
    gold: Mapped[list[Any] | None]  # words over positions, once opened
    answers: Mapped[list[Any] | None]
    status: Mapped[str | None] = mapped_column(String(66))  # the record's status when it was concluded
    conclusive: Mapped[bool | None]


class Appeal(Base):
    """An appeal against a held decision."""

    __tablename__ = "appeal"

    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # in the order they were made, from 0
    round: Mapped[int]  # the round appealed against
    appellant: Mapped[str] = mapped_column(String(42), index=True)
    items: Mapped[list[Any]]  # words over items
    bond: Mapped[int] = mapped_column(BigInteger)
    returned: Mapped[int | None] = mapped_column(BigInteger)  # null: not settled yet


class Item(Base):
    """One labelled image of a batch and what became of it (null: not decided)."""

    __tablename__ = "item"
    __table_args__ = (Index("ix_item_dataset_sha256", "dataset_id", "sha256"),)

    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[str] = mapped_column(String(66))
    sha256: Mapped[str] = mapped_column(String(64))
    label: Mapped[int]
    accepted: Mapped[bool | None]
    panel_accepted: Mapped[bool | None]
    flagged: Mapped[bool | None]


class Seat(Base):
    """A reviewer's seat in one round of one batch."""

    __tablename__ = "seat"

    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    seat: Mapped[int] = mapped_column(primary_key=True)
    reviewer: Mapped[str] = mapped_column(String(42), index=True)
    commitment: Mapped[str | None] = mapped_column(String(66))
    commit_order: Mapped[int | None]
    salt: Mapped[str | None] = mapped_column(String(66))
    verdicts: Mapped[list[Any] | None]
    counted: Mapped[bool | None]  # in the tally; null before it
    payout: Mapped[int | None] = mapped_column(BigInteger)
    slash: Mapped[int | None] = mapped_column(BigInteger)


class Finding(Base):
    """What an opened screening says of an item."""

    __tablename__ = "finding"

    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    score: Mapped[float]
    p_value: Mapped[float]
    flagged: Mapped[bool]
    reason: Mapped[str]
    suggested_label: Mapped[int | None]


class Release(Base):
    """A release its owner published."""

    __tablename__ = "release"

    dataset_id: Mapped[str] = mapped_column(ForeignKey("dataset.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    manifest_root: Mapped[str] = mapped_column(String(66))
    manifest_hash: Mapped[str] = mapped_column(String(66))
    item_count: Mapped[int]
    block: Mapped[int] = mapped_column(BigInteger)


PROJECTED = (Account, Dataset, Batch, Round, Appeal, Item, Seat, Finding, Release)
