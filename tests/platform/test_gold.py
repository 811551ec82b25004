"""Nothing about gold but its truth is special, and the same pictures do not come up again and again."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from sebrus.platform.documents import LabelledDigest
from sebrus.platform.gold import choose_gold, gold_count

seeds = st.lists(st.integers(0, 4), max_size=40).map(
    lambda labels: [LabelledDigest(f"{i:064x}", label) for i, label in enumerate(labels)]
)


def test_how_much_gold():
    assert [gold_count(items, 1000, 512) for items in (1, 24, 64, 256, 1024, 4096)] == [6, 6, 6, 20, 82, 328]
    assert gold_count(64, 3, 512) == 3, "no more than the seed has"
    assert gold_count(64, 0, 512) == 0
    assert gold_count(1024, 1000, 10) == 10, "no more than the policy allows"


@given(seeds, st.lists(st.integers(0, 4), min_size=1, max_size=30), st.integers(0, 20), st.integers())
def test_half_is_right_and_half_is_wrong(seed, labels, count, key):
    gold = choose_gold(Random(key), seed, labels, {}, count)
    truth = {item.sha256: item.label for item in seed}
    assert len(gold) == min(count, len(seed)) and len({one.shown.sha256 for one in gold}) == len(gold)
    for one in gold:
        assert one.accept == (truth[one.shown.sha256] == one.shown.label)
    wrong = sum(not one.accept for one in gold)
    assert wrong <= count // 2
    if len({*labels, *truth.values()}) > 1 and len(seed) >= count and len(set(labels)) > 1:
        assert wrong == count // 2


@given(seeds, st.lists(st.integers(0, 4), min_size=1, max_size=30), st.integers(0, 20), st.integers())
def test_the_same_draw_gives_the_same_gold(seed, labels, count, key):
    assert choose_gold(Random(key), seed, labels, {}, count) == choose_gold(Random(key), seed, labels, {}, count)


@given(st.integers())
def test_labels_that_no_item_has_do_not_give_gold_away(key):
    seed = [LabelledDigest(f"{i:064x}", i % 10) for i in range(100)]
    gold = choose_gold(Random(key), seed, [3] * 50, {}, 8)
    assert {one.shown.label for one in gold} == {3}
    assert sum(one.accept for one in gold) == 4


@given(st.integers())
def test_what_was_least_used_comes_first(key):
    seed = [LabelledDigest(f"{i:064x}", i % 2) for i in range(40)]
    uses = {item.sha256: 1 for item in seed[:30]}
    gold = choose_gold(Random(key), seed, [0, 1], uses, 10)
    assert {one.shown.sha256 for one in gold} == {item.sha256 for item in seed[30:]}


def test_wrong_labels_are_drawn_evenly():
    seed = [LabelledDigest(f"{i:064x}", 0) for i in range(600)]
    gold = choose_gold(Random(1), seed, [0, 1, 2, 3], {}, 600)
    counts = [sum(one.shown.label == label for one in gold) for label in (1, 2, 3)]
    assert sum(counts) == 300 and min(counts) > 70
