"""Windows open and close by the chain's clock; the machine's may be wrong by hours."""

from __future__ import annotations

import signal
import time

import pytest

from sebrus.chain.contract import Contract
from sebrus.client import ServerRefused
from sebrus.platform.clock import AWAY_SECONDS, ChainClock

pytestmark = pytest.mark.chain


def accept(seat):
    return [True] * seat["positions"]


def test_a_chain_ahead_of_the_machine_opens_and_closes_every_window(stage, honest_contributor, digits):
    dataset = stage.open_dataset()
    batch_id = honest_contributor.submit(dataset.id, digits(4)).batch_id
    seats = stage.drawn(batch_id)
    stage.commit(seats[:2], accept)
    assert {seat["state"] for seat in stage.seats(batch_id)} == {"committed", "commit"}
    stage.wait(dataset.policy.commit_window)
    assert abs(stage.now() - time.time()) > 50, "the machine's clock did not move"
    assert sorted(seat["state"] for seat in stage.seats(batch_id)) == ["missed", "reveal", "reveal"]
    with pytest.raises(ServerRefused, match="commit window"):
        stage.reviewer_of(seats[2]).commit(seats[2], accept(seats[2]))
    stage.reveal(seats[:2], accept)
    stage.wait(dataset.policy.reveal_window)
    with pytest.raises(ServerRefused) as refused:
        stage.reviewer_of(seats[0]).reveal(seats[0], accept(seats[0]))
    assert refused.value.code in ("too_late", "wrong_phase")


def test_time_goes_on_while_the_chain_is_cut_off(own_stage, wire, link):
    clock = ChainClock(wire.contract)
    own_stage.wait(5000)
    told = clock.now()
    assert told == own_stage.now()
    link.sever()
    assert told <= clock.now() <= told + 5
    time.sleep(1.1)
    assert clock.now() > told
    link.mend()
    own_stage.wait(100)
    time.sleep(AWAY_SECONDS)
    assert clock.now() == own_stage.now()


def test_a_chain_that_hangs_is_not_asked_by_everyone(own_stage, wire, link):
    contract = Contract(link.url, own_stage.application.contract.address, patience=0.5)
    clock = ChainClock(contract)
    clock.now()
    own_stage.chain._process.send_signal(signal.SIGSTOP)
    try:
        before = wire.requests
        for _ in range(100):
            clock.now()
        assert wire.requests == before + 1
    finally:
        own_stage.chain._process.send_signal(signal.SIGCONT)
        contract.close()
