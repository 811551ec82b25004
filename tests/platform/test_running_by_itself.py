"""Indexer and worker run as they do in production, in threads of their own, on a chain that mines by itself."""

from __future__ import annotations

import threading
import time

import httpx
import pytest

from sebrus.chain.embedded import call
from sebrus.platform.indexer import Indexer

from ..actors.workers import work

pytestmark = pytest.mark.chain


def test_a_batch_is_decided_without_anybody_stepping(own_stage, enrol, digits):
    stage = own_stage
    # However slow the machine is, no window closes before everybody has acted: these seconds pass by themselves.
    windows = dict.fromkeys(("screening_window", "commit_window", "reveal_window"), 3600)
    dataset = stage.open_dataset(hold_window=1, **windows)
    handed = enrol(stage).submit(dataset.id, digits(6))
    stop = threading.Event()

    def mine() -> None:
        with httpx.Client() as http:
            while not stop.wait(0.3):
                call(http, stage.chain.url, "evm_mine")

    threads = [
        threading.Thread(target=mine),
        threading.Thread(target=Indexer(stage.application).run, args=(stop,)),
        threading.Thread(target=work, args=(stage.application, stop)),
    ]
    for thread in threads:
        thread.start()
    # A seat is asked to act until the chain shows that it did, and by then the round may be over: each acts once, and
    # anew where a draw came too late for its block and another panel sits.
    acted = set()
    try:
        deadline = time.monotonic() + 300
        while stage.batch(handed.batch_id)["phase"] != "Settled":
            assert time.monotonic() < deadline, stage.batch(handed.batch_id)
            for seat in stage.seats(handed.batch_id):
                act = (seat["round"], *seat["panel"], seat["seat"], seat["state"])
                if act in acted or seat["state"] not in ("commit", "reveal"):
                    continue
                acted.add(act)
                getattr(stage.reviewer_of(seat), seat["state"])(seat, [True] * seat["positions"])
            time.sleep(0.1)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    stage.index()
    stage.check_money()
