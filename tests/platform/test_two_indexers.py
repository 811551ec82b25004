"""Two indexers at once read each block once: whoever loses the race for the cursor goes on from where it is."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from sebrus.platform.application import open_application
from sebrus.platform.indexer import Indexer
from sebrus.store.projected import PROJECTED, Cursor, Event

pytestmark = pytest.mark.chain

DEPOSITS = 60


def tables(stage):
    with stage.application.database.read() as session:
        return {
            kind.__tablename__: session.execute(select(*kind.__table__.c).order_by(*kind.__table__.primary_key)).all()
            for kind in (*PROJECTED, Event, Cursor)
        }


def test_two_indexers_that_read_the_same_blocks(any_stage, enrol, digits, monkeypatch):
    stage = any_stage
    monkeypatch.setattr("sebrus.platform.indexer.LARGEST_WINDOW", 2)
    handed = enrol(stage).submit(stage.open_dataset().id, digits(4)).batch_id
    stage.rest()
    gwei = 10**9
    before = len(stage.rows(select(Event)))
    for number in range(DEPOSITS):
        stage.application.contract.send(stage.owner, "deposit", stage.owner.address, value=(number + 1) * gwei)
    others = [open_application(stage.application.settings) for _ in range(2)]
    failures = []

    def read(application):
        try:
            Indexer(application).catch_up()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=read, args=(other,)) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.close()
    assert failures == []
    assert len(stage.rows(select(Event))) == before + DEPOSITS
    assert stage.batch(handed)["phase"] == "Drawing"
    stage.check_money()
    found = tables(stage)
    Indexer(stage.application).reindex()
    assert tables(stage) == found
