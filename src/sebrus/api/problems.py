"""Errors as RFC 9457 problem details."""

from __future__ import annotations

import logging
import re
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from starlette.exceptions import HTTPException

from sebrus.chain.errors import ChainError, ContractRefused
from sebrus.platform.refusals import Refused
from sebrus.store.blobs import BlobMissing, BlobNotWritten, BlobUnreachable

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 50
# What a refused request must bring instead (RFC 9110).
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="SeBRUS"'}
NOT_ALLOWED = 405
TOO_MANY = 429
RETRY_AFTER_SECONDS = "10"
# Answers to faults of ours leave outside the middleware that adds the others.
HEADERS = {"X-Content-Type-Options": "nosniff"}


def problem(status: int, code: str, detail: str, **more: Any) -> JSONResponse:
    """One problem: `code` is stable, `detail` a sentence for people."""
    title = code.replace("_", " ").capitalize()
    detail = detail.rstrip(".") + "."
    body = {"type": f"urn:sebrus:problem:{code}", "title": title, "status": status, "code": code, "detail": detail}
    headers = HEADERS | CHALLENGE if status == 401 else HEADERS
    return JSONResponse(body | more, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def _encodable(text: str) -> str:
    """Field names come from the request and may hold lone surrogates, which no answer can carry."""
    return text.encode(errors="replace").decode()


def _methods_of(request: Request) -> str:
    """All methods of a path: the framework names those of the first route that has it (RFC 9110, 10.2.1)."""
    for template, methods in request.app.openapi()["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), request.url.path):
            return ", ".join(sorted(method.upper() for method in methods))
    return ""


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every error as a problem."""

    @app.exception_handler(Refused)
    async def _refused(_request: Request, error: Refused) -> JSONResponse:
        answer = problem(error.status, error.code, str(error))
        if error.status == TOO_MANY:
            answer.headers["Retry-After"] = RETRY_AFTER_SECONDS
        return answer

    @app.exception_handler(ContractRefused)
    async def _contract(_request: Request, error: ContractRefused) -> JSONResponse:
        return problem(409, "contract_refused", str(error), error=error.name)

    @app.exception_handler(ChainError)
    async def _chain(_request: Request, error: ChainError) -> JSONResponse:
        log.warning("%s", error)
        return problem(503, "chain_unreachable", "The chain does not answer; nothing was lost, try again in a moment.")

    @app.exception_handler(BlobMissing)
    async def _blob(_request: Request, _error: BlobMissing) -> JSONResponse:
        return problem(404, "not_found", "There is no such image in the store.")

    @app.exception_handler(BlobNotWritten)
    async def _disk(_request: Request, error: BlobNotWritten) -> JSONResponse:
        log.error("%s", error)
        return problem(507, "store_full", "The image store refused the write; nothing was stored, try again later.")

    @app.exception_handler(BlobUnreachable)
    async def _store(_request: Request, error: BlobUnreachable) -> JSONResponse:
        log.warning("%s", error)
        return problem(503, "store_unreachable", "The image store does not answer; try again in a moment.")

    @app.exception_handler(InterfaceError)
    @app.exception_handler(OperationalError)
    @app.exception_handler(PoolExhausted)
    async def _database(_request: Request, error: OperationalError | InterfaceError | PoolExhausted) -> JSONResponse:
        log.error("the database: %s", getattr(error, "orig", error))
        sentence = "The database is away, busy or full; nothing was half-written, try again in a moment."
        return problem(503, "database_unreachable", sentence)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [{"where": _encodable(".".join(map(str, e["loc"]))), "what": e["msg"]} for e in error.errors()]
        first = errors[0] if errors else {"where": "request", "what": "is not valid"}
        return problem(422, "invalid_request", f"{first['where']}: {first['what']}", errors=errors[:MOST_ERRORS])

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        code = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}.get(error.status_code, "http_error")
        answer = problem(error.status_code, code, str(error.detail))
        answer.headers.update(error.headers or {})
        allowed = _methods_of(request) if error.status_code == NOT_ALLOWED else ""
        if allowed:
            answer.headers["Allow"] = allowed
        return answer

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> JSONResponse:
        request_id = getattr(request.state, "request_id", None)
        log.exception("unexpected error", exc_info=error, extra={"request_id": request_id})
        answer = problem(
            500, "internal_error", "Something went wrong here; it was logged, and nothing was half-written."
        )
        if request_id is not None:
            answer.headers["X-Request-Id"] = request_id
        return answer
