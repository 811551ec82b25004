"""Each request has an id, is logged in one line and counted. Neither body nor query is logged, nor a path as it was
sent: only the route's own form of it, with batch and dataset as fields."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.responses import Response

from sebrus.platform.logs import about
from sebrus.platform.metrics import REQUESTS

log = logging.getLogger(__name__)

HEADER = "X-Request-Id"
ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
HASH = re.compile(r"0x[0-9a-fA-F]{64}", re.ASCII)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
# Asked every few seconds by machines.
QUIET = {"/api/health", "/api/ready"}


def watch_requests(app: FastAPI) -> None:
    """Name, log and count every request."""

    @app.middleware("http")
    async def watch(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        given = request.headers.get(HEADER, "")
        request.state.request_id = given if ACCEPTED.fullmatch(given) else uuid.uuid4().hex
        started, status = time.monotonic(), 500
        with about(request_id=request.state.request_id):
            try:
                response = await call_next(request)
                status = response.status_code
                response.headers[HEADER] = request.state.request_id
                return response
            finally:
                _note(request, status, time.monotonic() - started)


def _route(request: Request) -> str | None:
    """The form of a request's path, such as `/api/v1/batches/{batch_id}`; None where no route took it.

    A route knows its own part of it; the rest is the fixed prefix of its router.
    """
    own = getattr(request.scope.get("route"), "path", None)
    if own is None:
        return None
    parts, sent = own.strip("/").split("/"), request.url.path.strip("/").split("/")
    return "/" + "/".join([*sent[: -len(parts)], *parts])


def _note(request: Request, status: int, seconds: float) -> None:
    route = _route(request)
    method = request.method if request.method in METHODS else "other"
    REQUESTS.observe(seconds, method, route or "none", str(status))
    fields = {"method": method, "route": route, "status": status, "seconds": round(seconds, 4)}
    for name in ("batch_id", "dataset_id"):
        value = request.path_params.get(name, "")
        if HASH.fullmatch(value):
            fields[name] = value
    log.log(logging.DEBUG if route in QUIET else logging.INFO, "answered", extra=fields)
