"""The projected tables are a function of the chain and the image store: made anew, they are the same."""

from __future__ import annotations

import secrets
import threading
import time

import httpx
import pytest
from sqlalchemy import inspect, select

import sebrus.platform.indexer
from sebrus.chain.embedded import call
from sebrus.client import Contributor
from sebrus.platform.indexer import Indexer
from sebrus.store.projected import PROJECTED, Event

pytestmark = pytest.mark.chain


def everything(stage):
    """Every row of every projected table and of the events."""
    return {
        table.__tablename__: sorted(
            repr([getattr(row, column.key) for column in inspect(table).columns]) for row in stage.rows(select(table))
        )
        for table in (*PROJECTED, Event)
    }


@pytest.fixture
def busy(stage, enrol, digits, honest_reviewer, lazy_reviewer):
    """Batches settled, voided, voting and waiting, and a movement of each kind."""
    dataset = stage.open_dataset(seed=[(data, label) for _, data, label in digits(10, 200)])
    wrong = [(name, data, (label + 1) % 10) for name, data, label in digits(4, 20)]
    settled = enrol(stage)
    stage.decide(settled.submit(dataset.id, [*digits(6), *wrong]).batch_id, honest_reviewer)
    settled.move("withdraw", 7)
    voided = stage.open_dataset(panel_size=11, panel_size_unscreened=11, quorum=11)
    enrol(stage).submit(voided.id, digits(4))
    stage.rest()
    seats = stage.drawn(enrol(stage).submit(dataset.id, digits(4, 60)).batch_id)
    stage.commit(seats[:2], lazy_reviewer)
    Contributor(stage.client, secrets.token_bytes(32)).submit(dataset.id, digits(3, 80))
    enrol(stage).submit(stage.open_dataset(detector="0x" + "00" * 19 + "01").id, digits(3))
    stage.step()
    stage.send(stage.owner, "closeDataset", bytes.fromhex(voided.id[2:]))
    return stage


def test_reindexing_gives_the_same_tables(busy):
    before = everything(busy)
    assert all(before[name] for name in ("account", "dataset", "batch", "item", "seat", "finding", "event"))
    told = []
    Indexer(busy.application).reindex(lambda read, newest: told.append((read, newest)))
    assert everything(busy) == before
    assert told and told[-1][0] == told[-1][1]
    in_small_steps = Indexer(busy.application)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sebrus.platform.indexer, "LARGEST_WINDOW", 7)
        in_small_steps._window = 7
        in_small_steps.reindex()
    assert everything(busy) == before
    busy.check_money()


def test_what_waits_in_the_outbox_is_still_there(stage, enrol, digits):
    dataset = stage.open_dataset()
    handed = enrol(stage, deposit=0).submit(dataset.id, digits(3))
    Indexer(stage.application).reindex()
    assert stage.batch(handed.batch_id)["phase"] == "Queued"


def test_two_indexers_at_once_do_no_harm(stage, enrol, digits):
    """The slower one's step is void: what it read is not applied twice."""
    stop = threading.Event()
    failures = []

    def run():
        try:
            Indexer(stage.application).run(stop)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        with httpx.Client() as http:
            for _ in range(25):
                call(http, stage.chain.url, "anvil_mine", "0x1")
        for number in range(5):
            stage.application.contract.send(stage.owner, "deposit", stage.owner.address, value=(number + 1) * 10**9)
    finally:
        time.sleep(0.3)
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    stage.index()
    stage.check_money()
