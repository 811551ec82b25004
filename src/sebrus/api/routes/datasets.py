"""Datasets, their items and releases."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from sebrus.api.dependencies import CONTRIBUTING, After, Limit, Reading, Running
from sebrus.api.schemas import DatasetOut, Hash, ItemOut, MetadataOut, Page, PolicyOut, ReleaseOut, page_of
from sebrus.platform.metadata import DatasetMetadata, save_metadata
from sebrus.platform.policy import DEFAULT_POLICY, policy_fields
from sebrus.platform.refusals import not_found
from sebrus.platform.visible import shows_items
from sebrus.store.projected import Batch, Dataset, Item, Release

router = APIRouter(tags=["datasets"])


@router.post("/metadata", status_code=201, dependencies=[CONTRIBUTING])
def keep_metadata(application: Running, metadata: DatasetMetadata) -> MetadataOut:
    """Keep a dataset's metadata document; create the dataset on chain with the hash it returns."""
    return MetadataOut(metadata_hash=save_metadata(application.blobs, metadata))


@router.get("/policy")
def get_policy() -> PolicyOut:
    """The rules advised to a new dataset; they are fixed when it is created."""
    return PolicyOut(policy=policy_fields(DEFAULT_POLICY))


@router.get("/datasets")
def list_datasets(session: Reading, after: After = None, limit: Limit = 100) -> Page[DatasetOut]:
    """All datasets."""
    query = select(Dataset).order_by(Dataset.id).limit(limit + 1)
    if after is not None:
        query = query.where(Dataset.id > after)
    return page_of(DatasetOut, session.scalars(query).all(), limit, lambda dataset: dataset.id)


@router.get("/datasets/{dataset_id}")
def get_dataset(session: Reading, dataset_id: Hash) -> DatasetOut:
    """One dataset with its policy."""
    return DatasetOut.model_validate(_dataset(session, dataset_id))


def _dataset(session: Session, dataset_id: str) -> Dataset:
    dataset = session.get(Dataset, dataset_id)
    if dataset is None:
        raise not_found("dataset", dataset_id)
    return dataset


@router.get("/datasets/{dataset_id}/items")
def list_items(
    session: Reading,
    dataset_id: Hash,
    accepted: Annotated[bool | None, Query(description="Only items accepted, or only items rejected.")] = None,
    label: Annotated[int | None, Query(ge=0, lt=65536)] = None,
    after: Annotated[str | None, Query(pattern=r"^0x[0-9a-f]{64}-\d{1,5}$")] = None,
    limit: Limit = 100,
) -> Page[ItemOut]:
    """Items of batches with a decision, by batch."""
    _dataset(session, dataset_id)
    shown = Item.batch_id.in_(select(Batch.id).where(Batch.dataset_id == dataset_id, shows_items()))
    query = select(Item).where(Item.dataset_id == dataset_id, shown)
    query = query.order_by(Item.batch_id, Item.position).limit(limit + 1)
    if accepted is not None:
        query = query.where(Item.accepted.is_(accepted))
    if label is not None:
        query = query.where(Item.label == label)
    if after is not None:
        batch_id, position = after.split("-")
        query = query.where(tuple_(Item.batch_id, Item.position) > (batch_id, int(position)))
    return page_of(ItemOut, session.scalars(query).all(), limit, lambda item: f"{item.batch_id}-{item.position}")


@router.get("/datasets/{dataset_id}/releases")
def list_releases(session: Reading, dataset_id: Hash) -> list[ReleaseOut]:
    """Published releases, oldest first."""
    _dataset(session, dataset_id)
    query = select(Release).where(Release.dataset_id == dataset_id).order_by(Release.version)
    return [ReleaseOut.model_validate(row) for row in session.scalars(query)]
