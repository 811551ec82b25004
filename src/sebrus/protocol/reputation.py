"""Reputation: what the contract keeps of reviewers' and detectors' work, and what it lets a stake weigh."""

from dataclasses import dataclass, replace
from typing import Self

from sebrus.protocol.bitmap import popcount
from sebrus.protocol.judgement import Judgement
from sebrus.protocol.tally import Decision

GOLD_BITS = 14
ITEM_BITS = 16
PROVEN_GOLD = 16
"""Gold pictures before which nobody is judged by them."""
FULL_TIER = 4


def faded(seen: int, good: int, more: int, bits: int) -> tuple[int, int]:
    """Return a pair of counters halved together as often as needed so that `seen + more` fits `bits`."""
    if not 0 <= more < 1 << bits:
        raise ValueError(f"{more} does not fit a counter of {bits} bits.")
    while seen + more >= 1 << bits:
        seen, good = seen >> 1, good >> 1
    return seen, good


@dataclass(frozen=True, slots=True)
class ReviewerRecord:
    """A reviewer's counters: gold pictures seen and judged right, items judged and judged like the final decision."""

    gold_seen: int = 0
    gold_right: int = 0
    items_seen: int = 0
    items_coherent: int = 0

    def judged(self, judgement: Judgement) -> Self:
        """Return the record after one more seat; what was long ago fades."""
        gold = faded(self.gold_seen, self.gold_right, judgement.gold_seen, GOLD_BITS)
        items = faded(self.items_seen, self.items_coherent, judgement.items_seen, ITEM_BITS)
        return replace(
            self,
            gold_seen=gold[0] + judgement.gold_seen,
            gold_right=gold[1] + judgement.gold_right,
            items_seen=items[0] + judgement.items_seen,
            items_coherent=items[1] + judgement.items_coherent,
        )

    @property
    def tier(self) -> int:
        """The weight of a unit of stake in quarters: 2 for the unproven, then 4, 1 or 0 by the share of gold right."""
        if self.gold_seen < PROVEN_GOLD:
            return 2
        if self.gold_right * 5 >= self.gold_seen * 4:
            return FULL_TIER
        return 1 if self.gold_right * 5 >= self.gold_seen * 3 else 0


def draw_weight(stake: int, tier: int, min_stake: int) -> int:
    """Return what a stake weighs in draws, in quarters of a sixteenth of `min_stake` (gwei, at least 16).

    >>> draw_weight(stake=100, tier=2, min_stake=100)
    8
    """
    return stake * tier // (FULL_TIER * (min_stake // 16)) if stake >= min_stake else 0


@dataclass(frozen=True, slots=True)
class DetectorRecord:
    """A detector's counters in one dataset, over finalized batches that were first decided with its flags.

    `upheld`: flagged, and the panel rejected the item in the end; `missed`: not flagged, and it did. `unopened` are
    rounds whose screening was committed and never opened.
    """

    items: int = 0
    flagged: int = 0
    upheld: int = 0
    missed: int = 0
    unopened: int = 0

    def judged(self, item_count: int, decision: Decision) -> Self:
        """Return the record after one more finalized batch; one that was decided without flags leaves it as it was."""
        if not decision.flags:
            return self
        pairs = list(zip(decision.flags, decision.panel_accepted, strict=True))
        upheld = popcount(flag & ~accepted for flag, accepted in pairs)
        return replace(
            self,
            items=self.items + item_count,
            flagged=self.flagged + popcount(decision.flags),
            upheld=self.upheld + upheld,
            missed=self.missed + item_count - decision.panel_accepted_count - upheld,
        )

    def not_opened(self) -> Self:
        """Return the record after a round whose screening was committed and never opened."""
        return replace(self, unopened=self.unopened + 1)
