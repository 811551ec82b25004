"""Following the contract's events: server-sent events read, and gone on from where a connection broke."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

TIMEOUT_SECONDS: Final = 45.0
"""The server gives a sign of life every 15 seconds."""


@dataclass(frozen=True)
class Told:
    """One message of a stream.

    Attributes:
        kind: `event`, or `rewind` when the chain took events back: all after `data["block"]`.
        data: the event as `GET /api/v1/events` gives it.
        place: where to go on (`after`).
    """

    kind: str
    data: dict[str, Any]
    place: str


class Reader:
    """Reads the lines of a stream; remembers the place to go on from."""

    def __init__(self, place: str | None) -> None:
        self.place = place
        self.pause_seconds = 2.0
        self._kind = "event"
        self._data: list[str] = []

    def options(self, about: dict[str, str]) -> dict[str, Any]:
        """How httpx is to open the next connection."""
        headers = {} if self.place is None else {"Last-Event-ID": self.place}
        return {"params": about, "headers": headers, "timeout": TIMEOUT_SECONDS}

    def read(self, line: str) -> Iterator[Told]:
        """The message that a line completes, if it does (WHATWG HTML, 9.2.6)."""
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if self._data:
                yield Told(self._kind, json.loads("\n".join(self._data)), self.place or "")
            self._kind, self._data = "event", []
        elif name == "data":
            self._data.append(value)
        elif name == "event":
            self._kind = value
        elif name == "id":
            self.place = value
        elif name == "retry" and value.isdecimal():
            self.pause_seconds = int(value) / 1000
