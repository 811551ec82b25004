"""What is asked and answered, apart from how it is sent: the two clients drive the same conversations.

A conversation is a generator. It yields what to send or how long to rest, is given the response, or has
`ServerUnreachable` thrown in where none came, and returns its result.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

T = TypeVar("T")


class ServerRefused(Exception):
    """The server refused a request; the message is its sentence.

    Attributes:
        code: the stable name of the problem.
        status: the HTTP status.
    """

    def __init__(self, status: int, code: str, sentence: str) -> None:
        self.status = status
        self.code = code
        super().__init__(sentence)


class ServerUnreachable(Exception):
    """No server answers; the request may or may not have arrived. Sending it again is safe."""


@dataclass(frozen=True)
class Ask:
    """One request to a path under /api; `options` are those of httpx."""

    method: str
    path: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rest:
    """Wait so many seconds."""

    seconds: float


Conversation = Generator[Ask | Rest, httpx.Response | None, T]


def ask(method: str, path: str, **options: Any) -> Conversation[httpx.Response]:
    """One request, answered with success.

    Raises:
        ServerRefused: the server, or what answers in its place, says no.
    """
    response = yield Ask(method, path, options)
    assert response is not None, "an Ask is given a response"
    refuse_unless_success(response)
    return response


def ask_json(method: str, path: str, **options: Any) -> Conversation[Any]:
    """One request, answered with JSON."""
    response = yield from ask(method, path, **options)
    try:
        return response.json()
    except ValueError as error:
        raise ServerRefused(response.status_code, "http_error", "What answers there is no SeBRUS server.") from error


def refuse_unless_success(response: httpx.Response) -> None:
    """Raise ServerRefused with what a response that is none of success says."""
    if response.is_success:
        return
    try:
        problem = response.json()
        refused = ServerRefused(response.status_code, problem["code"], problem["detail"])
    except (ValueError, KeyError, TypeError) as error:
        raise ServerRefused(response.status_code, "http_error", f"HTTP {response.status_code}.") from error
    raise refused


def unreachable(error: httpx.TransportError) -> ServerUnreachable:
    """What is said when no response came."""
    return ServerUnreachable(f"The server does not answer: {error}.")
