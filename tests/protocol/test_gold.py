"""Gold that most contradict judges nobody; words at a time as one by one."""

from hypothesis import given
from hypothesis import strategies as st

from sebrus import protocol as p

from .conftest import bitmaps, words


@given(st.integers(1, 600).flatmap(lambda n: st.tuples(st.lists(bitmaps(n), max_size=31), bitmaps(n), bitmaps(n))))
def test_words_at_a_time_equals_one_by_one(case: tuple[list[p.Words], p.Words, p.Words]) -> None:
    verdicts, gold, answers = case
    contested = p.contested_gold(verdicts, gold, answers)
    assert contested == p.contested_gold_naive(verdicts, gold, answers)
    assert all(doubt & ~place == 0 for doubt, place in zip(contested, gold, strict=True))


def test_half_is_not_more_than_half() -> None:
    gold, answers = words(1, 1, 0), words(1, 0, 1)
    half = [words(0, 0, 0), words(1, 0, 1)]
    assert p.contested_gold(half, gold, answers) == [0]
    assert p.contested_gold([*half, words(0, 0, 0)], gold, answers) == [0b01]


def test_nobody_is_struck_by_three_pictures_and_everybody_by_four_wrong_ones() -> None:
    wrong, right = words(0, 0, 0, 0, 0), words(1, 1, 1, 1, 0)
    assert not p.is_struck(wrong, words(1, 1, 1, 0, 0), words(1, 1, 1, 0, 0), 10_000)
    four = words(1, 1, 1, 1, 0)
    assert p.is_struck(wrong, four, four, 1)
    assert not p.is_struck(wrong, four, four, 0)
    assert not p.is_struck(right, four, four, 10_000)
    assert p.gold_right(words(1, 1, 0, 0, 1), four, four) == 2
