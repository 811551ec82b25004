"""A backup made while everything runs brings everything back; a damaged one brings back nothing."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import threading
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from sebrus.chain.embedded import EmbeddedChain, call
from sebrus.chain.errors import ChainError
from sebrus.cli import app
from sebrus.platform.application import open_application
from sebrus.platform.backup import BackupRefused, make_backup, restore_backup
from sebrus.platform.backup.database import is_in_use
from sebrus.platform.indexer import Indexer
from sebrus.platform.operator import load_operator
from sebrus.platform.settings import Settings
from sebrus.platform.submissions import relay_submissions
from sebrus.platform.worker import prepare_arrival
from sebrus.store.blobs import blob_place
from sebrus.store.disk import DiskBlobs
from sebrus.store.models import Base, Submission
from sebrus.store.projected import PROJECTED, Batch, Block, Cursor, Event

from ..actors.stage import GWEI
from ..actors.workers import work

CHAINED = {*PROJECTED, Event, Block, Cursor}
DEEP_POCKETS = 2 * GWEI
"""Gwei, for more batches than anybody hands in while the first is screened, however long that takes."""
OUTBOX = [mapper.class_ for mapper in Base.registry.mappers if mapper.class_ not in CHAINED]


def rows(session: Any, kinds: Any) -> dict[str, list[tuple[Any, ...]]]:
    return {
        kind.__tablename__: [
            tuple(row) for row in session.execute(select(*kind.__table__.c).order_by(*kind.__table__.primary_key))
        ]
        for kind in kinds
    }


def outbox_in(database: Path) -> dict[str, int]:
    with closing(sqlite3.connect(database)) as copy:
        return {
            kind.__tablename__: copy.execute(f"SELECT count(*) FROM {kind.__tablename__}").fetchone()[0]
            for kind in OUTBOX
        }


@contextmanager
def running(stage):
    """Indexer, worker, miner and the chain's snapshots in threads, as in production."""
    stop = threading.Event()

    def mine() -> None:
        with httpx.Client(timeout=60) as http:
            while not stop.wait(0.2):
                call(http, stage.chain.url, "evm_mine")
                with suppress(ChainError):  # torn each time: the next one comes in a moment
                    stage.chain.save()

    threads = [
        threading.Thread(target=mine),
        threading.Thread(target=Indexer(stage.application).run, args=(stop,)),
        threading.Thread(target=work, args=(stage.application, stop)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@contextmanager
def contributing(stage, dataset, contributor, digits):
    """Somebody who hands in batch after batch; yields those taken so far."""
    stop, taken = threading.Event(), []

    def run() -> None:
        while not stop.is_set() and len(taken) < 500:
            taken.append(contributor.submit(dataset.id, digits(3, 3 * len(taken))).batch_id)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield taken
    finally:
        stop.set()
        thread.join()


def wait_for(condition) -> None:
    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.chain
def test_a_backup_under_load_brings_everything_back(own_stage, enrol, digits, tmp_path_factory):
    stage = own_stage
    if stage.application.database.engine.dialect.name != "sqlite":
        pytest.skip("test_backup_postgresql.py has that of PostgreSQL")
    home, root = stage.application.settings.home_path, tmp_path_factory.mktemp("disk") / "backup"
    dataset, penniless = stage.open_dataset(), enrol(stage, deposit=0)
    queued = penniless.submit(dataset.id, digits(4, 1600)).batch_id
    with running(stage), contributing(stage, dataset, enrol(stage, DEEP_POCKETS), digits) as taken:
        wait_for(lambda: len(taken) >= 4 and stage.rows(select(Batch)))
        before = list(taken)
        made = make_backup(stage.application.settings, root)
        wait_for(lambda: len(taken) > len(before))
    assert made.damaged == [] and made.copied == made.images > 12
    held = outbox_in(made.path / "sebrus.db")
    assert held["submission"] >= len(before) + 1
    key = (home / "keys" / "operator.key").read_text()
    port = stage.chain.port
    stage.application.close()
    stage.chain.kill()
    shutil.rmtree(home)

    settings = Settings(home=home, chain_port=port, poll_seconds=0.02)
    restored = restore_backup(settings, root)
    assert (restored.set_aside, restored.dump) == ([], None)
    assert (home / "keys" / "operator.key").read_text() == key
    assert stat.S_IMODE((home / "keys" / "operator.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "keys").stat().st_mode) == 0o700
    assert outbox_in(home / "sebrus.db") == held, "nothing that waited is lost"
    chain = EmbeddedChain(home, port)
    chain.start()
    try:
        application = open_application(settings)
        _check_life(application, before, queued)
        application.close()
    finally:
        chain.kill()


def _check_life(application, before, queued) -> None:
    indexer = Indexer(application)
    indexer.catch_up()
    with application.database.read() as session:
        tables = rows(session, [*PROJECTED, Event])
        assert set(before) | {queued} <= set(session.scalars(select(Submission.batch_id)))
        for sha256 in application.blobs:
            application.blobs.get(sha256)
    assert tables["batch"] and tables["item"] and tables["account"]
    indexer.reindex()
    with application.database.read() as session:
        assert rows(session, [*PROJECTED, Event]) == tables, "the tables are what the chain says"
    wait_for(lambda: _bring(application, indexer) >= set(before))  # what was handed in reaches the chain


def _bring(application, indexer) -> set[str]:
    """Bring a batch of each contributor; the batches on chain. Leases of the workers of then have to end first."""
    while prepare_arrival(application):
        pass
    relay_submissions(application, application.contract.head())
    indexer.catch_up()
    with application.database.read() as session:
        return set(session.scalars(select(Batch.id)))


# ---------------------------------------------------------------- without a chain


@pytest.fixture
def settings(tmp_path):
    """A home with a key, a database, a deployment and two images."""
    from sebrus.store.database import migrate

    found = Settings(home=tmp_path / "home")
    load_operator(found.operator_key_path)
    migrate(found.effective_database_url)
    store = DiskBlobs(found.home_path / "images")
    store.put(b"first")
    store.put_named("items", "ab" * 32, b"a list")
    (found.home_path / "detector").mkdir()
    (found.home_path / "detector" / "cache").write_text("made again")
    record = {"chain_id": 1, "address": "0x" + "33" * 20, "block": 1, "min_stake": 1, "epoch_length": 1}
    found.deployment_path.write_text(json.dumps(record))
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_images_are_copied_once(settings, tmp_path):
    root = tmp_path / "backup"
    first = make_backup(settings, root)
    assert (first.images, first.copied) == (2, 2)
    DiskBlobs(settings.home_path / "images").put(b"second")
    second = make_backup(settings, root)
    assert (second.images, second.copied) == (3, 1)
    assert second.path > first.path and {path.name for path in root.iterdir()} == {
        *("images", first.path.name, second.path.name)
    }
    restored = restore_backup(Settings(home=tmp_path / "old"), root, first.path.name)
    assert (restored.snapshot, restored.images) == (first.path.name, 2)
    assert restore_backup(Settings(home=tmp_path / "new"), root).snapshot == second.path.name
    assert "detector/cache" not in contents(tmp_path / "new")


def test_the_parts_may_lie_elsewhere(settings, tmp_path):
    made = make_backup(settings, tmp_path / "backup")
    apart = Settings(
        home=tmp_path / "apart",
        database_url=f"sqlite:///{tmp_path}/databases/mine.db",
        blob_url=(tmp_path / "volume").as_uri(),
    )
    restore_backup(apart, tmp_path / "backup")
    assert DiskBlobs(tmp_path / "volume").get_named("items", "ab" * 32) == b"a list"
    assert (tmp_path / "databases" / "mine.db").read_bytes() == (made.path / "sebrus.db").read_bytes()
    assert set(contents(tmp_path / "apart")) == {"deployment.json", "keys/operator.key"}
    with pytest.raises(BackupRefused, match="is of another kind"):
        restore_backup(Settings(home=tmp_path / "x", database_url="postgresql://localhost/x"), tmp_path / "backup")


@pytest.mark.parametrize("victim", ["sebrus.db", "keys/operator.key", "deployment.json", "image"])
@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_backup_restores_nothing(settings, tmp_path, victim, damage):
    made = make_backup(settings, tmp_path / "backup")
    path = next((tmp_path / "backup" / "images").rglob("*/*/*/*")) if victim == "image" else made.path / victim
    path.unlink() if damage == "missing" else path.write_bytes(path.read_bytes()[:-1] + b"?")
    new = Settings(home=tmp_path / "new")
    with pytest.raises(BackupRefused, match=r"1 of \d files are missing or damaged.*nothing was restored"):
        restore_backup(new, tmp_path / "backup")
    assert not new.home_path.exists()
    before = contents(settings.home_path)
    with pytest.raises(BackupRefused, match="nothing was restored"):
        restore_backup(settings, tmp_path / "backup", replace=True)
    assert contents(settings.home_path) == before


@pytest.mark.parametrize(
    "name",
    ["../escaped", "/tmp/escaped", "keys/../../escaped", "keys/..", "chain/other", "sebrus.db\n", "images/../escaped"],
)
def test_a_manifest_that_names_other_places_is_refused(settings, tmp_path, name):
    made = make_backup(settings, tmp_path / "backup")
    path = made.path / "manifest.json"
    honest = json.loads(path.read_text())
    (tmp_path / "backup" / "escaped").write_text("")
    for part in ("files", "images"):
        changed = json.loads(json.dumps(honest))
        changed[part][name] = {"sha256": "00" * 32, "size": 0}
        path.write_text(json.dumps(changed))
        with pytest.raises(BackupRefused, match="is not a manifest of this version"):
            restore_backup(Settings(home=tmp_path / "new"), tmp_path / "backup")
    for text in ("", "{", "[]", json.dumps(honest | {"format": "another"}), json.dumps(honest | {"more": 1})):
        path.write_text(text)
        with pytest.raises(BackupRefused, match="is not a manifest of this version"):
            restore_backup(Settings(home=tmp_path / "new"), tmp_path / "backup")


def test_what_is_there_is_refused_or_set_aside(settings, tmp_path):
    make_backup(settings, tmp_path / "backup")
    before = contents(settings.home_path)
    with pytest.raises(BackupRefused, match="is not empty; choose another SEBRUS_HOME, or add --replace"):
        restore_backup(settings, tmp_path / "backup")
    (settings.home_path / "deployment.json").write_text("changed since")
    done = restore_backup(settings, tmp_path / "backup", replace=True)
    assert (done.set_aside[0] / "deployment.json").read_text() == "changed since"
    after = contents(settings.home_path)
    assert {name: data for name, data in after.items() if name != "sebrus.db"} == {
        name: data for name, data in before.items() if not name.startswith(("sebrus.db", "detector"))
    }


def test_a_database_in_use_is_not_replaced(settings, tmp_path):
    from sebrus.store.database import Database

    make_backup(settings, tmp_path / "backup")
    database = Database(settings.effective_database_url)
    with database.read() as session:
        rows(session, [Submission])
    assert is_in_use(settings.home_path / "sebrus.db")
    with pytest.raises(BackupRefused, match=r"is running in .*; stop its processes first"):
        restore_backup(settings, tmp_path / "backup", replace=True)
    database.close()
    assert not is_in_use(settings.home_path / "sebrus.db")
    restore_backup(settings, tmp_path / "backup", replace=True)


def test_a_rotten_image_is_told_and_left_out(settings, tmp_path, monkeypatch):
    store = DiskBlobs(settings.home_path / "images")
    (store.root / blob_place(store.put(b"rotting"))).write_bytes(b"rotten!")
    monkeypatch.setenv("SEBRUS_HOME", str(settings.home_path))
    result = CliRunner().invoke(app, ["backup", str(tmp_path / "backup"), "--json"])
    said = json.loads(result.stdout)
    assert result.exit_code == 1 and "1 files of the image store are damaged" in result.stderr
    assert said["images"] == 2 and len(said["damaged"]) == 1 and said["damaged"][0].startswith("sha256/")
    assert restore_backup(Settings(home=tmp_path / "new"), tmp_path / "backup").images == 2


def test_a_backup_that_fails_leaves_no_snapshot(settings, tmp_path):
    (settings.home_path / "sebrus.db").write_bytes(b"no database at all " * 100)
    with pytest.raises(BackupRefused, match="cannot be copied"):
        make_backup(settings, tmp_path / "backup")
    assert list((tmp_path / "backup").iterdir()) == []
    with pytest.raises(BackupRefused, match="There is no backup in"):
        restore_backup(Settings(home=tmp_path / "new"), tmp_path / "backup")


def test_the_commands_say_what_they_did(settings, tmp_path, monkeypatch):
    def run(*arguments: str, home: Path, code: int = 0) -> str:
        monkeypatch.setenv("SEBRUS_HOME", str(home))
        result = CliRunner().invoke(app, list(arguments))
        assert result.exit_code == code, result.output
        return result.stdout if code == 0 else result.stderr

    root = str(tmp_path / "backup")
    assert "3 files, 2 images, 2 of them new" in run("backup", root, home=settings.home_path)
    assert "all as backed up" in run("restore", root, home=tmp_path / "new")
    for arguments, home, words in [
        (("backup", str(settings.home_path / "inside")), settings.home_path, "lies inside"),
        (("backup", root), tmp_path / "nowhere", "does not exist; check SEBRUS_HOME"),
        (("restore", str(tmp_path / "nothing")), tmp_path / "x", "There is no backup in"),
        (("restore", root, "--snapshot", "2020"), tmp_path / "x", "There is no snapshot 2020"),
        (("restore", root), tmp_path / "new", "is not empty"),
    ]:
        sentence = run(*arguments, home=home, code=2).strip()
        assert words in sentence and sentence.count("\n") == 0 and sentence.endswith(".")
