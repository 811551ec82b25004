"""Rows of the database as the protocol's and the contract's values."""

from __future__ import annotations

from collections.abc import Iterable

from sebrus.protocol.identity import BatchKey, Policy
from sebrus.store.projected import Batch, Dataset


def hash_bytes(text: str) -> bytes:
    """The 32 bytes of a `0x` hash."""
    return bytes.fromhex(text[2:])


def words(texts: Iterable[str]) -> list[int]:
    """The 256-bit words of a bitmap kept as `0x` hex."""
    return [int(text, 16) for text in texts]


def batch_key(batch: Batch) -> BatchKey:
    """The key that names a batch on chain."""
    return BatchKey(hash_bytes(batch.dataset_id), batch.contributor, hash_bytes(batch.root), batch.item_count)


def policy_of(dataset: Dataset) -> Policy:
    """A dataset's policy; its row keeps the contract's field names in the contract's order."""
    return Policy.from_dict({_snake(name): value for name, value in dataset.policy.items()})


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
