"""What a dataset comes to: classes, contributors, acceptance over time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from sebrus.api.dependencies import Limit, Reading, Running
from sebrus.api.document import refusing
from sebrus.api.fresh import FRESH, UNCHANGED
from sebrus.api.routes.datasets import dataset_row
from sebrus.api.schemas import Hash, Page, cut_page
from sebrus.platform.figures import (
    ClassFigures,
    ContributorFigures,
    DatasetFigures,
    Span,
    classes_of,
    contributors_of,
    figures_of,
    history_of,
)
from sebrus.platform.timeline import block_time

router = APIRouter(prefix="/datasets/{dataset_id}", tags=["datasets"])

ANSWERS = UNCHANGED | refusing(404)


@router.get("/statistics", dependencies=[FRESH], responses=ANSWERS)
def get_statistics(session: Reading, dataset_id: Hash) -> DatasetFigures:
    """The dataset in all."""
    dataset_row(session, dataset_id)
    return figures_of(session, dataset_id)


@router.get("/classes", dependencies=[FRESH], responses=ANSWERS)
def list_classes(
    session: Reading,
    dataset_id: Hash,
    after: Annotated[int, Query(ge=-1, lt=65536, description="`next` of the page before.")] = -1,
    limit: Limit = 100,
) -> Page[ClassFigures]:
    """How many public items each class has, by label; classes without any are left out."""
    dataset_row(session, dataset_id)
    rows = classes_of(session, dataset_id, after, limit + 1)
    return cut_page(rows, limit, lambda row: str(row.label))


@router.get("/history", responses=refusing(404))
def get_history(
    application: Running,
    session: Reading,
    dataset_id: Hash,
    spans: Annotated[int, Query(ge=1, le=500, description="At most.")] = 50,
) -> list[Span]:
    """Settled batches and accepted items over time, in spans of equally many blocks; empty ones are left out."""
    dataset_row(session, dataset_id)
    return history_of(session, dataset_id, spans, lambda block: block_time(application.contract, block))


@router.get("/contributors", dependencies=[FRESH], responses=ANSWERS)
def list_contributors(
    session: Reading,
    dataset_id: Hash,
    after: Annotated[str | None, Query(pattern=r"^\d{1,18}-0x[0-9a-fA-F]{40}$")] = None,
    limit: Limit = 100,
) -> Page[ContributorFigures]:
    """The contributors, most accepted items first; settlements meanwhile move them."""
    dataset_row(session, dataset_id)
    accepted, _, address = after.partition("-") if after is not None else ("", "", "")
    behind = (int(accepted), address) if after is not None else None
    rows = contributors_of(session, dataset_id, behind, limit + 1)
    return cut_page(rows, limit, lambda row: f"{row.accepted}-{row.contributor}")
