"""A snapshot of the embedded chain is of one moment, however much is mined while it is taken."""

from __future__ import annotations

import itertools
import json
import secrets
import threading
import time

import httpx
import pytest
from eth_account import Account

from sebrus.chain.dumps import is_of_one_moment
from sebrus.chain.embedded import EmbeddedChain, call
from sebrus.chain.errors import ChainError

from ..actors.ports import ports_in_a_row

SAVES = 12


@pytest.fixture
def chain(tmp_path, anvil):
    made = EmbeddedChain(tmp_path, ports_in_a_row(1))
    made.start()
    yield made
    made.kill()


@pytest.fixture
def sender(chain):
    """Somebody with ether."""
    account = Account.from_key(secrets.token_bytes(32))
    chain.set_balance(account.address, 10**24)
    return account


def save_at_last(chain):
    """Save as the supervisor does, which tries again in a moment where each dump of one try was torn."""
    deadline = time.monotonic() + 300
    while True:
        try:
            chain.save()
            return
        except ChainError as torn:
            assert "the last snapshot stays" in str(torn) and time.monotonic() < deadline


def transfer(chain, http, account, nonce, data=b""):
    fields = {"to": "0x" + "11" * 20, "value": 1, "gas": 1_000_000, "gasPrice": 10**11, "nonce": nonce, "data": data}
    signed = account.sign_transaction(fields | {"chainId": 31337}).raw_transaction
    call(http, chain.url, "eth_sendRawTransaction", "0x" + signed.hex().removeprefix("0x"))


@pytest.mark.chain
def test_a_snapshot_under_load_has_an_event_for_every_effect(chain, sender):
    """Without the check every tenth was torn on a busy machine."""
    over = threading.Event()

    def load():
        with httpx.Client(timeout=30) as http:
            for nonce in itertools.takewhile(lambda _: not over.is_set(), itertools.count()):
                transfer(chain, http, sender, nonce, b"\1" * 20_000)

    sending = threading.Thread(target=load)
    sending.start()
    try:
        for _ in range(SAVES):
            before = int(chain.rpc("eth_getTransactionCount", sender.address, "latest"), 16)
            save_at_last(chain)
            state = json.loads(chain.state_path.read_bytes())
            sent = {key.lower(): account["nonce"] for key, account in state["accounts"].items()}[sender.address.lower()]
            assert sent == sum(len(block["transactions"]) for block in state["blocks"]) >= before
    finally:
        over.set()
        sending.join()


@pytest.mark.chain
def test_a_chain_that_took_blocks_back_and_started_again_is_saved_as_any(chain, sender):
    with httpx.Client(timeout=30) as http:
        for nonce in range(6):
            transfer(chain, http, sender, nonce)
            chain.mine(1)
    chain.rpc("anvil_reorg", 3, [])
    chain.save()
    assert is_of_one_moment(chain.state_path.read_bytes())
    chain.kill()
    chain.start()
    chain.save()
    assert is_of_one_moment(chain.state_path.read_bytes())


@pytest.mark.chain
def test_a_chain_with_a_nonce_set_by_hand_is_saved_where_it_stands_still(chain, sender):
    chain.rpc("evm_setIntervalMining", 0)
    chain.rpc("anvil_setNonce", sender.address, "0x7")
    chain.mine(1)
    chain.save()
    assert not is_of_one_moment(chain.state_path.read_bytes())


@pytest.mark.chain
def test_a_chain_that_is_torn_each_time_keeps_its_last_snapshot(chain, sender, monkeypatch):
    chain.save()
    before = chain.state_path.read_bytes()
    asked, over = chain.rpc, itertools.count()

    def mining(method, *params):
        answer = asked(method, *params)
        if method == "anvil_dumpState":
            asked("anvil_setNonce", sender.address, hex(next(over) + 7))
            asked("anvil_mine", "0x1")
        return answer

    asked("anvil_setNonce", sender.address, "0x6")
    asked("anvil_mine", "0x1")
    monkeypatch.setattr(chain, "rpc", mining)
    with pytest.raises(ChainError, match="the last snapshot stays"):
        chain.save()
    assert chain.state_path.read_bytes() == before


def dump(accounts, blocks, transactions):
    states = {f"0x{number}": {"nonce": nonce, "code": code} for number, (nonce, code) in enumerate(accounts)}
    return json.dumps(
        {
            "accounts": states,
            "blocks": [{"transactions": [{}] * count} for count in blocks],
            "transactions": [{}] * transactions,
        }
    ).encode()


@pytest.mark.parametrize(
    ("accounts", "blocks", "transactions", "whole"),
    [
        ([], [0], 0, True),
        ([(2, "0x"), (1, None)], [0, 2, 1], 3, True),
        ([(3, "0x"), (9, "0x6000")], [3], 3, True),
        ([(3, "0xef0100" + "22" * 20)], [3], 3, True),
        ([(4, "0x")], [3], 3, False),
        ([(3, "0x")], [2], 3, False),
        ([(3, "0x")], [3], 2, False),
    ],
)
def test_nonces_and_transactions_add_up(accounts, blocks, transactions, whole):
    assert is_of_one_moment(dump(accounts, blocks, transactions)) is whole
