"""The golden vectors say what the code says, and what independent implementations say."""

import json
import runpy
from pathlib import Path

import pytest
from eth_abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from sebrus import protocol as p

VECTORS = Path(__file__).parents[1] / "vectors"
NAMES = ["leaves", "ids", "signatures", "tally", "draw", "settlement"]


def load(name: str) -> dict:
    return json.loads((VECTORS / f"{name}.json").read_text())


def cases(name: str) -> list[dict]:
    data = load(name)
    return [data[f"case{i}"] for i in range(data["cases"])]


def raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


@pytest.fixture(scope="module")
def generator() -> dict:
    return runpy.run_path(str(VECTORS / "generate.py"))


@pytest.mark.parametrize("name", NAMES)
def test_files_hold_what_the_code_computes(generator: dict, name: str) -> None:
    assert (VECTORS / f"{name}.json").read_text() == generator["text_of"](f"{name}.json"), (
        "the vectors are stale: run python -m tests.vectors.generate"
    )


def test_leaves_against_eth_abi_and_a_plain_tree() -> None:
    for case in cases("leaves"):
        shas = [raw(sha) for sha in case["sha256"]]
        labels = [int(label) for label in case["labels"]]
        leaves = [
            keccak(keccak(encode(["uint256", "bytes32", "uint16"], [i, sha, label])))
            for i, (sha, label) in enumerate(zip(shas, labels, strict=True))
        ]
        assert ["0x" + leaf.hex() for leaf in leaves] == case["leaves"]
        nodes: dict[int, bytes] = {2 * len(leaves) - 2 - i: leaf for i, leaf in enumerate(sorted(leaves))}
        for node in reversed(range(len(leaves) - 1)):
            nodes[node] = keccak(b"".join(sorted((nodes[2 * node + 1], nodes[2 * node + 2]))))
        assert "0x" + nodes[0].hex() == case["root"]


def test_ids_against_eth_abi() -> None:
    kinds = [f"uint{bits}" for bits in p.POLICY_BITS.values()]
    for case in cases("ids"):
        policy_hash = keccak(encode(kinds, [int(number) for number in case["policy"]]))
        assert "0x" + policy_hash.hex() == case["policy_hash"]
        owner, detector = case["owner"], case["detector"]
        head = [owner, detector, int(case["class_count"]), raw(case["metadata_hash"])]
        dataset_id = keccak(
            encode(
                ["address", "address", "uint16", "bytes32", "bytes32", "bytes32"],
                [*head, policy_hash, raw(case["salt"])],
            )
        )
        assert "0x" + dataset_id.hex() == case["dataset_id"]
        batch_id = keccak(
            encode(
                ["(bytes32,address,bytes32,uint16)"],
                [(dataset_id, case["contributor"], raw(case["root"]), int(case["item_count"]))],
            )
        )
        assert "0x" + batch_id.hex() == case["batch_id"]
        item = [int(case["manifest_index"]), raw(case["manifest_sha256"]), int(case["manifest_label"])]
        leaf = keccak(keccak(encode(["bytes32", "uint256", "bytes32", "uint16"], [batch_id, *item])))
        assert "0x" + leaf.hex() == case["manifest_leaf"]


def test_signatures_against_eth_account(generator: dict) -> None:
    data = load("signatures")
    domain = p.Domain(int(data["chain_id"]), data["contract"])
    for message in generator["messages"]():
        case = data[type(message).__name__]
        signable = encode_typed_data(full_message=p.typed_data(domain, message))
        assert "0x" + signable.header.hex() == data["domain_separator"]
        assert "0x" + signable.body.hex() == case["struct_hash"]
        assert "0x" + keccak(b"\x19\x01" + signable.header + signable.body).hex() == case["digest"]
        assert Account.recover_message(signable, signature=case["signature"]) == data["signer"]
        assert p.recover_signer(domain, message, raw(case["signature"])) == data["signer"]


def test_tally_vectors_bit_sliced() -> None:
    for case in cases("tally"):
        count, seats = int(case["item_count"]), int(case["seats"])
        flat = [int(word, 16) for word in case["verdicts"]]
        width = len(flat) // seats
        verdicts = [flat[at : at + width] for at in range(0, len(flat), width)]
        flags = [int(word, 16) for word in case["flags"]] if case["flags_opened"] else None
        outcome = p.tally_verdicts(verdicts, count, flags, int(case["detector_votes"]))
        assert [f"0x{word:064x}" for word in outcome.accepted] == case["accepted"]
        assert [f"0x{word:064x}" for word in outcome.panel_accepted] == case["panel_accepted"]


def test_draw_vectors_against_a_plain_walk() -> None:
    for case in cases("draw"):
        entropy = keccak(
            encode(
                ["bytes32", "bytes32", "uint8"],
                [raw(case["block_hash"]), raw(case["batch_id"]), int(case["round"])],
            )
        )
        assert "0x" + entropy.hex() == case["entropy"]
        banned = {int(index) for index in case["excluded"]}
        pool = [(i, int(w)) for i, w in enumerate(case["weights"]) if i not in banned and int(w)]
        panel = []
        while pool and len(panel) < int(case["seats"]):
            total = sum(weight for _, weight in pool)
            number = int.from_bytes(keccak(entropy + len(panel).to_bytes(32, "big")), "big") % total
            ends = [sum(weight for _, weight in pool[: k + 1]) for k in range(len(pool))]
            chosen = next(k for k, end in enumerate(ends) if number < end)
            panel.append(str(pool.pop(chosen)[0]))
        assert panel == case["panel"]


def test_settlement_vectors_conserve_money() -> None:
    for case in cases("settlement"):
        put_in = int(case["batch_stake"]) + int(case["batch_reserve"]) + sum(map(int, case["slashes"]))
        paid = int(case["stake_returned"]) + int(case["reward"]) + sum(map(int, case["payouts"]))
        assert put_in == paid + int(case["bounty_returned"])
