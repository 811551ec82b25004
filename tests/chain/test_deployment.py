"""The contract is deployed once per home and found again; a record for another chain is refused."""

from __future__ import annotations

import json
import secrets

import pytest
from eth_account import Account

from sebrus import protocol as p
from sebrus.chain import calls
from sebrus.chain.contract import Contract
from sebrus.chain.creation import price
from sebrus.chain.deployment import ensure_deployed, load_deployment, wait_for_deployment
from sebrus.chain.embedded import free_port
from sebrus.chain.errors import ChainError, ContractRefused
from sebrus.chain.rpc import connected, wait_for_chain

pytestmark = pytest.mark.chain


def test_deployed_once_and_found_again(node, deployer, tmp_path):
    path = tmp_path / "deployment.json"
    first = ensure_deployed(node.url, path, deployer)
    assert ensure_deployed(node.url, path, deployer) == first
    assert wait_for_deployment(node.url, path, 0) == first == load_deployment(path)
    assert (first.min_stake, first.epoch_length) == (10_000_000, 256)
    assert int(node.rpc("eth_getTransactionCount", deployer.address, "latest"), 16) == 2, "one for each half"


def test_the_second_half_is_found_through_the_first(node, deployer, tmp_path):
    deployment = ensure_deployed(node.url, tmp_path / "deployment.json", deployer)
    contract = Contract(node.url, deployment.address)
    try:
        second = contract.call("judgement")
        assert len(node.rpc("eth_getCode", second, "latest")) // 2 > 10_000
        with pytest.raises(ContractRefused) as caught:
            nothing = p.BatchKey(b"\1" * 32, deployer.address, b"\2" * 32, 1)
            record = p.BatchRecord.submitted(1, 1)
            contract.perform(deployer, calls.finalize(nothing, record, None, []))
        assert caught.value.name == "WrongPhase", "a function of the second half, with an error of its own"
    finally:
        contract.close()


def test_a_record_for_another_chain_is_refused(node, deployer, tmp_path):
    path = tmp_path / "deployment.json"
    ensure_deployed(node.url, path, deployer)
    record = json.loads(path.read_text()) | {"chain_id": 1}
    path.write_text(json.dumps(record))
    for act in (
        lambda: ensure_deployed(node.url, path, deployer),
        lambda: wait_for_deployment(node.url, path, 0),
    ):
        with pytest.raises(ChainError, match="is for chain 1, but the node is on chain 31337; use another SEBRUS_HOME"):
            act()


def test_a_record_without_its_contract_is_deployed_anew(node, deployer, tmp_path):
    path = tmp_path / "deployment.json"
    gone = ensure_deployed(node.url, path, deployer)
    record = json.loads(path.read_text()) | {"address": "0x" + "33" * 20}
    path.write_text(json.dumps(record))
    with pytest.raises(ChainError, match="run `sebrus deploy` once"):
        wait_for_deployment(node.url, path, 0)
    assert ensure_deployed(node.url, path, deployer).address != gone.address


@pytest.mark.parametrize("text", ["", "{", "[]", '{"chain_id": 1}', '"x"'])
def test_a_broken_record_is_named(tmp_path, text):
    path = tmp_path / "deployment.json"
    path.write_text(text)
    with pytest.raises(ChainError, match=r"deployment\.json is not a deployment record"):
        load_deployment(path)


def test_a_deployer_without_ether_is_told(node, tmp_path):
    poor = Account.from_key(secrets.token_bytes(32))
    with pytest.raises(ChainError, match=f"The operator {poor.address} has no ether on chain 31337; send it some"):
        ensure_deployed(node.url, tmp_path / "deployment.json", poor)
    assert not (tmp_path / "deployment.json").exists()


def test_a_node_that_is_not_there_is_a_sentence_without_its_secret():
    with pytest.raises(ChainError) as caught:
        wait_for_chain(f"http://127.0.0.1:{free_port()}/v3/my-secret-key", 0.1)
    assert str(caught.value) == "The chain does not answer (no connection); check that its node runs."


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("after", range(1, 5))
def test_killed_in_the_midst_it_goes_on_without_paying_twice(node, deployer, tmp_path, after):
    path = tmp_path / "deployment.json"
    steps = []

    def tell(step):
        steps.append(step)
        if len(steps) == after:
            raise Killed

    with pytest.raises(Killed):
        ensure_deployed(node.url, path, deployer, tell)
    assert not path.exists()
    found = ensure_deployed(node.url, path, deployer)
    assert int(node.rpc("eth_getTransactionCount", deployer.address, "latest"), 16) == 2, "one for each half"
    assert load_deployment(path) == found
    assert [entry.name for entry in tmp_path.iterdir()] == ["deployment.json"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"chain_id": 31337}', '{"chain_id": 1, "transactions": {"Sebrus": "0x12"}}']
)
def test_notes_of_something_else_do_not_count(node, deployer, tmp_path, text):
    (tmp_path / "deployment.pending").write_text(text)
    ensure_deployed(node.url, tmp_path / "deployment.json", deployer)
    assert int(node.rpc("eth_getTransactionCount", deployer.address, "latest"), 16) == 2


def test_a_transaction_the_chain_forgot_is_sent_again(node, deployer, tmp_path):
    note = {"chain_id": 31337, "deployer": deployer.address, "transactions": {"Judgement": "0x" + "77" * 32}}
    (tmp_path / "deployment.pending").write_text(json.dumps(note))
    ensure_deployed(node.url, tmp_path / "deployment.json", deployer)
    assert int(node.rpc("eth_getTransactionCount", deployer.address, "latest"), 16) == 2


def test_what_it_costs_is_told_near_enough(node, deployer, tmp_path):
    steps = []
    with connected(node.url) as web3:
        told = price(web3, deployer.address)
    ensure_deployed(node.url, tmp_path / "deployment.json", deployer, steps.append)
    paid = sum(int(step.split(" for ")[1].split()[0]) for step in steps if " gas" in step)
    assert len(steps) == 4 and paid <= told.gas <= paid * 1.2
    assert told.balance == 100 * 10**18 and told.chain_id == 31337


def test_too_little_ether_is_told_before_anything_is_sent(node, deployer, tmp_path):
    node.set_balance(deployer.address, 10**12)
    with pytest.raises(ChainError, match=r"has 1e-06 ether on chain 31337; send it some .* costs about 0\.0"):
        ensure_deployed(node.url, tmp_path / "deployment.json", deployer)
    assert list(tmp_path.iterdir()) == []
