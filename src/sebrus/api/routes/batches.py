"""Batches: handed in signed, followed to their settlement."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from sebrus.api.dependencies import CONTRIBUTING, After, Limit, Reading, Running
from sebrus.api.document import refusing
from sebrus.api.fresh import FRESH, UNCHANGED
from sebrus.api.schemas import (
    Address,
    BatchAccepted,
    BatchIn,
    BatchOut,
    CallOut,
    CommitmentOut,
    DirectOut,
    FindingOut,
    Hash,
    ItemOut,
    Page,
    SeatOut,
    cut_page,
    page_of,
)
from sebrus.api.schemas_review import AppealOut, RoundOut, StandingOut
from sebrus.platform.contribute import SignedBatch, take_batch
from sebrus.platform.direct import as_json, direct_calls
from sebrus.platform.documents import LabelledDigest
from sebrus.platform.keys import hash_text, word_texts
from sebrus.platform.refusals import not_found
from sebrus.platform.standing import standing_of
from sebrus.platform.timeline import Step, steps_of
from sebrus.platform.visible import is_public
from sebrus.store.models import Submission
from sebrus.store.projected import Appeal, Batch, Finding, Item, Round, Seat

router = APIRouter(tags=["batches"])

Phase = Literal["Screening", "Drawing", "Voting", "Decided", "Settled", "Voided"]


@router.post("/batches", status_code=202, dependencies=[CONTRIBUTING], responses=refusing(404, 409, 507))
def submit_batch(application: Running, batch: BatchIn) -> BatchAccepted:
    """Hand in a signed batch; it is brought to the chain for you."""
    signed = SignedBatch(
        dataset_id=batch.dataset_id,
        contributor=batch.contributor,
        items=[LabelledDigest(item.sha256, item.label) for item in batch.items],
        deadline=batch.deadline,
        signature=batch.signature,
    )
    return BatchAccepted(batch_id=take_batch(application, signed))


@router.get("/batches", dependencies=[FRESH], responses=UNCHANGED)
def list_batches(
    session: Reading,
    dataset_id: Hash | None = None,
    contributor: Address | None = None,
    phase: Phase | None = None,
    newest_first: bool = False,
    after: After = None,
    limit: Limit = 100,
) -> Page[BatchOut]:
    """Batches on chain, by their ids, or those that came to it last before the others."""
    filters: dict[Any, str | None] = {
        Batch.dataset_id: dataset_id,
        Batch.contributor: contributor,
        Batch.phase: phase,
    }
    order = (Batch.submitted_block.desc(), Batch.id.desc()) if newest_first else (Batch.id.asc(),)
    query = select(Batch).order_by(*order).limit(limit + 1)
    for column, value in filters.items():
        if value is not None:
            query = query.where(column == value)
    if after is not None:
        query = query.where(_comes_after(after, newest_first))
    return page_of(BatchOut, session.scalars(query).all(), limit, lambda batch: batch.id)


def _comes_after(batch_id: str, newest_first: bool) -> ColumnElement[bool]:
    """Whether a batch comes after that one; where that one is known no more, as after a reorg, none does."""
    if not newest_first:
        return Batch.id > batch_id
    that = aliased(Batch)
    block = select(that.submitted_block).where(that.id == batch_id).scalar_subquery()
    return or_(Batch.submitted_block < block, and_(Batch.submitted_block == block, Batch.id < batch_id))


@router.get("/batches/{batch_id}", responses=refusing(404))
def get_batch(session: Reading, batch_id: Hash) -> BatchOut:
    """One batch, also while it waits to be brought to the chain."""
    batch = session.get(Batch, batch_id)
    if batch is not None:
        return BatchOut.model_validate(batch)
    submission = session.get(Submission, batch_id)
    if submission is None:
        raise not_found("batch", batch_id)
    return BatchOut(
        id=batch_id,
        dataset_id=submission.dataset_id,
        contributor=submission.contributor,
        root=submission.root,
        item_count=submission.item_count,
        phase="Refused" if submission.refusal else "Queued",
        waiting=submission.waiting,
        refusal=submission.refusal,
    )


@router.get("/batches/{batch_id}/items", dependencies=[FRESH], responses=UNCHANGED | refusing(404))
def list_batch_items(session: Reading, batch_id: Hash) -> list[ItemOut]:
    """The items in their order; at most 4096. Empty until the batch has a first decision: reviewers are blind."""
    if not is_public(session, _on_chain(session, batch_id)):
        return []
    query = select(Item).where(Item.batch_id == batch_id).order_by(Item.position)
    return [ItemOut.model_validate(row) for row in session.scalars(query)]


@router.get("/batches/{batch_id}/rounds", dependencies=[FRESH], responses=UNCHANGED | refusing(404))
def list_rounds(session: Reading, batch_id: Hash) -> list[RoundOut]:
    """Every round with what was screened, asked and concluded."""
    _on_chain(session, batch_id)
    query = select(Round).where(Round.batch_id == batch_id).order_by(Round.round)
    return [RoundOut.model_validate(row) for row in session.scalars(query)]


@router.get("/batches/{batch_id}/standing", responses=refusing(404))
def list_standing(application: Running, session: Reading, batch_id: Hash) -> list[StandingOut]:
    """The items that can still be decided otherwise, and what that would cost at least; empty once final."""
    now = application.contract.head().time
    return [StandingOut.model_validate(row) for row in standing_of(session, _on_chain(session, batch_id), now)]


@router.get("/batches/{batch_id}/appeals", dependencies=[FRESH], responses=UNCHANGED | refusing(404))
def list_appeals(session: Reading, batch_id: Hash) -> list[AppealOut]:
    """The appeals made on chain, in their order."""
    _on_chain(session, batch_id)
    query = select(Appeal).where(Appeal.batch_id == batch_id).order_by(Appeal.number)
    return [AppealOut.model_validate(row) for row in session.scalars(query)]


@router.get("/batches/{batch_id}/seats", dependencies=[FRESH], responses=UNCHANGED | refusing(404))
def list_seats(session: Reading, batch_id: Hash) -> list[SeatOut]:
    """Every round's seats; verdicts appear when they are revealed on chain."""
    _on_chain(session, batch_id)
    query = select(Seat).where(Seat.batch_id == batch_id).order_by(Seat.round, Seat.seat)
    return [SeatOut.model_validate(row) for row in session.scalars(query)]


@router.get("/batches/{batch_id}/findings", dependencies=[FRESH], responses=UNCHANGED | refusing(404))
def list_findings(session: Reading, batch_id: Hash) -> list[FindingOut]:
    """What the detector found; empty until the screening is opened on chain."""
    _on_chain(session, batch_id)
    query = select(Finding).where(Finding.batch_id == batch_id).order_by(Finding.position)
    return [FindingOut.model_validate(row) for row in session.scalars(query)]


@router.get("/batches/{batch_id}/timeline", responses=refusing(404))
def list_steps(
    application: Running,
    session: Reading,
    batch_id: Hash,
    after: Annotated[str | None, Query(pattern=r"^\d{1,18}-\d{1,9}$")] = None,
    limit: Limit = 100,
) -> Page[Step]:
    """The batch's events, oldest first, each with its transaction's gas and its block's time."""
    _on_chain(session, batch_id)
    block, _, log_index = after.partition("-") if after is not None else ("", "", "")
    behind = (int(block), int(log_index)) if after is not None else None
    steps = steps_of(session, application.contract, batch_id, behind, limit + 1)
    return cut_page(steps, limit, lambda step: f"{step.block_number}-{step.log_index}")


@router.get("/batches/{batch_id}/call", responses=refusing(404))
def get_calls(application: Running, session: Reading, batch_id: Hash) -> DirectOut:
    """What to send to the contract yourself, with the signatures handed in here, when the server does not."""
    direct = direct_calls(application, session, batch_id)
    return DirectOut(
        chain_id=application.deployment.chain_id,
        contract=application.deployment.address,
        key=as_json(direct.key.as_abi()),
        record=None if direct.record is None else as_json(direct.record.as_abi()),
        panel=direct.panel,
        ballots=[
            CommitmentOut(seat=one.seat, secret=hash_text(one.secret), verdicts=word_texts(one.verdicts))
            for one in direct.ballots
        ],
        calls=[
            CallOut(
                function=call.function,
                arguments=as_json(call.arguments),
                calldata=hash_text(application.contract.encode_call(call)),
            )
            for call in direct.calls
        ],
    )


def _on_chain(session: Session, batch_id: str) -> Batch:
    batch = session.get(Batch, batch_id)
    if batch is None:
        raise not_found("batch on chain", batch_id)
    return batch
