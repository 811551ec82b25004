"""Open the database: SQLite in WAL mode by default, PostgreSQL by URL."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker

from sebrus.store.postgresql import check_suitable, open_postgresql

MIGRATIONS = Path(__file__).parent / "migrations"
SQLITE_BUSY_MILLISECONDS = 30_000


def open_engine(url: str) -> Engine:
    """Return an engine for `url`; SQLite gets WAL, foreign keys and a busy timeout on each connection.

    On either database writers take turns from their transaction's start, and a reader sees one state throughout.

    Example:
        >>> open_engine("sqlite:///:memory:").dialect.name
        'sqlite'
    """
    parts = make_url(url)
    if parts.get_backend_name() == "postgresql":
        return open_postgresql(parts)
    # What a statement that failed was about to write may be a verdict or a salt, and its error is logged.
    engine = create_engine(parts, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling begins too late for DDL and for read-then-write; see _begin_immediate.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_MILLISECONDS}")
    _to_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _to_wal(cursor: sqlite3.Cursor) -> None:
    """Put a new database into WAL mode; SQLite's own timeout does not count where another process is doing so."""
    deadline = time.monotonic() + SQLITE_BUSY_MILLISECONDS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _begin_immediate(connection: Any) -> None:
    """Take the write lock at the start: two processes that read and then write would otherwise deadlock."""
    read_only = connection.get_execution_options().get("sebrus_read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest version of the schema.

    Raises:
        DatabaseUnsuitable: it is on PostgreSQL and sorts text by a language.
    """
    engine = open_engine(url)
    try:
        if engine.dialect.name == "postgresql":
            check_suitable(engine)
    finally:
        engine.dispose()
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    command.upgrade(config, "head")


class Database:
    """Sessions over one engine.

    Example:
        >>> with Database("sqlite:///:memory:").read() as session:
        ...     session.is_active
        True
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = open_engine(url)
        self._writers = sessionmaker(self.engine, expire_on_commit=False)
        self._readers = sessionmaker(self.engine.execution_options(sebrus_read_only=True), expire_on_commit=False)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        with self._writers.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading one consistent state."""
        with self._readers() as session:
            yield session

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
