"""Copy a database while it is used, and tell whether anybody uses it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from sebrus.platform.backup.manifest import DATABASE, DUMP, BackupRefused

DUMP_SECONDS = 3600


def parsed_url(url: str) -> URL:
    """A database's address, taken apart.

    Raises:
        BackupRefused: it is none.
    """
    try:
        return make_url(url)
    except ArgumentError:
        raise BackupRefused(
            "SEBRUS_DATABASE_URL is no address of a database; write it as sqlite:////path or postgresql://..."
        ) from None


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite database; None for another kind."""
    parsed = parsed_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def copy_database(url: str, folder: Path) -> None:
    """Copy a database into a folder, as of one moment: SQLite's own backup, or PostgreSQL's pg_dump.

    Raises:
        BackupRefused: it cannot be copied.
    """
    path = sqlite_path(url)
    if path is None:
        _dump(parsed_url(url), folder / DUMP)
    elif path.is_file():
        _copy_sqlite(path, folder / DATABASE)


def _copy_sqlite(path: Path, target: Path) -> None:
    try:
        with closing(sqlite3.connect(path, timeout=30)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)  # in one step: other connections go on reading and writing
            copy.execute("PRAGMA journal_mode = DELETE")
            (verdict,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupRefused(f"The database {path} cannot be copied ({error}); restore an older backup.") from None
    if verdict != "ok":
        raise BackupRefused(f"The database {path} is damaged ({verdict}); restore an older backup, or reindex.")


def _dump(url: URL, target: Path) -> None:
    program = shutil.which("pg_dump")
    if url.get_backend_name() != "postgresql" or program is None:
        raise BackupRefused("This database is backed up by its own tools; for PostgreSQL put pg_dump on the PATH.")
    named = {"--host": url.host, "--port": url.port, "--username": url.username, "--dbname": url.database}
    arguments = [f"{option}={value}" for option, value in named.items() if value is not None]
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program; the password is not among the arguments
        [program, "--format=custom", "--no-owner", "--no-password", f"--file={target}", *arguments],
        env={**os.environ, **secret},
        capture_output=True,
        text=True,
        timeout=DUMP_SECONDS,
        check=False,
    )
    if done.returncode:
        words = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise BackupRefused(f"pg_dump did not copy the database ({words}); check SEBRUS_DATABASE_URL and its server.")


def indexed_in(folder: Path) -> int | None:
    """The newest block in the tables of a copied database; None where it cannot be told."""
    path = folder / DATABASE
    if not path.is_file():
        return None
    with closing(sqlite3.connect(path)) as copy:
        try:
            found = copy.execute("SELECT max(block_number) FROM cursor").fetchone()
        except sqlite3.DatabaseError:
            return None
    return None if found is None or found[0] is None else int(found[0])


def is_in_use(path: Path) -> bool:
    """Whether another process has a SQLite database open."""
    if not path.is_file():
        return False
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            # In WAL mode each connection holds a shared lock, which this mode cannot have beside it.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return True
        except sqlite3.DatabaseError:
            return False  # it is damaged, and nobody's
    return False
