"""Databases of the tests: a file, or a real PostgreSQL in a folder of its own."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sebrus.chain.embedded import die_with_parent

from .ports import ports_in_a_row

KINDS = ("sqlite", "postgresql")
START_SECONDS = 120.0


@dataclass(frozen=True)
class PostgreSQL:
    """A running server; every database it makes is empty and the test's own."""

    port: int
    password: str
    folder: Path
    programs: Path
    run: Callable[..., subprocess.CompletedProcess[str]]

    def make(self, *options: str) -> str:
        """Make a database; returns its address."""
        name = f"test_{secrets.token_hex(6)}"
        self.sql("postgres", f"CREATE DATABASE {name} {' '.join(options)}")
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/{name}"

    def sql(self, database: str, statement: str) -> str:
        """Run a statement as the superuser, beside every connection of ours; returns its rows."""
        asked = self.run(
            "psql", "-h", str(self.folder), "-p", str(self.port), "-U", "postgres", "-Atqc", statement, database
        )
        assert asked.returncode == 0, asked.stderr
        return asked.stdout.strip()


def _programs() -> Path | None:
    """The folder of the server's programs; Debian keeps them off PATH."""
    folders = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server on a free port, gone with the tests."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql, or your system's package")
    pytest.importorskip("pg8000", reason="pg8000 is not installed: pip install 'sebrus[postgres]'")
    folder = Path(tempfile.mkdtemp(prefix="sebrus-postgresql-"))
    # The server refuses to run as root.
    other = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
    if other:
        shutil.chown(folder, "nobody", other["group"])

    def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(programs / program), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, **other)

    password, port = secrets.token_hex(8), ports_in_a_row(1)
    (folder / "password").write_text(password)
    data = folder / "data"
    made = run("initdb", "-D", str(data), "-U", "postgres", "--locale=C", "--encoding=UTF8", "--auth-local=trust",
               "--auth-host=scram-sha-256", f"--pwfile={folder / 'password'}", "--no-sync")  # fmt: skip
    assert made.returncode == 0, made.stderr
    command = [str(programs / "postgres"), "-D", str(data), "-k", str(folder), "-p", str(port), "-h", "127.0.0.1",
               "-c", "fsync=off", "-c", "max_connections=200", "-c", "shared_buffers=32MB"]  # fmt: skip
    with (folder / "log").open("wb") as log:
        # A server that outlived the tests would keep the machine busy.
        dying = die_with_parent if sys.platform == "linux" else None
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, preexec_fn=dying, **other)
    try:
        _wait_until_ready(run, folder, port)
        yield PostgreSQL(port, password, folder, programs, run)
    finally:
        server.send_signal(signal.SIGINT)  # it does not wait for connections that somebody left open (pg_ctl's "fast")
        server.wait(START_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(run: Callable[..., subprocess.CompletedProcess[str]], folder: Path, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while run("pg_isready", "-h", str(folder), "-p", str(port)).returncode:
        assert time.monotonic() < deadline, (folder / "log").read_text()
        time.sleep(0.05)


@pytest.fixture(params=KINDS)
def any_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind in turn."""
    return _new_database(request, request.param, tmp_path)


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest) -> Callable[[Path], str]:
    """new_database(folder) -> the address of an empty database of the kind that `--database` names."""
    kind = request.config.getoption("--database")
    return lambda folder: _new_database(request, kind, folder)


def _new_database(request: pytest.FixtureRequest, kind: str, folder: Path) -> str:
    if kind == "sqlite":
        return f"sqlite:///{folder / 'sebrus.db'}"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.make()
