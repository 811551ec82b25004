"""The contract is deployed once per home and found again; a record for another chain is refused."""

from __future__ import annotations

import json
import secrets

import pytest
from eth_account import Account

from sebrus import protocol as p
from sebrus.chain import calls
from sebrus.chain.contract import Contract
from sebrus.chain.deployment import ensure_deployed, load_deployment, wait_for_deployment
from sebrus.chain.embedded import free_port
from sebrus.chain.errors import ChainError, ContractRefused
from sebrus.chain.rpc import wait_for_chain

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
