"""What the golden vectors are made of: reproducible numbers, accounts, a policy, and how JSON shows them."""

from collections.abc import Iterable, Sequence
from typing import Any

from sebrus import protocol as p

ADDRESSES = [p.checksum_address(p.keccak(f"account {i}".encode())[12:]) for i in range(32)]

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
        "escalated_size": 11,
        "final_size": 23,
        "quorum": 3,
        "detector_votes": 2,
        "draw_delay": 4,
        "max_items": 4096,
        "max_gold": 512,
        "screening_window": 3600,
        "commit_window": 86_400,
        "reveal_window": 43_200,
        "hold_window": 172_800,
        "rejected_slash_bps": 2_500,
        "silent_slash_bps": 5_000,
        "incoherent_slash_bps": 12_345,
        "gold_pass_bps": 7_000,
    }
    return p.Policy.from_dict(values | changes)
