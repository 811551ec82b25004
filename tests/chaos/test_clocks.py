"""Windows open and close by the chain's clock; the machine's may be wrong by hours."""

from __future__ import annotations

import os
import signal
import time
from types import SimpleNamespace

import pytest

import sebrus.platform.clock
import sebrus.platform.signatures
from sebrus.chain.contract import Contract
from sebrus.client import ServerRefused
from sebrus.platform.clock import AWAY_SECONDS, ChainClock
from sebrus.platform.submissions import LONGEST_WAIT_SECONDS, relay_submissions
from sebrus.protocol.signature import Stake
from sebrus.store.models import Submission

from ..actors.processes import wait_until

pytestmark = pytest.mark.chain

DAY = 24 * 3600.0


def accept(seat):
    return [True] * seat["positions"]


def test_a_chain_ahead_of_the_machine_opens_and_closes_every_window(stage, honest_contributor, digits):
    # Of an hour, that the machine's clock does not come near while this runs.
    dataset = stage.open_dataset(commit_window=3600, reveal_window=3600)
    ahead = stage.now() - time.time()
    batch_id = honest_contributor.submit(dataset.id, digits(4)).batch_id
    seats = stage.drawn(batch_id)
    stage.commit(seats[:2], accept)
    assert {seat["state"] for seat in stage.seats(batch_id)} == {"committed", "commit"}
    stage.wait(dataset.policy.commit_window)
    assert stage.now() - time.time() > ahead + 1800, "the machine's clock did not move so far"
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
    started, told = time.monotonic(), clock.now()
    assert told == own_stage.now()
    link.sever()
    assert told <= clock.now() <= told + time.monotonic() - started
    time.sleep(1.1)
    assert clock.now() > told
    link.mend()
    own_stage.wait(100)
    time.sleep(AWAY_SECONDS)
    assert clock.now() == own_stage.now()


def test_a_chain_that_hangs_is_not_asked_by_everyone(own_stage, wire, link, monkeypatch):
    monkeypatch.setattr(sebrus.platform.clock, "AWAY_SECONDS", DAY)
    contract = Contract(link.url, own_stage.application.contract.address, patience=0.5)
    clock = ChainClock(contract)
    own_stage.chain._process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, own_stage.chain._process.pid, os.WSTOPPED)
    try:
        for _ in range(100):
            clock.now()
        # The link may hear of it after the clock gave up.
        wait_until(lambda: wire.requests > 0, 60, lambda: "nobody asked")
        assert wire.requests == 1
    finally:
        own_stage.chain._process.send_signal(signal.SIGCONT)
        contract.close()


@pytest.fixture
def machine(monkeypatch):
    """machine.turn(seconds): the machine's clock jumps."""
    turned = SimpleNamespace(seconds=0.0)
    tell = time.time
    monkeypatch.setattr(time, "time", lambda: tell() + turned.seconds)
    monkeypatch.setattr(sebrus.platform.signatures, "time", time)
    turned.turn = lambda seconds: setattr(turned, "seconds", seconds)
    return turned


@pytest.mark.parametrize("jump", [-DAY, -30 * DAY, DAY, 30 * DAY])
def test_a_jump_of_the_machines_clock_refuses_nothing_that_is_signed(stage, machine, enrol, digits, jump):
    dataset, contributor = stage.open_dataset(), enrol(stage)
    machine.turn(jump)
    batch_id = contributor.submit(dataset.id, digits(3)).batch_id
    contributor.move("stake", 10_000_000)
    stage.step()
    assert stage.batch(batch_id)["phase"] == "Drawing"
    assert contributor.money()["stake"] == 10_000_000


def test_what_the_chain_calls_expired_is_refused_whatever_the_machine_says(stage, machine, honest_contributor):
    nonce, past = honest_contributor.money()["nonce"], stage.now() - 1
    body = {"kind": "stake", "account": honest_contributor.address, "amount": 10_000_000, "nonce": nonce}
    signed = honest_contributor.sign(Stake(honest_contributor.address, 10_000_000, nonce, past))
    machine.turn(30 * DAY)
    with pytest.raises(ServerRefused) as refused:
        stage.client.post("/v1/movements", body | {"deadline": past, "signature": signed})
    assert refused.value.code == "signature_expired"


@pytest.mark.parametrize("jump", [-DAY, DAY])
def test_a_jump_of_the_machines_clock_changes_no_wait_for_a_screening(stage, machine, honest_contributor, digits, jump):
    """Ahead, the batch would be sent unscreened; behind, it would wait for a detector that never comes."""
    window = stage.open_dataset(screening_window=400)
    batch_id = honest_contributor.submit(window.id, digits(3)).batch_id
    assert stage.do(relay_submissions) == []
    assert stage.row(Submission, batch_id).ready == stage.now()
    machine.turn(jump)
    assert stage.do(relay_submissions) == [], "the detector still has time"
    stage.wait(LONGEST_WAIT_SECONDS + 1)
    assert len(stage.do(relay_submissions)) == 1, "and now has none"


def test_a_jump_back_leaves_no_expired_batch_waiting(stage, machine, enrol, digits):
    dataset, poor = stage.open_dataset(), enrol(stage, deposit=0)
    batch_id = poor.submit(dataset.id, digits(2)).batch_id
    stage.step()
    assert stage.batch(batch_id)["waiting"] is not None
    machine.turn(-DAY)
    stage.wait(3601)
    stage.step()
    assert stage.batch(batch_id)["refusal"] == "The signed deadline has passed; sign again."
