"""What an account is in each dataset, and what waits for it, by the chain's tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from sebrus.store.models import Submission
from sebrus.store.projected import Batch, Dataset, Seat

Role = Literal["owner", "contributor", "reviewer", "detector"]
MOST_BATCHES = 100
FINAL = ("Settled", "Voided")


@dataclass(frozen=True)
class RolesInDataset:
    """What an account is, or was, in a dataset."""

    dataset_id: str
    roles: list[Role]


@dataclass(frozen=True)
class WaitingBatch:
    """A batch that an account handed in and that is not final; `deadline` as in `Batch`, zero before the chain."""

    batch_id: str
    dataset_id: str
    phase: str
    deadline: int


def roles_of(session: Session, account: str, after: str | None, limit: int) -> list[RolesInDataset]:
    """The datasets in which an account has a role, by id, those past `after`; at most `limit`."""
    contributed = select(Batch.dataset_id).where(Batch.contributor == account)
    reviewed = select(Batch.dataset_id).join(Seat, Seat.batch_id == Batch.id).where(Seat.reviewer == account)
    query = select(Dataset).where(
        or_(
            Dataset.owner == account,
            Dataset.detector == account,
            Dataset.id.in_(contributed),
            Dataset.id.in_(reviewed),
        )
    )
    if after is not None:
        query = query.where(Dataset.id > after)
    datasets = session.scalars(query.order_by(Dataset.id).limit(limit)).all()
    ids = [dataset.id for dataset in datasets]
    contributes = set(session.scalars(contributed.where(Batch.dataset_id.in_(ids))))
    reviews = set(session.scalars(reviewed.where(Batch.dataset_id.in_(ids))))
    return [_roles(dataset, account, dataset.id in contributes, dataset.id in reviews) for dataset in datasets]


def _roles(dataset: Dataset, account: str, contributes: bool, reviews: bool) -> RolesInDataset:
    held: Sequence[tuple[Role, bool]] = (
        ("owner", dataset.owner == account),
        ("contributor", contributes),
        ("reviewer", reviews),
        ("detector", dataset.detector == account),
    )
    return RolesInDataset(dataset.id, [role for role, holds in held if holds])


def waiting_batches(session: Session, account: str) -> list[WaitingBatch]:
    """An account's batches that are not final, the most urgent first, then those not on chain; at most 100 of each."""
    on_chain = session.scalars(
        select(Batch)
        .where(Batch.contributor == account, Batch.phase.not_in(FINAL))
        .order_by(Batch.deadline, Batch.id)
        .limit(MOST_BATCHES)
    )
    queued = session.scalars(
        select(Submission)
        .where(Submission.contributor == account, Submission.refusal.is_(None))
        .where(~select(Batch.id).where(Batch.id == Submission.batch_id).exists())
        .order_by(Submission.batch_id)
        .limit(MOST_BATCHES)
    )
    return [WaitingBatch(row.id, row.dataset_id, row.phase, row.deadline) for row in on_chain] + [
        WaitingBatch(row.batch_id, row.dataset_id, "Queued", 0) for row in queued
    ]
