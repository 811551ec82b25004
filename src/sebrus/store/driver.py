"""pg8000's connection to PostgreSQL, with every break named as one: the driver lets a reset through as an `OSError`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pg8000
from pg8000 import InterfaceError


@contextmanager
def _breaks_named() -> Iterator[None]:
    """Raise what SQLAlchemy takes for a connection that broke (`PGDialect_pg8000.is_disconnect`)."""
    try:
        yield
    except OSError as error:
        raise InterfaceError("network error") from error


class Connection(pg8000.Connection):
    """A connection that can break in three places and says so in each: at the start, while it reads, at the end."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        with _breaks_named():
            super().__init__(*args, **kwargs)

    def handle_messages(self, context: Any) -> None:
        """Read what the server answers; all that is asked after the start passes here."""
        with _breaks_named():
            super().handle_messages(context)

    def close(self) -> None:
        """End the connection; one that broke is ended."""
        with suppress(InterfaceError):
            super().close()
