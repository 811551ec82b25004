"""What every request passes before its route: limits on rate and size, who sends it, and from which site."""

from __future__ import annotations

import math
import re
import time

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sebrus.api.cookies import session_token
from sebrus.api.problems import problem
from sebrus.platform.api_keys import note_use
from sebrus.platform.application import Application
from sebrus.platform.caller import Caller, identify
from sebrus.platform.rate import Buckets, address_name
from sebrus.platform.refusals import Refused

SAFE = ("GET", "HEAD", "OPTIONS")
UPLOADS = re.compile(r"/api/v1/(images|uploads/[^/]*)")
SIGN_INS = ("/api/v1/nonces", "/api/v1/sessions")
SIGN_IN_ACTS = 10
"""Acts that a sign-in counts as: each is a new account for whoever wants one."""
LEAST_UPLOAD_BYTES = 100_000
"""What an upload counts as at least: small files cost time, too."""


class Gate:
    """Refuse requests that are too many, too large, or made by another site in the name of a signed-in account.

    What passes has its sender in `request.state.caller`.
    """

    def __init__(self, app: ASGIApp, application: Application) -> None:
        self.app = app
        self._application = application
        settings = application.settings
        self._origins = settings.origins
        self._reads = Buckets(settings.reads_per_minute)
        self._acts = Buckets(settings.acts_per_minute)
        self._uploads = Buckets(settings.uploaded_bytes_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        limit = self._largest(request)
        refusal = _too_large(request, limit) or self._too_many(request, _sender(request), limit)
        if refusal is None:
            try:
                caller = await self._identify(request)
                _check_site(request, caller, self._origins)
            except Refused as error:
                refusal = problem(error.status, error.code, str(error))
            else:
                if caller.account is not None:
                    refusal = self._too_many(request, caller.account, limit)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = caller
        await self.app(scope, receive if request.method in SAFE else _bounded(receive, limit), send)
        if caller.key is not None:
            await run_in_threadpool(note_use, self._application, caller.key)

    def _largest(self, request: Request) -> int:
        settings = self._application.settings
        return settings.max_upload_bytes if UPLOADS.fullmatch(request.url.path) else settings.max_body_bytes

    def _too_many(self, request: Request, name: str, limit: int) -> JSONResponse | None:
        path = request.url.path
        buckets, cost = self._acts, SIGN_IN_ACTS if path in SIGN_INS else 1
        if request.method in SAFE:
            buckets, cost = self._reads, 1
        elif UPLOADS.fullmatch(path):
            # A body of unknown length counts as the longest.
            length = _length(request)
            buckets, cost = self._uploads, max(LEAST_UPLOAD_BYTES, limit if length is None else length)
        seconds = math.ceil(buckets.wait(name, cost, time.monotonic()))
        if not seconds:
            return None
        answer = problem(429, "too_many_requests", f"This is too much at once; try again in {seconds} seconds.")
        answer.headers["Retry-After"] = str(seconds)
        return answer

    async def _identify(self, request: Request) -> Caller:
        authorization = request.headers.get("authorization")
        token = session_token(request.cookies, self._origins)
        if authorization is None and token is None:
            return Caller()
        return await run_in_threadpool(identify, self._application, authorization, token)


def _sender(request: Request) -> str:
    return address_name(request.client.host) if request.client is not None else ""


def _length(request: Request) -> int | None:
    text = request.headers.get("content-length", "")
    return int(text) if text.isdecimal() else None


def _too_large(request: Request, limit: int) -> JSONResponse | None:
    length = _length(request)
    return problem(413, "body_too_large", _largest_sentence(limit)) if length is not None and length > limit else None


def _largest_sentence(limit: int) -> str:
    return f"The body of this request may have {limit} bytes; send less at once."


def _bounded(receive: Receive, limit: int) -> Receive:
    """The body of a request, cut off with a refusal where it becomes too long."""
    left = limit

    async def receive_bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413, _largest_sentence(limit))
        return message

    return receive_bounded


def _check_site(request: Request, caller: Caller, origins: tuple[str, ...]) -> None:
    """Refuse what another site makes a browser do in the name of the account that is signed in there.

    A sign-in is checked too, if it comes from a browser: else another site could sign people in to its own account.
    """
    if request.method in SAFE or (caller.session is None and request.url.path not in SIGN_INS):
        return
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    ours = origin in origins if origin is not None else site == "same-origin"
    of_no_browser = caller.session is None and origin is None and site is None
    if not ours and not of_no_browser:
        raise Refused("cross_site", "This must be sent by a page of this server itself, with its Origin header.", 403)
