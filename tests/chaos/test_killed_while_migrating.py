"""SIGKILL at any moment of the first start: the next one migrates, and the schema is whole."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest
from sqlalchemy import inspect

from sebrus.store.database import Database, migrate
from sebrus.store.models import Base
from sebrus.store.projected import PROJECTED

MIGRATE = "import sys; from sebrus.store.database import migrate; print('.', flush=True); migrate(sys.argv[1])"

HALTING = """
import random, time
from sqlalchemy import Engine, event
def halt(_connection, _cursor, statement, *_):
    if statement.startswith("BEGIN"):
        time.sleep(random.uniform(0.05, 0.3))
event.listen(Engine, "before_cursor_execute", halt)
"""


@pytest.mark.parametrize("milliseconds", [0, 5, 20, 50, 100, 200, 400])
def test_a_migration_that_was_killed_is_made_by_the_next_start(tmp_path, milliseconds):
    url = f"sqlite:///{tmp_path / 'sebrus.db'}"
    with subprocess.Popen([sys.executable, "-c", MIGRATE, url], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(milliseconds / 1000)
        process.send_signal(signal.SIGKILL)
    migrate(url)
    assert PROJECTED
    database = Database(url)
    assert set(inspect(database.engine).get_table_names()) >= set(Base.metadata.tables)
    database.close()


def test_three_processes_that_start_at_once_migrate_once(tmp_path):
    """However the machine deals its time to them: each dawdles before it takes the lock."""
    url = f"sqlite:///{tmp_path / 'sebrus.db'}"
    started = [subprocess.Popen([sys.executable, "-c", HALTING + MIGRATE, url]) for _ in range(3)]
    assert [process.wait(300) for process in started] == [0, 0, 0]


def test_a_new_database_that_another_process_writes_to_is_waited_for(tmp_path):
    """It is not in WAL mode yet; the change to it is refused at once, whatever SQLite was told to wait."""
    path = tmp_path / "sebrus.db"
    url = f"sqlite:///{path}"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("CREATE TABLE theirs (number INTEGER)")
        ending = threading.Timer(0.5, lambda: other.execute("COMMIT"))
        ending.start()
        migrate(url)
        ending.join()
    database = Database(url)
    assert set(inspect(database.engine).get_table_names()) == {"theirs", "alembic_version", *Base.metadata.tables}
    database.close()
