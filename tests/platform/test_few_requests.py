"""A node is asked little while nothing happens: hosted ones count every request and refuse when there are many."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import select, update
from web3.middleware import Web3Middleware

from sebrus.platform.indexer import Indexer
from sebrus.platform.leases import leases_of, sender_lease
from sebrus.platform.worker import prepare_arrival, take_turn
from sebrus.store.models import SignedMovement, Submission
from sebrus.store.projected import Batch

pytestmark = pytest.mark.chain

LEFT = "Another test left it behind."


@pytest.fixture(autouse=True)
def alone(stage: Any) -> None:
    """Nothing that another test left in the outbox is tried in each turn."""
    on_chain = select(Batch.id).where(Batch.id == Submission.batch_id).exists()
    with stage.application.database.write() as session:
        session.execute(update(Submission).where(Submission.refusal.is_(None), ~on_chain).values(refusal=LEFT))
        waits = SignedMovement.refusal.is_(None), SignedMovement.transaction_hash.is_(None)
        session.execute(update(SignedMovement).where(*waits).values(refusal=LEFT))


@pytest.fixture
def asked(stage: Any) -> Iterator[Counter[str]]:
    """How often the platform asked the node which question since this was cleared."""
    counted: Counter[str] = Counter()

    class Counting(Web3Middleware):  # type: ignore[misc]
        def request_processor(self, method: Any, params: Any) -> Any:
            counted[str(method)] += 1
            return method, params

    layers = stage.application.contract.web3.middleware_onion
    layers.add(Counting, "counting")
    yield counted
    layers.remove("counting")


@pytest.fixture
def turn(stage: Any) -> Callable[[], bool]:
    """turn() -> whether a whole turn of the worker sent anything."""

    def take() -> bool:
        with closing(leases_of(stage.application)) as leases, leases.held(sender_lease(stage.application)) as lease:
            assert lease is not None
            return take_turn(stage.application, lease, threading.Event())

    return take


def test_a_turn_of_the_worker_with_nothing_to_do_is_one_request(stage, asked, turn):
    stage.rest()
    asked.clear()
    assert not turn()
    assert asked == {"eth_getBlockByNumber": 1}


def test_a_look_of_the_detector_with_nothing_to_do_is_one_request(stage, asked):
    stage.rest()
    asked.clear()
    assert not prepare_arrival(stage.application)
    assert asked == {"eth_getBlockByNumber": 1}


def test_a_look_of_the_indexer_at_a_chain_that_stands_still_is_one_request(stage, asked):
    stage.index()
    asked.clear()
    assert not Indexer(stage.application).step()
    assert asked == {"eth_getBlockByNumber": 1}


def test_a_new_block_costs_the_indexer_five_requests(stage, asked):
    """The newest block, the tip before and after, the block of the cursor, and the events."""
    stage.index()
    stage.rpc("anvil_mine", "0x1")
    asked.clear()
    Indexer(stage.application).step()
    assert asked == {"eth_getBlockByNumber": 4, "eth_getLogs": 1}


def test_what_waits_for_people_costs_no_request_more(stage, asked, turn, honest_contributor, digits):
    """A batch that votes is looked at in every turn, in our tables."""
    batch = honest_contributor.submit(stage.open_dataset().id, digits(3)).batch_id
    stage.drawn(batch)
    asked.clear()
    assert not turn()
    assert sum(asked.values()) <= 2
