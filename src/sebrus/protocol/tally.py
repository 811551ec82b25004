"""The tally: where an item is accepted.

With `S` revealed seats and `v` accept verdicts on an item, the panel accepts iff `2 v > S`; the item is
accepted iff `2 v > S + flagged * detector_votes`.

The counting is bit-sliced (vertical counters; Warren, Hacker's Delight, 2nd ed., 5-1): plane `k` holds
bit `k` of every item's count, so one ripple-carry addition counts 256 items. `tally_naive` is its twin.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sebrus.protocol.bitmap import (
    WORD_MASK,
    pack_bits,
    popcount,
    require_bitmap,
    unpack_bits,
    valid_mask,
    word_count,
)

PLANES = 5
MAX_SEATS = (1 << PLANES) - 1
"""Revealed seats at most: five planes count to 31."""


@dataclass(frozen=True, slots=True)
class Tally:
    """An outcome per item: what the panel says, and what holds once the detector's flags are weighed."""

    panel_accepted: tuple[int, ...]
    accepted: tuple[int, ...]

    @property
    def accepted_count(self) -> int:
        """The number of accepted items."""
        return popcount(self.accepted)

    @property
    def panel_accepted_count(self) -> int:
        """The number of items that the panel accepts."""
        return popcount(self.panel_accepted)


def tally_verdicts(
    verdicts: Sequence[Sequence[int]], item_count: int, flags: Sequence[int] | None, detector_votes: int
) -> Tally:
    """Count the revealed verdicts (one bitmap per seat); `flags` is None when no screening was opened.

    `ValueError` when a bitmap is not one for `item_count` items, or there are more than 31 seats.
    """
    _require(verdicts, item_count, flags)
    seats = len(verdicts)
    panel_words, accepted_words = [], []
    for at, mask in enumerate(valid_mask(item_count)):
        planes = _count([bitmap[at] for bitmap in verdicts])
        flag = flags[at] if flags is not None else 0
        plain = _more_than(planes, seats // 2) & mask
        flagged = _more_than(planes, (seats + detector_votes) // 2) & mask
        panel_words.append(plain)
        accepted_words.append(plain & ~flag | flagged & flag)
    return Tally(tuple(panel_words), tuple(accepted_words))


def tally_naive(
    verdicts: Sequence[Sequence[int]], item_count: int, flags: Sequence[int] | None, detector_votes: int
) -> Tally:
    """Do what `tally_verdicts` does, one item after the other."""
    _require(verdicts, item_count, flags)
    seats = len(verdicts)
    ballots = [unpack_bits(bitmap, item_count) for bitmap in verdicts]
    flag = unpack_bits(flags if flags is not None else [0] * word_count(item_count), item_count)
    votes = [sum(ballot[i] for ballot in ballots) for i in range(item_count)]
    panel = [2 * votes[i] > seats for i in range(item_count)]
    accepted = [2 * votes[i] > seats + flag[i] * detector_votes for i in range(item_count)]
    return Tally(tuple(pack_bits(panel)), tuple(pack_bits(accepted)))


def _require(verdicts: Sequence[Sequence[int]], item_count: int, flags: Sequence[int] | None) -> None:
    if len(verdicts) > MAX_SEATS:
        raise ValueError(f"A tally counts at most {MAX_SEATS} seats, not {len(verdicts)}.")
    for bitmap in verdicts:
        require_bitmap(bitmap, item_count)
    if flags is not None:
        require_bitmap(flags, item_count)


def _count(words: Sequence[int]) -> list[int]:
    """Add one bit per item and reviewer into five planes, by ripple carry."""
    planes = [0] * PLANES
    for word in words:
        carry = word
        for k in range(PLANES):
            planes[k], carry = planes[k] ^ carry, planes[k] & carry
    return planes


def _more_than(planes: Sequence[int], bound: int) -> int:
    """Return the word with a one where the count is above `bound`."""
    if bound > MAX_SEATS:
        return 0
    above, equal = 0, WORD_MASK
    for k in reversed(range(PLANES)):
        if bound >> k & 1:
            equal &= planes[k]
        else:
            above |= equal & planes[k]
            equal &= ~planes[k]
    return above
