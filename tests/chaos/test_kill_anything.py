"""Kill server, worker, indexer and chain with SIGKILL at random moments: nothing is lost, nothing is done twice."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from sebrus.chain.embedded import running_anvil
from sebrus.client import Client
from sebrus.demo.actors import Reviewing, await_decisions, contribute
from sebrus.demo.cast import Cast, assemble
from sebrus.demo.play import opened
from sebrus.demo.stage import POLICY, Stage, open_dataset, raised, seat_reviewers
from sebrus.platform.application import Application
from sebrus.platform.indexer import Indexer
from sebrus.store.projected import PROJECTED, Account, Batch, Dataset, Event

KILLS = 10
SEED = int(os.environ.get("SEBRUS_CHAOS_SEED", "0"))
# Restarting Python processes on a loaded machine takes seconds; a reviewer must still find the window open.
PATIENT = replace(POLICY, commit_window=25, reveal_window=25)

pytestmark = [pytest.mark.slow, pytest.mark.chain]


class Killer:
    """A thread that kills a random process of the stage every few seconds."""

    def __init__(self, stage: Stage, kills: int) -> None:
        self._stage = stage
        self._kills = kills
        self._random = random.Random(SEED)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.killed: list[str] = []

    def __enter__(self) -> Killer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def done(self) -> bool:
        return len(self.killed) >= self._kills

    def _run(self) -> None:
        names = ["anvil", "chain", "index", "work", "serve"]
        while not self.done and not self._over.wait(self._random.uniform(1.0, 5.0)):
            name = names[len(self.killed)] if len(self.killed) < len(names) else self._random.choice(names)
            pid = self._pid(name)
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
                self.killed.append(name)

    def _pid(self, name: str) -> int | None:
        if name == "anvil":
            running = running_anvil(self._stage.home / "chain")
            return running["pid"] if running else None
        child = next(child for child in self._stage.supervisor.children if child.name == name)
        return child.process.pid if child.process is not None and child.process.poll() is None else None


@pytest.fixture(scope="module")
def survived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Application, Cast, str, Killer]]:
    """A demo during which ten processes were killed, after all its batches were decided."""
    cast = assemble(SEED)
    with raised(tmp_path_factory.mktemp("chaos")) as stage, Client(stage.url) as client:
        dataset_id = open_dataset(stage, client, cast, PATIENT)
        seat_reviewers(stage, client, cast)
        time.sleep(3)  # the owner's own transactions are in a snapshot; from here on everything repairs itself
        with Killer(stage, KILLS) as killer, Reviewing(stage.url, cast):
            batches = contribute(stage.url, dataset_id, cast, lambda: None)
            deadline = time.monotonic() + 120
            while not killer.done and time.monotonic() < deadline:
                time.sleep(0.5)
            await_decisions(client, list(batches.values()), lambda _count: None, 600)
        with opened(stage) as application:
            yield application, cast, dataset_id, killer


def test_ten_processes_were_killed(survived: tuple[Application, Cast, str, Killer]) -> None:
    killer = survived[3]
    assert len(killer.killed) == KILLS
    assert set(killer.killed) >= {"anvil", "chain", "index", "work", "serve"}


def test_every_batch_settles(survived: tuple[Application, Cast, str, Killer]) -> None:
    application, cast, dataset_id, _ = survived
    with application.database.read() as session:
        batches = session.scalars(select(Batch).where(Batch.dataset_id == dataset_id)).all()
    assert len(batches) == len(cast.contributions)
    assert {batch.phase for batch in batches} == {"Settled"}


def test_nothing_is_done_twice(survived: tuple[Application, Cast, str, Killer]) -> None:
    application = survived[0]
    with application.database.read() as session:
        for name in ("Submitted", "Settled"):
            subjects = session.scalars(select(Event.subject).where(Event.name == name)).all()
            assert len(subjects) == len(set(subjects))


def test_the_money_adds_up(survived: tuple[Application, Cast, str, Killer]) -> None:
    application, _, dataset_id, _ = survived
    with application.database.read() as session:
        accounts = session.scalars(select(Account)).all()
        dataset = session.get_one(Dataset, dataset_id)
    for account in accounts:
        free, stake, locked, *_ = application.contract.call("accountOf", account.address)
        assert (account.free, account.stake, account.locked) == (free, stake, locked)
        assert locked == 0
    assert dataset.bounty == application.contract.call("bountyOf", bytes.fromhex(dataset_id[2:]))
    held = sum(account.free + account.stake for account in accounts) + dataset.bounty
    assert held * 10**9 == application.contract.web3.eth.get_balance(application.contract.address)


def test_reindex_yields_identical_tables(survived: tuple[Application, Cast, str, Killer], tmp_path: Path) -> None:
    application = survived[0]
    before = _rows(application)
    Indexer(application).reindex()
    assert _rows(application) == before
    assert before["item"] and before["seat"] and before["finding"]


def _rows(application: Application) -> dict[str, list[tuple[object, ...]]]:
    with application.database.read() as session:
        return {
            table.__tablename__: [
                tuple(row) for row in session.execute(select(*table.__table__.c).order_by(*table.__table__.primary_key))
            ]
            for table in (*PROJECTED, Event)
        }
