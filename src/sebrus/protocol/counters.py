"""Counting verdicts 256 places at a time: bit-sliced (vertical) counters.

Plane `k` holds bit `k` of every place's count, so one ripple-carry addition per bitmap counts 256 places (Warren,
"Hacker's Delight", 2nd edition, section 8-1; Biham, "A fast new DES implementation in software", FSE 1997).
"""

from collections.abc import Iterable, Sequence

from sebrus.protocol.bitmap import WORD_MASK

PLANES = 5
MAX_SEATS = (1 << PLANES) - 1
"""Bitmaps counted at most: five planes count to 31."""

Planes = Sequence[int]


def count_words(words: Iterable[int]) -> Planes:
    """Return the planes of the counts after adding one word of every bitmap."""
    planes = [0] * PLANES
    for word in words:
        carry = word
        for k in range(PLANES):
            planes[k], carry = planes[k] ^ carry, planes[k] & carry
    return planes


def more_than(planes: Planes, bound: int) -> int:
    """Return the word with a one where the count is above `bound`, which may be negative."""
    if bound < 0:
        return WORD_MASK
    if bound >= MAX_SEATS:
        return 0
    above, equal = 0, WORD_MASK
    for k in reversed(range(PLANES)):
        if bound >> k & 1:
            equal &= planes[k]
        else:
            above |= equal & planes[k]
            equal &= ~planes[k]
    return above
