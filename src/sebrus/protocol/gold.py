"""Gold: pictures with a known answer among the items, and what verdicts on them say of seats and of the gold itself."""

from collections.abc import Sequence

from sebrus.protocol.bitmap import WORD_BITS, pack_bits, popcount, unpack_bits
from sebrus.protocol.counters import count_words, more_than

MIN_GOLD = 4
"""Gold pictures in a round below which no seat is struck."""
BPS = 10_000


def gold_right(verdicts: Sequence[int], gold: Sequence[int], answers: Sequence[int]) -> int:
    """Return how many gold pictures `verdicts` has right; all over positions."""
    return popcount(g & ~(v ^ a) for v, g, a in zip(verdicts, gold, answers, strict=True))


def is_struck(verdicts: Sequence[int], gold: Sequence[int], answers: Sequence[int], gold_pass_bps: int) -> bool:
    """Tell whether a seat does not count: it has too little of at least four gold pictures right."""
    seen = popcount(gold)
    return seen >= MIN_GOLD and gold_right(verdicts, gold, answers) * BPS < seen * gold_pass_bps


def contested_gold(verdicts: Sequence[Sequence[int]], gold: Sequence[int], answers: Sequence[int]) -> list[int]:
    """Return the gold that more than half of the revealed seats contradict: it may be false, so it judges nobody."""
    contested = []
    for at, (places, answer) in enumerate(zip(gold, answers, strict=True)):
        planes = count_words(bitmap[at] ^ answer for bitmap in verdicts)
        contested.append(more_than(planes, len(verdicts) // 2) & places)
    return contested


def contested_gold_naive(verdicts: Sequence[Sequence[int]], gold: Sequence[int], answers: Sequence[int]) -> list[int]:
    """Do what `contested_gold` does, one position after the other."""
    count = len(gold) * WORD_BITS
    said = [unpack_bits(bitmap, count) for bitmap in verdicts]
    known = zip(unpack_bits(gold, count), unpack_bits(answers, count), strict=True)
    return pack_bits(
        is_gold and 2 * sum(one[i] != answer for one in said) > len(said) for i, (is_gold, answer) in enumerate(known)
    )
