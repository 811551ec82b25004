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


class Account(Base):
    """Money of one address in the contract, in gwei."""

    __tablename__ = "account"

    address: Mapped[str] = mapped_column(String(42), primary_key=True)
    free: Mapped[int] = mapped_column(BigInteger, default=0)
    stake: Mapped[int] = mapped_column(BigInteger, default=0)
    locked: Mapped[int] = mapped_column(BigInteger, default=0)
    earned: Mapped[int] = mapped_column(BigInteger, default=0)
    slashed: Mapped[int] = mapped_column(BigInteger, default=0)


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
    created_block: Mapped[int] = mapped_column(BigInteger)


class Batch(Base):
    """A batch on chain and where it stands."""

    __tablename__ = "batch"

    id: Mapped[str] = mapped_column(String(66), primary_key=True)
    dataset_id: Mapped[str] = mapped_column(ForeignKey("dataset.id"), index=True)
    contributor: Mapped[str] = mapped_column(String(42), index=True)
    root: Mapped[str] = mapped_column(String(66))
    item_count: Mapped[int]
    available: Mapped[bool]  # whether the image store holds the batch's list of items
    stake: Mapped[int] = mapped_column(BigInteger)
    reserve: Mapped[int] = mapped_column(BigInteger)
    phase: Mapped[str] = mapped_column(String(16), index=True)
    round: Mapped[int]
    seats: Mapped[int]
    screening: Mapped[str | None] = mapped_column(String(66))
    screening_deadline: Mapped[int] = mapped_column(BigInteger)
    entropy_block: Mapped[int] = mapped_column(BigInteger)
    commit_deadline: Mapped[int] = mapped_column(BigInteger)
    reveal_deadline: Mapped[int] = mapped_column(BigInteger)
    accepted_count: Mapped[int]
    reward: Mapped[int] = mapped_column(BigInteger)
    stake_returned: Mapped[int] = mapped_column(BigInteger)
    submitted_block: Mapped[int] = mapped_column(BigInteger)
    settled_block: Mapped[int | None] = mapped_column(BigInteger)


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
    reveal_order: Mapped[int | None]
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


PROJECTED = (Account, Dataset, Batch, Item, Seat, Finding, Release)
