"""Each request has an id, is logged in one line and counted. Neither body nor query is logged, nor a path as it was
sent: only the route's own form of it, with batch and dataset as fields."""

from __future__ import annotations

import logging
import re
import time
import uuid

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sebrus.platform.logs import about
from sebrus.platform.metrics import REQUESTS

log = logging.getLogger(__name__)

HEADER = "X-Request-Id"
ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
HASH = re.compile(r"0x[0-9a-fA-F]{64}", re.ASCII)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
# Asked every few seconds by machines.
QUIET = {"/api/health", "/api/ready"}


class WatchRequests:
    """Name, log and count every request, when its answer begins: a stream's may end days later."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; its answer gets the name."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, started, answered = Request(scope), time.monotonic(), False
        given = request.headers.get(HEADER, "")
        request.state.request_id = given if ACCEPTED.fullmatch(given) else uuid.uuid4().hex

        async def send_named(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                MutableHeaders(scope=message)[HEADER] = request.state.request_id
                _note(request, message["status"], time.monotonic() - started)
            await send(message)

        with about(request_id=request.state.request_id):
            try:
                await self.app(scope, receive, send_named)
            finally:
                if not answered:
                    _note(request, 500, time.monotonic() - started)


def _route(request: Request) -> str | None:
    """The form of a request's path, such as `/api/v1/batches/{batch_id}`; None where no route took it.

    A route knows its own part of it; the rest is the fixed prefix of its router. A parameter that is a path of its own
    takes as many parts of what was sent as it has.
    """
    own = getattr(request.scope.get("route"), "path", None)
    if own is None:
        return None
    parts, sent = _parts(own), _parts(request.url.path)
    more = sum(len(_parts(str(value))) - 1 for value in request.path_params.values())
    return "/" + "/".join([*sent[: len(sent) - len(parts) - more], *parts])


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _note(request: Request, status: int, seconds: float) -> None:
    route = _route(request)
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(method, route or "none", str(status)).observe(seconds)
    fields = {"method": method, "route": route, "status": status, "seconds": round(seconds, 4)}
    for name in ("batch_id", "dataset_id"):
        value = request.path_params.get(name, "")
        if HASH.fullmatch(value):
            fields[name] = value
    log.log(logging.DEBUG if route in QUIET else logging.INFO, "answered", extra=fields)
