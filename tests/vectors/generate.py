"""Write the golden vectors: `python tests/vectors/generate.py`; README.md here gives their shape."""

import json
from dataclasses import fields
from pathlib import Path

from eth_account import Account
from lives import record, rounds, settlement
from material import ADDRESSES, Json, Stream, decimals, hexes, numbered, policy, words
from sealed import sealed

from sebrus import protocol as p

HERE = Path(__file__).parent
PRIVATE_KEY = p.keccak(b"the key of the golden vectors")


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
    for i, rules in enumerate(
        (policy(), p.Policy.from_dict(top), policy(panel_size=3, escalated_size=0, final_size=0))
    ):
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
        p.Commit(stream.word(), 1, p.panel_hash(ADDRESSES[:5]), stream.word()),
        p.Ballot(
            stream.word(),
            2,
            stream.word(),
            p.panel_hash(ADDRESSES[:5]),
            signer,
            p.bitmap_hash(stream.bits(300, 80)),
            stream.word(),
        ),
        p.Screening(
            stream.word(),
            1,
            stream.word(),
            stream.word(),
            p.bitmap_hash([5]),
            p.bitmap_hash([6]),
            p.bitmap_hash([2]),
            stream.word(),
        ),
        p.Appeal(stream.word(), 1, signer, p.bitmap_hash(stream.bits(300, 5)), deadline),
        p.Payout(signer, True, 7, deadline),
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
    outcome = p.tally_naive(verdicts, count, flags or (), detector_votes)
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
        "in_question": words(outcome.in_question),
        "accepted_count": str(p.popcount(outcome.accepted)),
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
        most = 2**28 // (count + 1)  # the contract's tree holds less than 2**28 in all
        weights = [0 if count > 1 and stream.below(6) == 0 else 1 + stream.below(most) for _ in range(count)]
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


# ----------------------------------------------------------------------------------------------- bitmaps


def sieve() -> Json:
    cases = []
    for count, percent in ((1, 100), (3, 0), (255, 50), (256, 100), (257, 3), (700, 97), (4096, 20), (4608, 90)):
        stream = Stream(f"sieve {count} {percent}")
        bits, mask = stream.bits(count, 50), stream.bits(count, percent)
        packed = p.compress_naive(bits, mask)
        cases.append(
            {
                "count": str(count),
                "bits": words(bits),
                "mask": words(mask),
                "packed": words(packed),
                "expanded": words(p.expand_naive(packed, mask)),
            }
        )
    return numbered(cases)


# -------------------------------------------------------------------------------------------- reputation


def reputation() -> Json:
    cases = []
    shapes = [
        ((0, 0, 0, 0), (0, 0, 64, 60)),
        ((0, 0, 0, 0), (15, 15, 64, 60)),
        ((10, 8, 300, 280), (10, 8, 1024, 900)),
        ((100, 59, 500, 400), (0, 0, 0, 0)),
        ((100, 60, 65_535, 65_535), (20, 12, 1, 0)),
        ((16_383, 13_001, 65_500, 60_001), (512, 500, 4096, 4000)),
        ((16_000, 13_000, 61_439, 7), (383, 0, 4096, 0)),
        ((16_000, 13_000, 61_440, 7), (384, 0, 4096, 0)),
    ]
    for at, (before, more) in enumerate(shapes):
        gold_seen, gold_right, items_seen, items_coherent = more
        judgement = p.Judgement(0, 0, 0, 0, gold_seen, gold_right, items_seen, items_coherent)
        after = p.ReviewerRecord(*before).judged(judgement)
        min_stake = 10**9 + at
        stake = min_stake - 1 if at == 3 else min_stake * (at + 1) + 12_345
        cases.append(
            {
                "before": decimals(before),
                "more": decimals(more),
                "after": decimals((after.gold_seen, after.gold_right, after.items_seen, after.items_coherent)),
                "tier": str(after.tier),
                "stake": str(stake),
                "min_stake": str(min_stake),
                "weight": str(p.draw_weight(stake, after.tier, min_stake)),
            }
        )
    return numbered(cases)


FILES = {
    "leaves.json": leaves,
    "ids.json": ids,
    "signatures.json": signatures,
    "sieve.json": sieve,
    "tally.json": tally,
    "rounds.json": rounds,
    "draw.json": draw,
    "record.json": record,
    "settlement.json": settlement,
    "reputation.json": reputation,
    "sealed.json": sealed,
}


def text_of(name: str) -> str:
    """Return what the file of that name must hold."""
    return json.dumps(FILES[name](), indent=1) + "\n"


def main() -> None:
    for name in FILES:
        (HERE / name).write_text(text_of(name), encoding="utf-8")


if __name__ == "__main__":
    main()
