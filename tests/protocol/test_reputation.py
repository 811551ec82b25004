"""Reputation fades but never overflows, and a bad record is not worth leaving behind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebrus import protocol as p

from .conftest import words


def judgement(gold_seen: int, gold_right: int, items_seen: int = 0, items_coherent: int = 0) -> p.Judgement:
    return p.Judgement(0, 0, 0, 0, gold_seen, gold_right, items_seen, items_coherent)


def pairs(most: int) -> st.SearchStrategy[tuple[int, int]]:
    return st.integers(0, most).flatmap(lambda seen: st.tuples(st.just(seen), st.integers(0, seen)))


@given(st.lists(st.tuples(pairs(512), pairs(4096)), max_size=60))
def test_counters_fit_their_bits_and_stay_pairs(seats: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    record = p.ReviewerRecord()
    for gold, items in seats:
        record = record.judged(judgement(*gold, *items))
        assert gold[0] <= record.gold_seen < 2**14
        assert items[0] <= record.items_seen < 2**16
        assert record.gold_right <= record.gold_seen
        assert record.items_coherent <= record.items_seen


def test_both_counters_of_a_pair_are_halved_together_before_adding() -> None:
    full = p.ReviewerRecord(2**14 - 1, 101, 2**16 - 1, 7)
    assert full.judged(judgement(1, 1)) == p.ReviewerRecord(2**13, 51, 2**16 - 1, 7)
    assert full.judged(judgement(0, 0, 4096, 10)) == p.ReviewerRecord(2**14 - 1, 101, 2**15 - 1 + 4096, 13)
    assert p.faded(100, 50, 250, 8) == (3, 1)
    assert p.faded(5, 4, 250, 8) == (5, 4)
    with pytest.raises(ValueError, match="256 does not fit a counter of 8 bits"):
        p.faded(0, 0, 256, 8)


@pytest.mark.parametrize(
    ("seen", "right", "tier"),
    [(0, 0, 2), (15, 0, 2), (16, 13, 4), (20, 16, 4), (20, 15, 1), (20, 12, 1), (20, 11, 0), (16, 0, 0)],
)
def test_tiers(seen: int, right: int, tier: int) -> None:
    assert p.ReviewerRecord(gold_seen=seen, gold_right=right).tier == tier


@pytest.mark.parametrize(
    ("stake", "tier", "weight"),
    [(159, 4, 0), (160, 4, 16), (160, 2, 8), (160, 1, 4), (160, 0, 0), (169, 4, 16), (175, 4, 17)],
)
def test_weights(stake: int, tier: int, weight: int) -> None:
    assert p.draw_weight(stake, tier, 160) == weight


def test_a_detector_is_judged_by_the_panel() -> None:
    decision = p.Decision(words(0, 1, 0, 0, 1), words(1, 1, 0, 0, 1), words(1, 0, 1, 0, 0))
    record = p.DetectorRecord().judged(5, decision)
    assert record == p.DetectorRecord(items=5, flagged=2, upheld=1, missed=1)
    assert record.not_opened() == p.DetectorRecord(items=5, flagged=2, upheld=1, missed=1, unopened=1)
