"""The operator's ether is counted in batches, and its end is told before it comes."""

from __future__ import annotations

import logging
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from sebrus.platform.wallet import USUAL_GAS, Wallet, WalletWatch, measured_gas, read_wallet, watched_wallet
from sebrus.store.projected import Event

SOME = st.integers(min_value=0, max_value=10**24)


@given(SOME, st.integers(1, 10**13), st.integers(1, 10**8), st.integers(0, 10**6))
def test_the_batches_are_those_it_can_pay_and_no_more(wei, price, gas, warn):
    wallet = Wallet("0x", wei, price, gas, warn)
    assert wallet.batches * price * gas <= wei < (wallet.batches + 1) * price * gas
    assert wallet.low == (wallet.batches < warn)


def test_a_free_chain_divides_by_nothing():
    assert not Wallet("0x", 1000, 0, 0, 50).low


@pytest.mark.chain
def test_what_batches_cost_is_read_from_their_receipts(own_stage, enrol, digits, lazy_reviewer, caplog):
    stage = own_stage
    operator = stage.application.operator.address
    assert measured_gas(stage.application) == USUAL_GAS, "none has ended yet"
    dataset = stage.open_dataset()
    contributor = enrol(stage)
    batch_id = contributor.submit(dataset.id, digits(4)).batch_id
    stage.decide(batch_id, lazy_reviewer)
    hashes = set(stage.rows(select(Event.transaction_hash).where(Event.subject == batch_id)))
    receipts = [stage.rpc("eth_getTransactionReceipt", name) for name in hashes]
    paid = sum(int(r["gasUsed"], 16) for r in receipts if r["from"].lower() == operator.lower())
    assert measured_gas(stage.application) == paid > 300_000
    wallet = read_wallet(stage.application)
    assert wallet.gas_per_batch == paid and not wallet.low

    stage.chain.set_balance(operator, paid * wallet.gas_price * 7 // 2)
    with caplog.at_level(logging.WARNING):
        watch = WalletWatch(stage.application)
        watch.look()
        watch.look()
    said = [record.message for record in caplog.records if "batches" in record.message]
    assert len(said) == 1 and operator in said[0] and "enough for 3 batches" in said[0] and said[0].endswith("more.")

    stage.chain.set_balance(operator, 10**24)
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        assert watch.wallet() is not None
        WalletWatch(stage.application).look()
    assert not caplog.records


@pytest.mark.chain
def test_the_worker_looks_without_being_asked(own_stage, caplog):
    own_stage.chain.set_balance(own_stage.application.operator.address, 1)
    stop = threading.Event()
    with caplog.at_level(logging.WARNING), watched_wallet(own_stage.application, stop):
        for _ in range(600):
            if caplog.records or stop.wait(0.1):
                break
        stop.set()
    assert "enough for 0 batches" in caplog.text


@pytest.mark.chain
def test_a_chain_that_does_not_answer_is_no_warning(own_stage, caplog):
    own_stage.chain.kill()
    watch = WalletWatch(own_stage.application)
    with caplog.at_level(logging.WARNING):
        watch.look()
    assert watch.wallet() is None and not [r for r in caplog.records if "ether" in r.message]
