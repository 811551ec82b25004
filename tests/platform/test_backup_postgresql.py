"""A backup of an installation on PostgreSQL, made while it is used, brings everything back by its own tools."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import threading
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from sebrus.chain.embedded import EmbeddedChain
from sebrus.cli import app
from sebrus.platform.application import open_application
from sebrus.platform.backup import BackupRefused, make_backup
from sebrus.platform.indexer import Indexer
from sebrus.platform.settings import Settings
from sebrus.store.models import Base, Submission

from ..actors.raising import raised

pytestmark = pytest.mark.chain


@pytest.fixture
def stage(postgresql, tmp_path, anvil):
    """A stage on PostgreSQL, whatever the others are on."""
    with raised(tmp_path / "home", postgresql.make()) as made:
        yield made


@pytest.fixture
def tools(postgresql, monkeypatch):
    """PostgreSQL's own tools are on the PATH; the server of the tests has them beside it."""
    if not (postgresql.programs / "pg_dump").exists():
        pytest.skip("pg_dump is not installed: it comes with PostgreSQL's client")
    monkeypatch.setenv("PATH", f"{postgresql.programs}{os.pathsep}{os.environ['PATH']}")


def tables(application):
    """All rows of all tables; workers come and go."""
    with application.database.read() as session:
        return {
            table.name: sorted(repr(tuple(row)) for row in session.execute(select(table)))
            for table in Base.metadata.sorted_tables
            if table.name not in ("lease", "begun_job")
        }


def test_a_backup_made_while_it_is_used_brings_everything_back(stage, tools, postgresql, enrol, digits, tmp_path):
    dataset, contributor, poor = stage.open_dataset(), enrol(stage), enrol(stage, deposit=0)
    waiting = poor.submit(dataset.id, digits(2)).batch_id
    on_chain = contributor.submit(dataset.id, digits(3, 10)).batch_id
    stage.step()
    before = tables(stage.application)
    settings, stop = stage.application.settings, threading.Event()

    def keep_busy():
        at = 30
        while not stop.is_set():
            poor.submit(dataset.id, digits(2, at))
            at += 2

    busy = threading.Thread(target=keep_busy)
    busy.start()
    try:
        stage.chain.save()
        made = make_backup(settings, tmp_path / "backup")
    finally:
        stop.set()
        busy.join()
    assert (made.path / "sebrus.dump").stat().st_size > 0 and made.damaged == []
    port = stage.chain.port
    stage.application.close()
    stage.chain.kill()
    shutil.rmtree(settings.home_path)

    empty = postgresql.make()
    told = restored(settings, tmp_path / "backup", empty)
    assert told.returncode == 0, told.stderr
    again = Settings(home=settings.home_path, database_url=empty, chain_port=port)
    chain = EmbeddedChain(again.home_path, port)
    chain.start()
    try:
        application = open_application(again)
        after = tables(application)
        assert {name: set(rows) - set(after[name]) for name, rows in before.items() if name != "cursor"} == {
            name: set() for name in before if name != "cursor"
        }, "nothing of what was there when the backup began is missing"
        Indexer(application).catch_up()
        with application.database.read() as session:
            assert {waiting, on_chain} <= set(session.scalars(select(Submission.batch_id)))
        for sha256 in application.blobs:
            application.blobs.get(sha256)
        application.close()
    finally:
        chain.kill()


def restored(settings, root, database_url):
    """Restore by the command, then do what it says with PostgreSQL's own tool."""
    environment = {
        "SEBRUS_HOME": str(settings.home_path),
        "SEBRUS_DATABASE_URL": database_url,
        "SEBRUS_CHAIN_PORT": str(settings.chain_port),
    }
    result = CliRunner().invoke(app, ["restore", str(root)], env=environment)
    assert result.exit_code == 0, result.output
    found = re.search(r"Now: (pg_restore .*)", result.output.replace("\n", " "))
    assert found, result.output
    url = urlsplit(database_url)
    command = found[1].split("  ")[0].replace("DATABASE", url.path[1:])
    place = {"PGHOST": "127.0.0.1", "PGPORT": str(url.port), "PGUSER": "postgres", "PGPASSWORD": url.password or ""}
    return subprocess.run(shlex.split(command), env=os.environ | place, capture_output=True, text=True, check=False)


def test_without_pg_dump_nothing_is_written(stage, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupRefused, match="for PostgreSQL put pg_dump on the PATH"):
        make_backup(stage.application.settings, tmp_path / "backup")
    assert list((tmp_path / "backup").iterdir()) == []


def test_a_database_that_refuses_is_a_sentence_without_its_password(stage, tools, tmp_path):
    settings = stage.application.settings
    wrong = settings.model_copy(update={"database_url": settings.database_url.replace("/test_", "/no_test_")})
    with pytest.raises(BackupRefused, match="pg_dump did not copy the database") as refused:
        make_backup(wrong, tmp_path / "backup")
    assert str(urlsplit(settings.database_url).password) not in str(refused.value)
