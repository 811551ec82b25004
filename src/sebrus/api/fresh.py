"""Answers made of the projected tables alone: they change only when events come, or are taken back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request, Response

from sebrus import __version__
from sebrus.api.conditional import matches
from sebrus.api.dependencies import Reading
from sebrus.platform.feed import newest

UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "It is as it was."}}


class Unchanged(Exception):
    """The client has the answer already."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.headers = headers
        super().__init__("unchanged")


def _fresh(
    session: Reading,
    response: Response,
    if_none_match: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> None:
    """Name the state of the tables as the answer's tag, or end here where the client has that answer."""
    headers = {"ETag": f'W/"{newest(session)}-{__version__}"', "Cache-Control": "no-cache"}
    if matches(if_none_match, headers["ETag"]):
        raise Unchanged(headers)
    response.headers.update(headers)


FRESH = Depends(_fresh)
"""For the `dependencies` of a route whose answer is made of the projected tables alone."""


def add_unchanged_handler(app: FastAPI) -> None:
    """Answer 304 where nothing has changed."""

    @app.exception_handler(Unchanged)
    async def _unchanged(_request: Request, unchanged: Unchanged) -> Response:
        return Response(status_code=304, headers=unchanged.headers)
