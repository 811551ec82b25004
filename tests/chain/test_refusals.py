"""Every error of the contract is a sentence, and every event is decoded and documented."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from sebrus.chain.artifact import artifact
from sebrus.chain.contract import Contract
from sebrus.chain.deployment import ensure_deployed
from sebrus.chain.errors import SENTENCES, ContractRefused, decode_refusal, sentence
from sebrus.platform.projection import HANDLERS

ROOT = Path(__file__).parents[2]
ERRORS = {entry["name"]: entry for entry in artifact()["abi"] if entry["type"] == "error"}
EVENTS = {entry["name"] for entry in artifact()["abi"] if entry["type"] == "event"}
# Errors of the libraries, which the contract's own documentation leaves to theirs.
LIBRARY = {"InvalidShortString", "StringTooLong"}


def test_every_error_of_the_contract_has_a_sentence():
    assert set(ERRORS) == set(SENTENCES)


def test_every_sentence_ends_and_names_only_arguments_that_exist():
    for name, text in SENTENCES.items():
        assert text[0].isupper() or text.startswith("{"), name
        assert text.endswith("."), name
        used = {int(field) for _, field, *_ in string.Formatter().parse(text) if field is not None}
        available = len(ERRORS[name]["inputs"]) if name in ERRORS else 0
        assert all(number < available for number in used), name


def test_what_the_node_answers_becomes_the_sentence():
    data = "0x" + "cf479181" + f"{1:064x}" + f"{5:064x}"  # InsufficientBalance(uint256,uint256) of another contract
    assert decode_refusal(data).name in ("Reverted", "InsufficientBalance")
    for data in (None, "", "0x", "0x1234", "execution reverted"):
        refused = decode_refusal(data)
        assert refused.name == "Reverted"
        assert str(refused) == "The contract refused: Reverted."
    assert str(ContractRefused("NeverHeard", (1,))) == "The contract refused: NeverHeard(1,)."
    assert sentence("InvalidPolicy", (b"panelSize".ljust(32, b"\0"),)) == "The policy's panelSize is outside its range."


@pytest.mark.chain
def test_the_contract_itself_is_heard(node, deployer, tmp_path):
    """A transaction that would revert is not sent."""
    deployment = ensure_deployed(node.url, tmp_path / "deployment.json", deployer)
    contract = Contract(node.url, deployment.address)
    block = node.rpc("eth_blockNumber")
    try:
        with pytest.raises(ContractRefused) as caught:
            contract.send(deployer, "withdraw", deployer.address, 5, 0, b"")
    finally:
        contract.close()
    assert caught.value.name == "InsufficientBalance"
    assert str(caught.value) == "The account has 0 gwei free and needs 5; deposit the difference."
    assert node.rpc("eth_blockNumber") == block


def test_every_event_changes_a_table_or_is_known_not_to():
    silent = {"SubmissionsPausedSet"}
    assert EVENTS - set(HANDLERS) - silent == {e for e in EVENTS if e.startswith("EIP712")}
    assert set(HANDLERS) <= EVENTS


def test_every_event_and_error_is_documented():
    path = ROOT / "docs" / "contracts.md"
    if not path.exists():
        pytest.skip("docs/contracts.md is not here yet")
    text = path.read_text()
    missing = {name for name in (EVENTS | set(ERRORS)) - LIBRARY if not re.search(rf"\b{name}\b", text)}
    assert {name for name in missing if not name.startswith("EIP712")} == set()
