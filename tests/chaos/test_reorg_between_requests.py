"""The chain takes blocks back between any two requests: no event is kept of a branch that is gone, none is missed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from benchmarks.chaos_checks import check_events

from sebrus.chain.errors import ChainError
from sebrus.platform.indexer import Indexer
from sebrus.platform.relay import relay_movements
from sebrus.platform.submissions import relay_submissions

pytestmark = pytest.mark.chain

MOST_REQUESTS = 12


def test_the_tables_are_of_one_chain_wherever_it_forks(own_stage, wire):
    stage, indexer = own_stage, Indexer(wire.application)
    strangers = [stage.owner.address, *stage.reviewers]

    def deposit(to: str, gwei: int) -> None:
        stage.application.contract.send(stage.owner, "deposit", to, value=gwei * 10**9)

    for number in range(1, MOST_REQUESTS + 1):
        before = stage.rpc("evm_snapshot")
        deposit(strangers[0], 1000 + number)
        indexer.catch_up()
        deposit(strangers[1], 2000 + number)

        def fork(before: str = before, number: int = number) -> None:
            stage.rpc("evm_revert", before)
            deposit(strangers[2], 3000 + number)
            deposit(strangers[0], 4000 + number)
            stage.rpc("anvil_mine", "0x3")

        wire.at(number, fork)
        indexer.step()
        if not wire.acted:
            break
        indexer.catch_up()
        assert check_events(stage.application) == []
        stage.check_money()
    assert number > 5, "a step asks the chain several times"


def test_blocks_taken_back_below_the_confirmations_leave_no_trace(own_stage, wire):
    stage = own_stage
    settings = stage.application.settings.model_copy(update={"confirmations": 2})
    careful = Indexer(replace(wire.application, settings=settings))
    contract, strangers = stage.application.contract, list(stage.reviewers)
    before = stage.rpc("evm_snapshot")
    for number in range(4):
        contract.send(stage.owner, "deposit", strangers[number], value=10**9)
    stage.rpc("anvil_mine", "0x4")
    careful.catch_up()
    assert len(check_events(stage.application)) == 0

    stage.rpc("evm_revert", before)  # the chain is shorter now than what was read
    contract.send(stage.owner, "deposit", strangers[5], value=2 * 10**9)
    careful.catch_up()
    stage.rpc("anvil_mine", "0xc")
    careful.catch_up()
    assert check_events(stage.application) == []
    stage.check_money()


def test_a_movement_is_not_refused_for_a_nonce_that_was_taken_back(own_stage, wire, enrol):
    stage = own_stage
    for number in range(1, 6):
        reviewer = enrol(stage)
        before = stage.rpc("evm_snapshot")
        reviewer.move("stake", 20_000_000)
        stage.step()
        reviewer.move("withdraw", 1_000_000 + number)
        wire.at(number, lambda before=before: stage.rpc("evm_revert", before))
        with suppress(ChainError):  # it was sent and had no effect: the worker says so and tries again
            relay_movements(wire.application, wire.application.contract.head())
        assert wire.acted
        stage.rest()
        assert reviewer.money()["stake"] == 20_000_000
        assert reviewer.money()["nonce"] == 2
        stage.check_money()


def test_a_batch_waits_for_a_dataset_that_was_taken_back(own_stage, wire, enrol, digits):
    stage = own_stage
    contributor = enrol(stage)
    before = stage.rpc("evm_snapshot")
    dataset = stage.open_dataset()
    batch_id = contributor.submit(dataset.id, digits(4)).batch_id
    stage.rpc("evm_revert", before)
    relay_submissions(wire.application, wire.application.contract.head())
    assert stage.batch(batch_id)["phase"] == "Queued"
    assert "no such dataset" in stage.batch(batch_id)["waiting"]
    stage.index()
    stage.send(stage.owner, "createDataset", dataset.params.as_abi(), gwei=10**10)
    stage.rest()
    assert stage.batch(batch_id)["phase"] not in ("Queued", "Refused")
