"""Write the golden vectors: `python -m tests.vectors.generate`; README.md here gives their shape."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from eth_account import Account

from sebrus import protocol as p

HERE = Path(__file__).parent
ADDRESSES = [p.checksum_address(p.keccak(f"account {i}".encode())[12:]) for i in range(32)]
PRIVATE_KEY = p.keccak(b"the key of the golden vectors")

Json = dict[str, Any]


class Stream:
    """A reproducible source of numbers: keccak over a seed and a counter."""

    def __init__(self, seed: str) -> None:
        self.seed, self.counter = seed, 0

    def word(self) -> bytes:
        self.counter += 1
        return p.keccak(f"{self.seed}/{self.counter}".encode())

    def below(self, bound: int) -> int:
        return int.from_bytes(self.word(), "big") % bound

    def bits(self, count: int, percent: int) -> list[int]:
        return p.pack_bits(self.below(100) < percent for _ in range(count))


def hexes(values: Iterable[bytes]) -> list[str]:
    return ["0x" + value.hex() for value in values]


def words(values: Iterable[int]) -> list[str]:
    return [f"0x{value:064x}" for value in values]


def decimals(values: Iterable[int]) -> list[str]:
    return [str(value) for value in values]


def numbered(cases: Sequence[Json]) -> Json:
    return {"cases": len(cases), **{f"case{i}": case for i, case in enumerate(cases)}}


def policy(**changes: int) -> p.Policy:
    values = {
        "item_stake": 20_000,
        "item_reward": 50_000,
        "review_fee": 3_001,
        "seat_stake": 5_000_000,
        "panel_size": 5,
        "panel_size_unscreened": 11,
        "quorum": 3,
        "max_rounds": 3,
        "detector_votes": 2,
        "max_items": 4096,
        "draw_delay": 4,
        "screening_window": 3600,
        "commit_window": 86_400,
        "reveal_window": 43_200,
        "rejected_slash_bps": 2_500,
        "silent_slash_bps": 5_000,
        "incoherent_slash_bps": 12_345,
    }
    return p.Policy.from_dict(values | changes)


# ------------------------------------------------------------------------------------------------ leaves


def leaves() -> Json:
    cases = []
    for count in (1, 2, 3, 7, 64, 257):
        stream = Stream(f"leaves {count}")
        items = [(stream.word(), stream.below(1000)) for _ in range(count)]
        tree = p.batch_tree(items)
        shown = sorted({0, count // 2, count - 1})
        proofs = [tree.proof(i) for i in shown]
        cases.append(
            {
                "count": str(count),
                "sha256": hexes(sha for sha, _ in items),
                "labels": decimals(label for _, label in items),
                "leaves": hexes(p.item_leaf(i, sha, label) for i, (sha, label) in enumerate(items)),
                "root": "0x" + tree.root.hex(),
                "proof_indices": decimals(shown),
                "proof_lengths": decimals(len(proof) for proof in proofs),
                "proofs": hexes(node for proof in proofs for node in proof),
            }
        )
    return numbered(cases)


# --------------------------------------------------------------------------------------------------- ids


def ids() -> Json:
    cases = []
    top = {name: (1 << bits) - 1 for name, bits in p.POLICY_BITS.items()}
    for i, rules in enumerate((policy(), p.Policy.from_dict(top), policy(panel_size=3, quorum=2))):
        stream = Stream(f"ids {i}")
        detector = p.ZERO_ADDRESS if i == 2 else ADDRESSES[1]
        params = p.DatasetParams(ADDRESSES[0], detector, 10 + i, stream.word(), stream.word(), rules)
        key = p.BatchKey(params.dataset_id, ADDRESSES[2], stream.word(), 64 + i)
        panel = ADDRESSES[3 : 4 + 2 * i]
        index, sha, label = stream.below(4096), stream.word(), stream.below(10)
        cases.append(
            {
                "owner": params.owner,
                "detector": params.detector,
                "class_count": str(params.class_count),
                "metadata_hash": "0x" + params.metadata_hash.hex(),
                "salt": "0x" + params.salt.hex(),
                "policy": decimals(rules.as_abi()),
                "policy_hash": "0x" + rules.policy_hash.hex(),
                "dataset_id": "0x" + params.dataset_id.hex(),
                "contributor": key.contributor,
                "root": "0x" + key.root.hex(),
                "item_count": str(key.item_count),
                "batch_id": "0x" + key.batch_id.hex(),
                "panel": panel,
                "panel_hash": "0x" + p.panel_hash(panel).hex(),
                "manifest_index": str(index),
                "manifest_sha256": "0x" + sha.hex(),
                "manifest_label": str(label),
                "manifest_leaf": "0x" + p.manifest_leaf(key.batch_id, index, sha, label).hex(),
            }
        )
    return numbered(cases)


# -------------------------------------------------------------------------------------------- signatures


def messages() -> list[p.Message]:
    stream = Stream("signatures")
    signer = Account.from_key(PRIVATE_KEY).address
    deadline = 1_900_000_000
    money = (signer, 2**64 - 1, 7, deadline)
    return [
        p.Submit(stream.word(), signer, stream.word(), 1024, deadline),
        p.Commit(stream.word(), 1, p.panel_hash(ADDRESSES[:5]), stream.word(), deadline),
        p.Ballot(
            stream.word(),
            2,
            p.panel_hash(ADDRESSES[:5]),
            policy().policy_hash,
            signer,
            p.bitmap_hash(stream.bits(300, 80)),
            stream.word(),
        ),
        p.Screening(stream.word(), stream.word(), stream.word(), p.bitmap_hash([5]), stream.word()),
        p.Stake(*money),
        p.Unstake(*money),
        p.Withdraw(*money),
    ]


def signatures() -> Json:
    domain = p.Domain(31_337, ADDRESSES[31])
    result: Json = {
        "chain_id": str(domain.chain_id),
        "contract": domain.contract,
        "domain_separator": "0x" + domain.separator.hex(),
        "private_key": "0x" + PRIVATE_KEY.hex(),
        "signer": Account.from_key(PRIVATE_KEY).address,
    }
    for message in messages():
        values = {}
        for field in fields(message):
            value = getattr(message, field.name)
            values[field.name] = "0x" + value.hex() if isinstance(value, bytes) else str(value)
        values["struct_hash"] = "0x" + message.struct_hash.hex()
        values["digest"] = "0x" + p.eip712_digest(domain, message).hex()
        values["signature"] = "0x" + p.sign(domain, message, PRIVATE_KEY).hex()
        result[type(message).__name__] = values
    return result


# ------------------------------------------------------------------------------------------------- tally


def tally_case(count: int, seats: int, detector_votes: int, flag_percent: int | None) -> Json:
    stream = Stream(f"tally {count} {seats} {detector_votes} {flag_percent}")
    verdicts = [stream.bits(count, 55) for _ in range(seats)]
    flags = None if flag_percent is None else stream.bits(count, flag_percent)
    outcome = p.tally_naive(verdicts, count, flags, detector_votes)
    hashes = [p.bitmap_hash(bitmap) for bitmap in verdicts]
    order = sorted(range(seats), key=lambda seat: hashes[seat])
    return {
        "item_count": str(count),
        "seats": str(seats),
        "detector_votes": str(detector_votes),
        "flags_opened": flags is not None,
        "flags": words(flags or [0] * p.word_count(count)),
        "verdicts": words(word for bitmap in verdicts for word in bitmap),
        "panel_accepted": words(outcome.panel_accepted),
        "accepted": words(outcome.accepted),
        "accepted_count": str(outcome.accepted_count),
        "accepted_hash": "0x" + p.bitmap_hash(outcome.accepted).hex(),
        "verdicts_hashes": hexes(hashes),
        "digest_order": decimals(order),
        "digest": "0x" + p.running_digest((seat, hashes[seat]) for seat in order).hex(),
    }


def tally() -> Json:
    shapes = [
        (1, 1, 1, 0),
        (1, 1, 2, 100),
        (5, 3, 2, 40),
        (64, 5, 2, 20),
        (255, 4, 1, 30),
        (256, 5, 3, None),
        (257, 7, 2, 30),
        (300, 11, 0, 50),
        (512, 23, 30, 50),
        (4096, 31, 2, 10),
        (40, 2, 255, 60),
    ]
    return numbered([tally_case(*shape) for shape in shapes])


# -------------------------------------------------------------------------------------------------- draw


def draw() -> Json:
    cases = []
    shapes = [(1, 1, 0), (5, 5, 0), (5, 7, 1), (12, 5, 3), (31, 11, 2), (200, 23, 3), (3, 3, 3), (700, 31, 2)]
    for count, seats, banned in shapes:
        stream = Stream(f"draw {count} {seats} {banned}")
        weights = [0 if stream.below(6) == 0 else 1 + stream.below(10**9) for _ in range(count)]
        if count == 1:
            weights = [2**64 - 1]
        excluded = sorted({stream.below(count) for _ in range(banned)}) if banned < count else range(count)
        block_hash, batch_id, round_ = stream.word(), stream.word(), stream.below(3)
        entropy = p.draw_entropy(block_hash, batch_id, round_)
        cases.append(
            {
                "block_hash": "0x" + block_hash.hex(),
                "batch_id": "0x" + batch_id.hex(),
                "round": str(round_),
                "entropy": "0x" + entropy.hex(),
                "seats": str(seats),
                "weights": decimals(weights),
                "excluded": decimals(excluded),
                "panel": decimals(p.draw_panel(weights, excluded, entropy, seats)),
            }
        )
    return numbered(cases)


# -------------------------------------------------------------------------------------------- settlement


def settlement_case(name: str, rules: p.Policy, count: int, shares: Sequence[int | None]) -> Json:
    """One case; `shares` has for every seat the percentage of accept verdicts, None if it never revealed.

    Of those every other one had committed.
    """
    stream = Stream(f"settlement {name}")
    verdicts = [None if share is None else stream.bits(count, share) for share in shares]
    committed = [bitmap is not None or seat % 2 == 1 for seat, bitmap in enumerate(verdicts)]
    seats = [p.Seat(bound, bitmap) for bound, bitmap in zip(committed, verdicts, strict=True)]
    spoken = [bitmap for bitmap in verdicts if bitmap is not None]
    outcome = p.tally_naive(spoken, count, stream.bits(count, 15), rules.detector_votes)
    money = p.settle_batch(rules, count, seats, outcome)
    silent = [0] * p.word_count(count)
    return {
        "policy": decimals(rules.as_abi()),
        "item_count": str(count),
        "committed": committed,
        "revealed": [bitmap is not None for bitmap in verdicts],
        "verdicts": words(word for bitmap in verdicts for word in (bitmap or silent)),
        "panel_accepted": words(outcome.panel_accepted),
        "accepted": words(outcome.accepted),
        "batch_stake": str(p.batch_stake(rules, count)),
        "batch_reserve": str(p.batch_reserve(rules, count)),
        "payouts": decimals(money.payouts),
        "slashes": decimals(money.slashes),
        "stake_returned": str(money.stake_returned),
        "reward": str(money.reward),
        "bounty_returned": str(money.bounty_returned),
    }


def settlement() -> Json:
    dear = policy(review_fee=900_000, incoherent_slash_bps=30_000, seat_stake=4_000_000)
    return numbered(
        [
            settlement_case("coherent", policy(), 64, [90, 90, 90, 90, 90]),
            settlement_case("one silent", policy(), 64, [90, None, 80, 50, 90]),
            settlement_case("quorum only", policy(), 300, [70, None, None, 30, 60]),
            settlement_case("dear mistakes", dear, 100, [90, 90, 10, 50, None, 95, 90]),
            settlement_case("two never committed", policy(), 64, [None, 90, None, 80, 90]),
            settlement_case("one item", policy(rejected_slash_bps=10_000), 1, [100, 0, 0]),
            settlement_case("rounding", policy(item_stake=7, review_fee=7, rejected_slash_bps=3333), 257, [50] * 5),
        ]
    )


FILES = {
    "leaves.json": leaves,
    "ids.json": ids,
    "signatures.json": signatures,
    "tally.json": tally,
    "draw.json": draw,
    "settlement.json": settlement,
}


def text_of(name: str) -> str:
    """Return what the file of that name must hold."""
    return json.dumps(FILES[name](), indent=1) + "\n"


def main() -> None:
    for name in FILES:
        (HERE / name).write_text(text_of(name), encoding="utf-8")


if __name__ == "__main__":
    main()
