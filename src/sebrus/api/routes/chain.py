"""The chain and its events."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select, tuple_

from sebrus.api.dependencies import Limit, Reading, Running
from sebrus.api.fresh import FRESH, UNCHANGED
from sebrus.api.schemas import ChainOut, EventOut, Page, page_of
from sebrus.platform.indexer import indexed_block
from sebrus.platform.keys import hash_text
from sebrus.platform.sealed import keeper_key
from sebrus.store.projected import Event

router = APIRouter(tags=["chain"])


@router.get("/chain")
def get_chain(application: Running, session: Reading) -> ChainOut:
    """Where signatures count."""
    return ChainOut(
        chain_id=application.deployment.chain_id,
        contract=application.deployment.address,
        min_stake=application.deployment.min_stake,
        epoch_length=application.deployment.epoch_length,
        operator=application.operator.address,
        keeper=hash_text(keeper_key(application.operator).public),
        indexed_block=indexed_block(session),
        rpc_url=application.settings.advised_rpc_url,
    )


@router.get("/events", dependencies=[FRESH], responses=UNCHANGED)
def list_events(
    session: Reading,
    subject: Annotated[
        str | None, Query(max_length=66, pattern=r"^\w*$", description="Batch, dataset or account.")
    ] = None,
    name: Annotated[str | None, Query(max_length=32, pattern=r"^\w*$")] = None,
    after: Annotated[str | None, Query(pattern=r"^\d{1,18}-\d{1,9}$")] = None,
    limit: Limit = 100,
) -> Page[EventOut]:
    """The contract's events, oldest first."""
    place = tuple_(Event.block_number, Event.log_index)
    query = select(Event).order_by(Event.block_number, Event.log_index).limit(limit + 1)
    if subject is not None:
        query = query.where(Event.subject == subject)
    if name is not None:
        query = query.where(Event.name == name)
    if after is not None:
        block, log_index = after.split("-")
        query = query.where(place > (int(block), int(log_index)))
    return page_of(
        EventOut, session.scalars(query).all(), limit, lambda event: f"{event.block_number}-{event.log_index}"
    )
