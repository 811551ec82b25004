"""One line per event, as text for people or as JSON for machines (`SEBRUS_LOG`).

A line has the time, the level, the process, and of what it is about only the fields named here. Reviewers are blind:
verdicts, salts, findings and keys are no fields, and nothing logs a request's body or query.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal

Kind = Literal["text", "json"]

FIELDS = (
    *("request_id", "method", "route", "status", "seconds"),
    *("batch_id", "dataset_id", "transaction", "function", "outcome", "gas", "duty"),
)
# Their words are about every request or every connection, and may spell out the node's URL, which may hold a secret.
CHATTY = {
    **dict.fromkeys(("httpx", "alembic", "botocore"), logging.WARNING),
    **dict.fromkeys(("urllib3", "web3"), logging.ERROR),
}

_about: ContextVar[dict[str, Any]] = ContextVar("about", default={})  # noqa: B039 - never changed, only replaced


@contextmanager
def about(**fields: Any) -> Iterator[None]:
    """Every line written in this block has these fields.

    Example:
        >>> with about(batch_id="0x12"):
        ...     logging.getLogger(__name__).debug("screened")
    """
    token = _about.set({**_about.get(), **fields})
    try:
        yield
    finally:
        _about.reset(token)


def configure_logs(kind: Kind, process: str) -> None:
    """Write the lines of this process to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines(process) if kind == "json" else TextLines(process))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name, level in CHATTY.items():
        logging.getLogger(name).setLevel(level)


class _Lines(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def _fields(self, record: logging.LogRecord) -> dict[str, Any]:
        known = {**_about.get(), **{name: getattr(record, name, None) for name in FIELDS if hasattr(record, name)}}
        return {name: known[name] for name in FIELDS if known.get(name) is not None}

    def _time(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class JsonLines(_Lines):
    """A JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line = {
            "time": self._time(record),
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
            **self._fields(record),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line)


class TextLines(_Lines):
    """A line for people; what went wrong follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        fields = "".join(f" {name}={value}" for name, value in self._fields(record).items())
        # A line break in what somebody sent must not look like a line of ours.
        message = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in record.getMessage())
        line = f"{self._time(record)} {record.levelname} {self._process} {record.name}: {message}{fields}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line
