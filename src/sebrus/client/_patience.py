"""Waiting for a server that has too much to do, or is away for a moment."""

from __future__ import annotations

import time
from typing import Final, TypeVar

import httpx

from sebrus.client._exchange import Ask, Conversation, Rest, ServerUnreachable

T = TypeVar("T")

MOST_WAITS: Final = 3
LONGEST_WAIT: Final = 60.0
"""How often, and how many seconds, a request waits that came too soon."""

PAUSE_SECONDS: Final = 0.3
# The server, its chain or its disk is away for a moment and took nothing.
PASSING: Final = (503, 507)


def patient(conversation: Conversation[T], patience: float) -> Conversation[T]:
    """The same conversation, each of its requests asked again where waiting helps: for `patience` seconds, if at all.

    What came too soon (429) waits as the server says, whatever the patience.
    """
    try:
        step = next(conversation)
        while True:
            if isinstance(step, Rest):
                yield step
                step = conversation.send(None)
                continue
            try:
                response = yield from _ask_until(step, time.monotonic() + patience)
            except ServerUnreachable as error:
                step = conversation.throw(error)
            else:
                step = conversation.send(response)
    except StopIteration as done:
        result: T = done.value
        return result


def _ask_until(asked: Ask, deadline: float) -> Conversation[httpx.Response]:
    """The response that is no passing one, or the last before the deadline."""
    waits = 0
    while True:
        try:
            response = yield asked
        except ServerUnreachable:
            if time.monotonic() >= deadline:
                raise
        else:
            assert response is not None, "an Ask is given a response"
            if response.status_code == httpx.codes.TOO_MANY_REQUESTS and waits < MOST_WAITS:
                waits += 1
                yield Rest(_seconds_to_wait(response))
                continue
            if response.status_code not in PASSING or time.monotonic() >= deadline:
                return response
        yield Rest(PAUSE_SECONDS)


def _seconds_to_wait(response: httpx.Response) -> float:
    text = response.headers.get("retry-after", "")
    return min(float(text), LONGEST_WAIT) if text.isdecimal() else 1.0
