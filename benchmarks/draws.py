"""Who is drawn: fairness over many draws, an adversary who times the calls, a stake split over many accounts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from sebrus.protocol import draw_entropy, draw_panel, draw_weight, entropy_block, keccak

SEATS = 5
EPOCH, DELAY, REACH = 64, 4, 256
MIN_STAKE = 10_000_000
HONEST = 60


@dataclass(frozen=True)
class Pool:
    """Weights of everybody, and which places are the adversary's."""

    weights: list[int]
    adversary: frozenset[int]

    @property
    def share(self) -> float:
        """The adversary's share of all weight."""
        return sum(self.weights[place] for place in self.adversary) / sum(self.weights)


def pool(stakes: list[int], adversary: list[int]) -> Pool:
    """A pool of stakes in whole minimum stakes, the adversary's last."""
    weights = [draw_weight(stake * MIN_STAKE, 4, MIN_STAKE) for stake in [*stakes, *adversary]]
    return Pool(weights, frozenset(range(len(stakes), len(weights))))


def fairness(draws: int, seed: int) -> dict[str, Any]:
    """Chi-square of the first seat over a pool of unlike stakes: it is drawn in exact proportion to weight."""
    people = pool([1 + place % 7 for place in range(HONEST)], [])
    drawn = Counter(draw_panel(people.weights, (), _entropy(seed, number), 1)[0] for number in range(draws))
    expected = np.array(people.weights) / sum(people.weights) * draws
    found = np.array([drawn[place] for place in range(len(people.weights))])
    return {"draws": draws, "chi_square_p": round(float(stats.chisquare(found, expected).pvalue), 4)}


def timing(draws: int, seed: int) -> dict[str, Any]:
    """Seats of an adversary with 10 % of the stake who alone decides when each draw is asked for and made.

    The block that decides is fixed when the draw is asked for, before its hash exists, so the adversary can choose a
    block to ask in, and any block to draw in, but sees nothing before; whoever calls later gets the same panel. It
    chooses here by what it knows, the hash of the block before. `bias`: its share of seats over that of weight, less 1.
    """
    people = pool([5] * 18, [5, 5])  # like accounts, so that the share of seats is the share of weight
    seats = 0
    for number in range(draws):
        asked = 1000 + 64 * number
        known = keccak(seed.to_bytes(8, "big") + asked.to_bytes(8, "big"))
        asked += known[0] % 8  # whichever of the next blocks looks best to it: nothing there tells the hash to come
        block = entropy_block(asked, DELAY, EPOCH)
        panels = {_adversary_seats(people, _entropy(seed + 1, block)) for _late in (1, EPOCH // 4, REACH)}
        assert len(panels) == 1
        seats += panels.pop()
    share = seats / (draws * SEATS)
    return {
        "draws": draws,
        "share_of_weight": round(people.share, 4),
        "share_of_seats": round(share, 4),
        "bias": round(share / people.share - 1, 4),
    }


def discarding(draws: int, seed: int, slots: float) -> dict[str, Any]:
    """Seats of an adversary who proposes `slots` of all blocks and drops its own block when the draw displeases it.

    The dropped slot is empty, so the next proposer's block has the number and another hash; it costs the block's
    reward each time (EIP-4399 calls this one bit of influence per slot).
    """
    people = pool([5] * 18, [5, 5])
    rng = np.random.default_rng(seed)
    plain = tried = dropped = 0
    fair = people.share * SEATS
    for number in range(draws):
        first = _adversary_seats(people, _entropy(seed + 2, number))
        plain += first
        if rng.random() < slots and first < fair:
            first = _adversary_seats(people, _entropy(seed + 3, number))
            dropped += 1
        tried += first
    return {"slots": slots, "gain": round(tried / plain - 1, 4), "blocks_dropped_per_draw": round(dropped / draws, 4)}


def splitting(draws: int, seed: int, accounts: int) -> dict[str, Any]:
    """Seats of an adversary with 10 % of the stake in so many accounts, over its share of the weight."""
    people = pool([15] * HONEST, [100 // accounts] * accounts)
    seats = sum(_adversary_seats(people, _entropy(seed + 4, number)) for number in range(draws))
    share = seats / (draws * SEATS)
    return {
        "accounts": accounts,
        "share_of_weight": round(people.share, 4),
        "share_of_seats": round(share, 4),
        "more": round(share / people.share - 1, 4),
    }


def _entropy(seed: int, number: int) -> bytes:
    name = keccak(seed.to_bytes(8, "big") + number.to_bytes(8, "big"))
    return draw_entropy(name, name, 0)


def _adversary_seats(people: Pool, entropy: bytes) -> int:
    return sum(place in people.adversary for place in draw_panel(people.weights, (), entropy, SEATS))


def measure_draws(draws: int, seed: int) -> dict[str, Any]:
    """Every figure on draws."""
    return {
        "fairness": fairness(draws, seed),
        "timing": timing(draws, seed),
        "discarding": [discarding(draws, seed, slots) for slots in (0.01, 0.1)],
        "splitting": [splitting(draws // 5, seed, accounts) for accounts in (1, 10, 100)],
    }
