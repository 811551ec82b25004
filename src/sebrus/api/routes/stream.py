"""The contract's events, told as they come."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from sebrus.api.dependencies import Running
from sebrus.api.document import refusing
from sebrus.api.schemas import Address, Hash
from sebrus.api.streams import Streams
from sebrus.platform.feed import Wanted, newest, place_of
from sebrus.platform.refusals import Refused

router = APIRouter(tags=["chain"])

TELLS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Events as they come.", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
}
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.get("/stream", response_class=StreamingResponse, responses=TELLS | refusing(429))
def follow_events(
    request: Request,
    application: Running,
    dataset_id: Annotated[Hash | None, Query(description="Of this dataset and its batches.")] = None,
    batch_id: Annotated[Hash | None, Query(description="Of this batch.")] = None,
    account: Annotated[Address | None, Query(description="Of this account and the batches it is part of.")] = None,
    after: Annotated[str | None, Query(max_length=40, description="Where to begin; without it, now.")] = None,
    last_event_id: Annotated[str | None, Header(max_length=40, description="Where the connection broke off.")] = None,
) -> StreamingResponse:
    """Follow the contract's events (server-sent events), and hear when the chain takes some back."""
    told = last_event_id or after
    try:
        with application.database.read() as session:  # closed before the stream begins, which may last for days
            place = newest(session) if told is None else place_of(session, told)
    except ValueError as error:
        raise Refused("invalid_request", str(error)) from error
    address = request.client.host if request.client is not None else ""
    streams: Streams = request.app.state.streams
    streams.check_room(address)
    messages = streams.follow(address, Wanted(dataset_id, batch_id, account), place)
    return StreamingResponse(messages, media_type="text/event-stream", headers=HEADERS)
