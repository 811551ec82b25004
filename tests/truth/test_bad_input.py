"""Bad input gives a sensible result or one sentence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sebrus.truth import AGGREGATORS, Running, TruthError, Votes, choose, colluding, dawid_skene, reviewer_quality

VOTES = Votes.of([0, 0, 1], [0, 1, 0], [1, 1, 0])


def check(call, said: str) -> None:
    with pytest.raises(TruthError, match=said) as refused:
        call()
    message = str(refused.value)
    assert message.endswith(".")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("items", "reviewers", "labels", "more", "said"),
    [
        ([0, 1], [0], [0, 1], {}, "differ in length"),
        ([0.5], [0], [0], {}, "no whole numbers"),
        ([np.nan], [0], [0], {}, "no whole numbers"),
        (["a"], [0], [0], {}, "no whole numbers"),
        ([None], [0], [0], {}, "no whole numbers"),
        ([[0]], [0], [0], {}, "no list of numbers"),
        ([0, [1]], [0, 1], [0, 1], {}, "no list of numbers"),
        ([-1], [0], [0], {}, "Unknown number -1 among the items"),
        ([0], [-2], [0], {}, "Unknown number -2 among the reviewers"),
        ([5], [0], [0], {"item_count": 5}, "Unknown number 5 among the items"),
        ([0], [0], [2], {"classes": 2}, "Unknown number 2 among the labels"),
        ([0, 0], [1, 1], [0, 1], {}, "votes twice"),
        ([0], [0], [0], {"item_count": -3}, "is negative"),
        ([0], [2**60], [0], {}, "too large"),
        ([2**60], [0], [0], {}, "too large"),
        ([True], [0], [0], {}, "no whole numbers"),
    ],
)
def test_votes_that_cannot_be(items, reviewers, labels, more, said):
    check(lambda: Votes.of(items, reviewers, labels, **more), said)


@pytest.mark.parametrize(
    ("gold", "said"),
    [
        ([0], "1 entries for 2 items"),
        ([0, 7], "Unknown number 7 among the gold"),
        ([0, -2], "Unknown number -2 among the gold"),
        ([0.0, 1.0], "no whole numbers"),
        ("01", "no list of numbers"),
    ],
)
@pytest.mark.parametrize("name", AGGREGATORS)
def test_gold_that_cannot_be(name, gold, said):
    check(lambda: AGGREGATORS[name](VOTES, gold, None), said)


@pytest.mark.parametrize(
    ("items", "answers", "said"),
    [([0, 0], [1, 0], "item 0 two different answers"), ([9], [0], "Unknown number 9"), ([0], [0, 1], "differ in")],
)
def test_contradictory_or_foreign_gold(items, answers, said):
    check(lambda: VOTES.known(items, answers), said)


@pytest.mark.parametrize(
    ("classifier", "said"),
    [
        ([[0.5, 0.5]], "shape"),
        ([[0.5], [0.5]], "shape"),
        ([[-0.1, 1.1], [0.5, 0.5]], "negative"),
        ([[np.inf, 0.0], [0.5, 0.5]], "infinite"),
        ([["a", "b"], ["c", "d"]], "no numbers"),
        ([[0.5, 0.5], [0.5]], "no numbers"),
    ],
)
@pytest.mark.parametrize("name", AGGREGATORS)
def test_probabilities_that_cannot_be(name, classifier, said):
    check(lambda: AGGREGATORS[name](VOTES, None, classifier), said)


def test_settings_that_cannot_be():
    truths = dawid_skene(VOTES)
    other = dawid_skene(Votes.of([0], [0], [0]))
    check(lambda: dawid_skene(VOTES, weight=-1.0), "0 or more")
    check(lambda: dawid_skene(VOTES, weight=float("nan")), "0 or more")
    check(lambda: dawid_skene(VOTES, weight=[1.0, 2.0, 3.0]), "one for each class")
    check(lambda: dawid_skene(VOTES, rounds=-1), "0 or more")
    check(lambda: Running.of(VOTES, weight=-1.0), "0 or more")
    check(lambda: choose(VOTES, None, candidates={}), "give a candidate")
    check(lambda: choose(VOTES, None, folds=1), "two folds")
    check(lambda: choose(VOTES, None, errors=-1.0), "0 standard errors")
    for cost in ([[0, 1]], [[0, np.nan], [1, 0]], "ab", [[0, 1], [1]]):
        check(lambda cost=cost: truths.decided(cost), "2 true by 2 decided")
    check(lambda: reviewer_quality(VOTES, truths, level=1.0), "between 0 and 1")
    check(lambda: reviewer_quality(VOTES, other), "other votes")
    check(lambda: colluding(VOTES, truths, rate=0.0), "between 0 and 1")
    check(lambda: colluding(VOTES, other), "other votes")


@pytest.mark.parametrize("name", AGGREGATORS)
def test_no_vote_at_all(name):
    empty = Votes.of([], [], [], item_count=3, reviewer_count=2, classes=2)
    found = AGGREGATORS[name](empty, None, None)
    assert np.allclose(found.probabilities, 0.5)
    assert AGGREGATORS[name](Votes.of([], [], [], classes=2), None, None).probabilities.shape == (0, 2)
    check(lambda: AGGREGATORS[name](Votes.of([], [], []), None, None), "no class")


@pytest.mark.parametrize("name", AGGREGATORS)
def test_one_class(name):
    votes = Votes.of([0, 0, 1], [0, 1, 0], [0, 0, 0])
    found = AGGREGATORS[name](votes, [0, -1], [[1.0], [np.nan]])
    assert found.probabilities.tolist() == [[1.0], [1.0]]
    assert not colluding(votes, found).flagged.any()
    assert reviewer_quality(votes, found).outcome.share.tolist() == [0.75, 0.75]
    assert Running.of(votes).add(1, 1, 0).probabilities.tolist() == [[1.0], [1.0]]


@pytest.mark.parametrize("name", AGGREGATORS)
def test_probabilities_with_gaps(name):
    gaps = [[np.nan, 1.0], [0.0, 0.0]]
    assert np.allclose(
        AGGREGATORS[name](VOTES, None, gaps).labels,
        AGGREGATORS[name](VOTES, None, None).labels,
    )


@settings(max_examples=60, deadline=None)
@given(data=st.data(), classes=st.integers(1, 4))
def test_whatever_the_votes_the_result_is_finite(data, classes):
    cells = data.draw(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 4)), max_size=20))
    items, reviewers = [item for item, _ in cells], [reviewer for _, reviewer in cells]
    labels = data.draw(st.lists(st.integers(0, classes - 1), min_size=len(cells), max_size=len(cells)))
    gold = data.draw(st.one_of(st.none(), st.lists(st.integers(-1, classes - 1), min_size=6, max_size=6)))
    numbers = st.one_of(st.just(float("nan")), st.floats(0.0, 1.0))
    row = st.lists(numbers, min_size=classes, max_size=classes)
    classifier = data.draw(st.one_of(st.none(), st.lists(row, min_size=6, max_size=6)))
    votes = Votes.of(items, reviewers, labels, item_count=6, reviewer_count=5, classes=classes)
    for run in AGGREGATORS.values():
        found = run(votes, gold, classifier)
        assert np.isfinite(found.probabilities).all()
        assert np.allclose(found.probabilities.sum(axis=1), 1.0)
        measured = reviewer_quality(votes, found, gold)
        assert ((measured.outcome.low <= measured.outcome.share) & (measured.gold.share <= measured.gold.high)).all()
        assert (colluding(votes, found, gold).p_value <= 1.0).all()
    assert choose(votes, gold, classifier).name in AGGREGATORS
