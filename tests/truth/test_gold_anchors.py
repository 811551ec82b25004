"""Known answers stay fixed, measure the reviewers, and keep a lying crowd from turning the truth over."""

from __future__ import annotations

import numpy as np
import pytest

from sebrus.truth import AGGREGATORS, Votes, dawid_skene, majority


@pytest.mark.parametrize("name", AGGREGATORS)
def test_gold_stays_as_it_is(crowd, name):
    people = crowd(["honest"] * 5 + ["lying"] * 3, 60, 3, seed=1)
    gold = people.gold(0.3)
    found = AGGREGATORS[name](people.votes, gold, None)
    known = gold >= 0
    assert (found.labels[known] == gold[known]).all()
    assert (found.probabilities[known].max(axis=1) == 1.0).all()


def test_a_lying_majority_is_overruled_by_gold(crowd):
    people = crowd(["lying"] * 12 + ["honest"] * 8, 600, 5, seed=2)
    asked = people.gold(0.1)
    rest = asked < 0
    right = {
        "majority": majority(people.votes, asked).labels,
        "alone": dawid_skene(people.votes).labels,
        "anchored": dawid_skene(people.votes, asked).labels,
    }
    share = {name: (labels == people.truth)[rest].mean() for name, labels in right.items()}
    assert share["anchored"] > 0.9
    assert share["majority"] < 0.5
    assert share["alone"] < 0.1


def test_a_reviewer_seen_on_gold_is_trusted_accordingly():
    # Reviewer 0 is right on four gold items, reviewer 1 wrong; on item 4 they disagree.
    items, reviewers = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4], [0, 1] * 5
    votes = Votes.of(items, reviewers, [0, 1, 1, 0, 0, 1, 1, 0, 1, 0])
    assert dawid_skene(votes, gold=[0, 1, 0, 1, -1]).labels[4] == 1


def test_gold_planted_at_another_rate_does_not_move_the_class_prior(crowd):
    people = crowd(["honest"] * 10, 500, 5, seed=3, share=0.8)
    poisoned = np.flatnonzero(people.truth == 0)[:60]
    gold = np.full(500, -1)
    gold[poisoned] = 0
    assert dawid_skene(people.votes, gold).prior[0, 1] > 0.8


def test_known_builds_the_array_and_allows_repetition():
    votes = Votes.of([0, 1, 2], [0, 0, 0], [1, 0, 1])
    assert votes.known([2, 0, 2], [1, 0, 1]).tolist() == [0, -1, 1]
