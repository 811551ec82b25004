"""The chain takes back what the worker is at: a batch under screening, a transaction that was sent."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import select

import sebrus.platform.worker
from sebrus.chain.errors import ChainError
from sebrus.platform.worker import prepare_arrival
from sebrus.store.models import SecretScreening, SetAside

from ..actors.workers import work

pytestmark = pytest.mark.chain


def test_a_batch_taken_back_during_its_screening_is_not_set_aside(own_stage, enrol, digits, monkeypatch):
    stage, screen = own_stage, sebrus.platform.worker.screen_batch
    dataset, contributor = stage.open_dataset(), enrol(stage)
    before = stage.rpc("evm_snapshot")
    batch_id = contributor.submit(dataset.id, digits(4)).batch_id
    stage.do(sebrus.platform.worker.relay_submissions)
    stage.index()

    def screen_too_late(application, about):
        stage.rpc("evm_revert", before)
        stage.index()
        return screen(application, about)

    with monkeypatch.context() as patch:
        patch.setattr(sebrus.platform.worker, "screen_batch", screen_too_late)
        prepare_arrival(stage.application)
    assert stage.rows(select(SetAside)) == []
    assert stage.drawn(batch_id)
    assert stage.row(SecretScreening, batch_id) is not None


@pytest.mark.filterwarnings("default")
def test_the_detector_goes_on_after_a_fault_of_its_own(own_stage, enrol, digits, monkeypatch):
    stage, look, faults = own_stage, sebrus.platform.worker.prepare_arrival, []

    def faulty(application):
        if not faults:
            faults.append(1)
            raise RuntimeError("a fault that nobody foresaw")
        return look(application)

    monkeypatch.setattr(sebrus.platform.worker, "prepare_arrival", faulty)
    batch_id = enrol(stage).submit(stage.open_dataset().id, digits(4)).batch_id
    stop = threading.Event()
    worker = threading.Thread(target=work, args=(stage.application, stop))
    worker.start()
    try:
        deadline = time.monotonic() + 300
        while stage.row(SecretScreening, batch_id) is None:
            assert time.monotonic() < deadline
            stage.index()
            time.sleep(0.1)
    finally:
        stop.set()
        worker.join()
    assert faults


def test_a_transaction_that_the_chain_forgot_is_not_waited_for(own_stage, wire, enrol, digits):
    stage = own_stage
    stage.rpc("evm_setAutomine", False)
    failures: list[ChainError] = []

    def send() -> None:
        try:
            wire.contract.send(stage.owner, "deposit", stage.owner.address, value=10**9)
        except ChainError as error:
            failures.append(error)

    sender = threading.Thread(target=send)
    sender.start()
    deadline = time.monotonic() + 60
    while not int(stage.rpc("txpool_status")["pending"], 16):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    stage.rpc("anvil_dropAllTransactions")
    sender.join(120)
    assert not sender.is_alive()
    assert "forgot" in str(failures[0])
    stage.rpc("evm_setAutomine", True)
    wire.contract.send(stage.owner, "deposit", stage.owner.address, value=10**9)
