"""Datasets and their items."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlalchemy.orm import Session

from sebrus.api.dependencies import CONTRIBUTING, After, Limit, Reading, Running
from sebrus.api.document import refusing
from sebrus.api.fresh import FRESH, UNCHANGED
from sebrus.api.schemas import Address, DatasetOut, Hash, ItemOut, MetadataOut, Page, PolicyOut, page_of
from sebrus.platform.figures import ItemStatus, item_is
from sebrus.platform.metadata import DatasetMetadata, save_metadata
from sebrus.platform.policy import DEFAULT_POLICY, policy_fields
from sebrus.platform.refusals import not_found
from sebrus.platform.visible import shows_items
from sebrus.store.projected import Batch, Dataset, Item

router = APIRouter(tags=["datasets"])

SEARCHED = ("name", "description", "license")


@router.post("/metadata", status_code=201, dependencies=[CONTRIBUTING], responses=refusing(507))
def keep_metadata(application: Running, metadata: DatasetMetadata) -> MetadataOut:
    """Keep a dataset's metadata document; create the dataset on chain with the hash it returns."""
    return MetadataOut(metadata_hash=save_metadata(application.blobs, metadata))


@router.get("/policy")
def get_policy() -> PolicyOut:
    """The rules advised to a new dataset; they are fixed when it is created."""
    return PolicyOut(policy=policy_fields(DEFAULT_POLICY))


@router.get("/datasets", dependencies=[FRESH], responses=UNCHANGED)
def list_datasets(
    session: Reading,
    text: Annotated[str | None, Query(max_length=100, description="In name, description or license.")] = None,
    owner: Address | None = None,
    closed: bool | None = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[DatasetOut]:
    """All datasets, or those that fit."""
    query = select(Dataset).order_by(Dataset.id).limit(limit + 1)
    if text is not None:
        query = query.where(or_(*(_field(name).icontains(text, autoescape=True) for name in SEARCHED)))
    if owner is not None:
        query = query.where(Dataset.owner == owner)
    if closed is not None:
        query = query.where(Dataset.closed.is_(closed))
    if after is not None:
        query = query.where(Dataset.id > after)
    return page_of(DatasetOut, session.scalars(query).all(), limit, lambda dataset: dataset.id)


def _field(name: str) -> ColumnElement[str]:
    """A text of the metadata document; never the seed, which nobody may search for."""
    text: ColumnElement[str] = Dataset.document[name].as_string()
    return text


@router.get("/datasets/{dataset_id}", dependencies=[FRESH], responses=UNCHANGED | refusing(404))
def getdataset_row(session: Reading, dataset_id: Hash) -> DatasetOut:
    """One dataset with its policy."""
    return DatasetOut.model_validate(dataset_row(session, dataset_id))


def dataset_row(session: Session, dataset_id: str) -> Dataset:
    """The row of a dataset; refused where there is none."""
    dataset = session.get(Dataset, dataset_id)
    if dataset is None:
        raise not_found("dataset", dataset_id)
    return dataset


@router.get("/datasets/{dataset_id}/items", dependencies=[FRESH], responses=UNCHANGED | refusing(404))
def list_items(
    session: Reading,
    dataset_id: Hash,
    accepted: Annotated[bool | None, Query(description="Only items accepted, or only items rejected.")] = None,
    label: Annotated[int | None, Query(ge=0, lt=65536)] = None,
    status: Annotated[ItemStatus | None, Query(description="`held`: decided, and not finally.")] = None,
    contributor: Address | None = None,
    batch_id: Hash | None = None,
    first_block: Annotated[int | None, Query(ge=0, lt=2**63, description="Settled in this block or later.")] = None,
    last_block: Annotated[int | None, Query(ge=0, lt=2**63, description="Settled in this block or before.")] = None,
    after: Annotated[str | None, Query(pattern=r"^0x[0-9a-f]{64}-\d{1,5}$")] = None,
    limit: Limit = 100,
) -> Page[ItemOut]:
    """Items of batches with a decision, by batch."""
    dataset_row(session, dataset_id)
    query = select(Item).join(Batch, Batch.id == Item.batch_id)
    query = query.where(Batch.dataset_id == dataset_id, shows_items())
    filters = {Item.label: label, Batch.contributor: contributor, Item.batch_id: batch_id}
    query = query.where(*(column == value for column, value in filters.items() if value is not None))
    query = query.order_by(Batch.id, Item.position).limit(limit + 1)
    if accepted is not None:
        query = query.where(Item.accepted.is_(accepted))
    if status is not None:
        query = query.where(item_is(status))
    if first_block is not None:
        query = query.where(Batch.settled_block >= first_block)
    if last_block is not None:
        query = query.where(Batch.settled_block <= last_block)
    if after is not None:
        behind, position = after.split("-")
        # Said of the batch too, so that a database begins there, and orders batches rather than all their items.
        query = query.where(Batch.id >= behind, tuple_(Item.batch_id, Item.position) > (behind, int(position)))
    return page_of(ItemOut, session.scalars(query).all(), limit, lambda item: f"{item.batch_id}-{item.position}")
