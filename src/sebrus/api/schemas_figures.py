"""What the API gives of a dataset's figures, the files of its releases, and the steps of a batch."""

from __future__ import annotations

from typing import Any

from sebrus.api.schemas import Out


class ClassOut(Out):
    """The public items of one class, by what became of them."""

    label: int
    accepted: int
    rejected: int
    held: int
    voided: int


class StatisticsOut(Out):
    """A dataset in all: batches by phase, items by what became of them, and what was paid, in gwei."""

    batches: dict[str, int]
    contributors: int
    items: int
    undecided: int
    accepted: int
    rejected: int
    held: int
    voided: int
    rewards: int
    stakes_kept: int


class SpanOut(Out):
    """Batches settled in a span of blocks, both ends included."""

    first_block: int
    last_block: int
    batches: int
    items: int
    accepted: int


class ContributorOut(Out):
    """What one contributor's final batches came to in a dataset; `running` are the others."""

    contributor: str
    batches: int
    running: int
    items: int
    accepted: int
    rewards: int
    stakes_kept: int


class ReleaseFileOut(Out):
    """A file of a release."""

    path: str
    size: int
    sha256: str


class StepOut(Out):
    """One event of a batch; `time` (seconds) and `gas_used` (of the whole transaction) are null when unknown."""

    block_number: int
    log_index: int
    transaction_hash: str
    name: str
    arguments: dict[str, Any]
    time: int | None
    gas_used: int | None
