"""Two indexers at once do no harm: the slower one's step is void, and what it read is not applied twice."""

from __future__ import annotations

import threading
import time

import httpx
import pytest

from sebrus.chain.embedded import call
from sebrus.platform.indexer import Indexer

pytestmark = pytest.mark.chain


def test_two_indexers_at_once_do_no_harm(theatre):
    stop = threading.Event()
    failures = []

    def run():
        try:
            Indexer(theatre.application).run(stop)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        with httpx.Client() as http:
            for _ in range(25):
                call(http, theatre.chain.url, "anvil_mine", "0x1")
        for number in range(5):
            value = (number + 1) * 10**9
            theatre.application.contract.send(theatre.owner, "deposit", theatre.owner.address, value=value)
    finally:
        time.sleep(0.3)
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    theatre.watch()
