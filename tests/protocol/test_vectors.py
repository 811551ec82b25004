"""The golden vectors say what the code says, and what independent implementations say."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from sebrus import protocol as p

VECTORS = Path(__file__).parents[1] / "vectors"
NAMES = [
    "leaves",
    "ids",
    "signatures",
    "sieve",
    "tally",
    "rounds",
    "draw",
    "record",
    "settlement",
    "reputation",
    "sealed",
]


def load(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text())
    return data


def cases(name: str) -> list[dict[str, Any]]:
    data = load(name)
    return [data[f"case{i}"] for i in range(data["cases"])]


def raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def words(values: list[str]) -> tuple[int, ...]:
    return tuple(int(value, 16) for value in values)


def numbers(values: list[str]) -> list[int]:
    return [int(value) for value in values]


@pytest.fixture(scope="module")
def generator() -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(VECTORS))
        return runpy.run_path(str(VECTORS / "generate.py"))


@pytest.mark.parametrize("name", NAMES)
def test_files_hold_what_the_code_computes(generator: dict[str, Any], name: str) -> None:
    assert (VECTORS / f"{name}.json").read_text() == generator["text_of"](f"{name}.json"), (
        "the vectors are stale: run python tests/vectors/generate.py"
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


def test_signatures_against_eth_account(generator: dict[str, Any]) -> None:
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
        flags = [int(word, 16) for word in case["flags"]] if case["flags_opened"] else []
        outcome = p.tally_verdicts(verdicts, count, flags, int(case["detector_votes"]))
        assert [f"0x{word:064x}" for word in outcome.accepted] == case["accepted"]
        assert [f"0x{word:064x}" for word in outcome.panel_accepted] == case["panel_accepted"]
        assert [f"0x{word:064x}" for word in outcome.in_question] == case["in_question"]


def test_sieve_vectors_in_eight_steps() -> None:
    for case in cases("sieve"):
        bits, mask, packed = words(case["bits"]), words(case["mask"]), words(case["packed"])
        assert tuple(p.compress(bits, mask)) == packed
        assert tuple(p.expand(packed, mask)) == words(case["expanded"])
        assert p.popcount(mask) == p.popcount(p.expand(p.valid_mask(p.popcount(mask)), mask))


def round_from(case: dict[str, Any]) -> p.ConcludedRound:
    status, seats = p.Status.unpack(int(case["status"], 16)), numbers(case["revealed_seats"])
    width, flat = p.word_count(status.positions), words(case["verdicts"])
    said = tuple((seat, flat[at * width : (at + 1) * width]) for at, seat in enumerate(seats))
    gold = (words(case["question"]), words(case["gold"]), words(case["answers"]))
    return p.ConcludedRound(status, tuple(case["panel"]), said, *gold)


def test_round_vectors_words_at_a_time() -> None:
    for case in cases("rounds"):
        policy, round_ = p.Policy.from_abi(numbers(case["policy"])), round_from(case)
        names = ("accepted_before", "panel_accepted_before", "flags_before")
        before = p.Decision(*(words(case[name]) for name in names)) if case["decided_before"] else None
        tally = p.tally_round(
            policy, int(case["item_count"]), round_, before, screened=case["screened"], flags=words(case["flags"])
        )
        assert (tally.counted, tally.conclusive) == (int(case["counted"]), case["conclusive"])
        assert (tally.question, tally.items) == (words(case["question_after"]), int(case["items_after"]))
        assert (tally.decision is not None) == case["decided"]
        if tally.decision is not None:
            assert tally.decision.accepted == words(case["accepted"])
            assert tally.decision.panel_accepted == words(case["panel_accepted"])
            hashes = [p.bitmap_hash(getattr(tally.decision, name)) for name in ("accepted", "panel_accepted", "flags")]
            assert "0x" + keccak(encode(["bytes32"] * 3, hashes)).hex() == case["decision_hash"]


def test_round_digests_against_eth_abi() -> None:
    for case in cases("rounds"):
        round_, digest = round_from(case), bytes(32)
        for seat, said in round_.revealed:
            verdicts = keccak(encode([f"uint256[{len(said)}]"], [said]))
            digest = keccak(encode(["bytes32", "uint256", "bytes32"], [digest, seat, verdicts]))
        assert "0x" + digest.hex() == case["votes_digest"]
        panel = keccak(encode([f"address[{len(round_.panel)}]"], [round_.panel]))
        hashes = [keccak(b"".join(map(raw, case[name]))) for name in ("question", "gold", "answers")]
        hashes[0] = hashes[0] if case["question"] else bytes(32)
        hashes[1:] = hashes[1:] if case["opened"] else [bytes(32)] * 2
        whole = encode(["uint256"] + ["bytes32"] * 5, [int(case["status"], 16), panel, digest, *hashes])
        assert "0x" + keccak(whole).hex() == case["round_digest"]


def test_record_vectors_against_eth_abi() -> None:
    for case in cases("record"):
        for at, seal in enumerate(case["seals"]):
            status, *hashes = (raw(word) for word in case["records"][9 * at : 9 * at + 9])
            word = 0
            for name, bits in reversed(p.STATUS_BITS.items()):
                word = word << bits | int(case[name][at])
            assert word == int.from_bytes(status, "big")
            whole = keccak(encode(["uint256"] + ["bytes32"] * 8, [word, *hashes]))
            assert seal == "0x" + whole[:31].hex() + f"{word & 255:02x}"


def test_the_digests_of_records_against_eth_abi() -> None:
    for case in cases("record"):
        at, digest = 0, bytes(32)
        for length in numbers(case["excluded_lengths"]):
            accounts = case["excluded_accounts"][at : at + length]
            digest = keccak(
                encode(["bytes32", "bytes32"], [digest, keccak(encode([f"address[{length}]"], [accounts]))])
            )
            at += length
        assert "0x" + digest.hex() == case["excluded"]
        digest = bytes(32)
        for seat, commitment in zip(numbers(case["ballot_seats"]), case["ballot_commitments"], strict=True):
            digest = keccak(encode(["bytes32", "uint256", "bytes32"], [digest, seat, raw(commitment)]))
        assert "0x" + digest.hex() == case["ballots"]
        digest, width = bytes(32), len(case["appeal_items"]) // len(case["appellants"])
        for k, appellant in enumerate(case["appellants"]):
            items = keccak(b"".join(map(raw, case["appeal_items"][k * width : (k + 1) * width])))
            digest = keccak(encode(["bytes32", "address", "bytes32"], [digest, appellant, items]))
        assert "0x" + digest.hex() == case["appeals"]
        screening = keccak(encode(["bytes32", "bytes32"], [raw(case["commitment"]), raw(case["task_root"])]))
        assert "0x" + screening.hex() == case["screening"]


def test_reputation_vectors_by_the_sentence() -> None:
    for case in cases("reputation"):
        before, more, after = numbers(case["before"]), numbers(case["more"]), numbers(case["after"])
        for at, bits in ((0, 14), (2, 16)):
            seen, good = before[at], before[at + 1]
            while seen + more[at] > 2**bits - 1:
                seen, good = seen // 2, good // 2
            assert after[at : at + 2] == [seen + more[at], good + more[at + 1]]
        share = after[1] / after[0] if after[0] else 0
        tier = 2 if after[0] < 16 else 4 if share >= 0.8 else 1 if share >= 0.6 else 0
        assert tier == int(case["tier"])
        stake, min_stake = int(case["stake"]), int(case["min_stake"])
        weight = stake * tier // (4 * (min_stake // 16)) if stake >= min_stake else 0
        assert weight == int(case["weight"])


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
        pool = [(i, int(w)) for i, w in enumerate(case["weights"]) if int(w)]
        panel: list[str] = []
        draws = 0
        while pool and len(panel) < int(case["seats"]):
            total = sum(weight for _, weight in pool)
            number = int.from_bytes(keccak(entropy + draws.to_bytes(32, "big")), "big") % total
            ends = [sum(weight for _, weight in pool[: k + 1]) for k in range(len(pool))]
            chosen, _ = pool.pop(next(k for k, end in enumerate(ends) if number < end))
            draws += 1
            if chosen not in banned:
                panel.append(str(chosen))
        assert panel == case["panel"]


def test_settlement_vectors_conserve_money() -> None:
    for case in cases("settlement"):
        put_in = int(case["batch_pot"]) + sum(map(int, case["slashes"]))
        paid = int(case["stake_returned"]) + int(case["reward"]) + sum(map(int, case["payouts"]))
        assert put_in == paid + int(case["bounty_returned"])


def test_settlement_vectors_pay_by_their_j() -> None:
    for case in cases("settlement"):
        policy = p.Policy.from_abi(numbers(case["policy"]))
        seats, scores = (
            iter(numbers(case["revealed_seats"])),
            zip(numbers(case["youden_numerators"]), numbers(case["youden_denominators"]), strict=True),
        )
        at = 0
        for word in case["statuses"]:
            status = p.Status.unpack(int(word, 16))
            expected = [
                (0, policy.seat_stake * policy.silent_slash_bps // 10_000 * (status.committed >> seat & 1))
                for seat in range(status.seats)
            ]
            for _ in range(status.revealed.bit_count()):
                number, scale = next(scores)
                fees = status.items * policy.review_fee
                lost = fees * max(-number, 0) * policy.incoherent_slash_bps // (10_000 * scale)
                expected[next(seats)] = (fees * max(number, 0) // scale, min(lost, policy.seat_stake))
            span = slice(at, at + status.seats)
            at += status.seats
            assert list(zip(numbers(case["payouts"])[span], numbers(case["slashes"])[span], strict=True)) == expected
