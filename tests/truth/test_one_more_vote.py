"""One vote at a time comes close to estimating everything anew, and touches nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sebrus.truth import Running, TruthError, Votes, dawid_skene

from .conftest import gather


def stream(state: Running, truth: np.ndarray, count: int, seed: int) -> Running:
    """`count` votes by random reviewers who have not voted on the item yet, right four times of five."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        item = int(rng.integers(len(truth)))
        there = state.votes.reviewers[state.votes.items == item]
        free = np.setdiff1d(np.arange(state.votes.reviewer_count), there)
        if len(free):
            label = int(truth[item] if rng.random() < 0.8 else 1 - truth[item])
            state = state.add(item, int(rng.choice(free)), label)
    return state


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_close_to_the_batch_result(seed):
    people = gather(["honest"] * 12 + ["lazy"] * 4, 150, 4, seed=seed)
    gold = people.gold(0.2)
    state = stream(Running.of(people.votes, gold), people.truth, 20, seed)
    batch = dawid_skene(state.votes, gold)
    assert np.abs(state.probabilities - batch.probabilities).mean() < 0.04
    assert (state.probabilities.argmax(axis=1) == batch.labels).mean() >= 0.95


def test_settled_it_is_the_batch_result():
    # Even with gold three of ten thousand crowds have two fixed points: here they are the same crowds each time.
    for seed in range(30):
        people = gather(["honest"] * 12 + ["lazy"] * 4, 150, 4, seed=seed)
        gold = people.gold(0.2)
        state = stream(Running.of(people.votes, gold), people.truth, 20, seed)
        batch = dawid_skene(state.votes, gold)
        assert np.abs(state.settled().probabilities - batch.probabilities).max() < 0.05


def test_without_gold_as_close_in_nearly_all_crowds():
    # Nothing keeps a crowd without gold from having two fixed points, so here not every crowd need be close.
    apart = []
    for seed in range(40):
        people = gather(["honest"] * 12 + ["lazy"] * 4, 150, 4, seed=seed)
        state = stream(Running.of(people.votes), people.truth, 20, seed)
        apart.append(np.abs(state.probabilities - dawid_skene(state.votes).probabilities).mean())
    assert np.median(apart) < 0.001
    assert np.quantile(apart, 0.9) < 0.01


def test_a_hierarchical_batch_goes_on_with_its_weights(crowd):
    people = crowd(["honest"] * 12 + ["lazy"] * 4, 150, 4, seed=1)
    batch = dawid_skene(people.votes, weight=None)
    state = stream(Running.of(people.votes, weight=batch.weight), people.truth, 5, 1)
    assert np.array_equal(state.weight, batch.weight)
    assert np.abs(state.probabilities - dawid_skene(state.votes, weight=batch.weight).probabilities).mean() < 0.02


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_counts_stay_those_of_the_probabilities(seed):
    people = gather(["honest"] * 8, 40, 1, seed=seed)
    gold = people.gold(0.1)
    state = stream(Running.of(people.votes, gold), people.truth, 40, seed)
    expected = np.zeros((8, 2, 2))
    for item, reviewer, label in zip(state.votes.items, state.votes.reviewers, state.votes.labels, strict=True):
        # A vote that is alone on its item tells nothing of its reviewer.
        if (state.votes.items == item).sum() > 1 or gold[item] >= 0:
            expected[reviewer, label] += state.probabilities[item]
    assert np.allclose(state.counts, expected, atol=1e-9)


def test_a_state_is_left_as_it_was(crowd):
    people = crowd(["honest"] * 6, 30, 3, seed=1)
    before = Running.of(people.votes)
    kept = before.probabilities.copy(), before.counts.copy()
    free = int(np.setdiff1d(np.arange(6), people.votes.reviewers[people.votes.items == 0])[0])
    after = before.add(0, free, 1)
    assert np.array_equal(before.probabilities, kept[0])
    assert np.array_equal(before.counts, kept[1])
    assert len(after.votes) == len(before.votes) + 1


def test_new_items_and_reviewers_are_taken_in(crowd):
    people = crowd(["honest"] * 6, 30, 3, seed=2)
    state = Running.of(people.votes).add(30, 6, 1).add(30, 0, 1)
    assert state.probabilities.shape == (31, 2)
    assert state.probabilities[30].argmax() == 1
    assert state.truths().confusion.shape == (7, 2, 2)


def test_gold_does_not_move(crowd):
    people = crowd(["honest"] * 6, 30, 3, seed=3)
    gold = people.gold(0.5)
    item = int(np.flatnonzero(gold >= 0)[0])
    free = np.setdiff1d(np.arange(6), people.votes.reviewers[people.votes.items == item])
    state = Running.of(people.votes, gold)
    for reviewer in free:
        state = state.add(item, int(reviewer), int(1 - gold[item]))
    assert state.probabilities[item].argmax() == gold[item]
    assert (state.truths().confusion[free, gold[item], gold[item]]
            < Running.of(people.votes, gold).truths().confusion[free, gold[item], gold[item]]).all()  # fmt: skip


def test_from_nothing_to_a_crowd():
    state = Running.of(Votes.of([], [], [], classes=2))
    for item, reviewer, label in [(0, 0, 1), (0, 1, 1), (1, 0, 0), (1, 1, 0), (1, 2, 0)]:
        state = state.add(item, reviewer, label)
    assert state.probabilities.argmax(axis=1).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("vote", "said"),
    [
        ((9, 0, 0), "Unknown item 9"),
        ((0, 9, 0), "Unknown reviewer 9"),
        ((0, 2, 5), "Unknown class 5"),
        ((-1, 0, 0), "Unknown item -1"),
        ((0, 0, 1), "has voted on item 0 already"),
        (("a", 0, 1), "Unknown item a"),
        ((0.5, 0, 1), "Unknown item 0.5"),
    ],
)
def test_a_wrong_vote_is_refused_in_a_sentence(vote, said):
    state = Running.of(Votes.of([0, 0, 1], [0, 1, 0], [1, 1, 0], reviewer_count=3))
    with pytest.raises(TruthError, match=said):
        state.add(*vote)
