"""SIGKILL at any moment of the first start: the next one migrates, and the schema is whole."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest
from sqlalchemy import inspect

from sebrus.store.database import Database, migrate
from sebrus.store.models import Base
from sebrus.store.projected import PROJECTED

MIGRATE = "import sys; from sebrus.store.database import migrate; print('.', flush=True); migrate(sys.argv[1])"


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
    url = f"sqlite:///{tmp_path / 'sebrus.db'}"
    started = [subprocess.Popen([sys.executable, "-c", MIGRATE, url], stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [process.wait(300) for process in started] == [0, 0, 0]
