"""Each reviewer's quality, with its interval, on gold and on outcomes apart."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sebrus.truth import Votes, dawid_skene, majority, reviewer_quality


@pytest.mark.parametrize("model", [dawid_skene, majority])
def test_roles_are_told_apart(crowd, model):
    people = crowd(["good"] * 12 + ["lazy"] * 4 + ["guessing"] * 4, 600, 5, seed=1)
    found = reviewer_quality(people.votes, model(people.votes), people.gold(0.3))
    for measured in (found.gold, found.outcome):
        assert measured.low[people.who("good")].min() > measured.high[people.who("guessing")].max() - 0.1
        assert np.nanmin(measured.beyond_chance[people.who("good")]) > 0.5
        # Accepting everything is right as often as items are honest, and tells nothing.
        assert np.abs(measured.beyond_chance[people.who("lazy")]).max() < 0.05


def test_lazy_reviewers_look_good_where_poison_is_rare_but_not_beyond_chance(crowd):
    people = crowd(["good"] * 12 + ["lazy"] * 4, 600, 5, seed=2, share=0.9)
    found = reviewer_quality(people.votes, dawid_skene(people.votes), people.gold(0.4)).gold
    lazy = people.who("lazy")
    assert found.share[lazy].min() > 0.8
    assert np.abs(found.beyond_chance[lazy]).max() < 1e-9


def test_a_liar_is_below_chance(crowd):
    people = crowd(["good"] * 12 + ["lying"] * 3, 400, 5, seed=3)
    found = reviewer_quality(people.votes, dawid_skene(people.votes))
    assert found.outcome.beyond_chance[people.who("lying")].max() < -0.5


def test_intervals_cover_as_often_as_they_say(crowd):
    covered = []
    for seed in range(20):
        people = crowd(["honest"] * 20, 200, 5, seed=seed)
        found = reviewer_quality(people.votes, majority(people.votes), people.truth, level=0.9).gold
        covered.append(((found.low <= 0.85) & (found.high >= 0.85)).mean())
    assert 0.85 < np.mean(covered) < 0.95


def test_on_gold_counts_are_exact_and_intervals_jeffreys():
    votes = Votes.of([0, 1, 2, 0], [0, 0, 0, 1], [1, 1, 0, 1])
    found = reviewer_quality(votes, majority(votes), gold=[1, 0, 0]).gold
    assert found.right.tolist() == [2.0, 1.0]
    assert found.total.tolist() == [3.0, 1.0]
    assert found.low[0] == pytest.approx(stats.beta.ppf(0.025, 2.5, 1.5))


def test_agreeing_with_oneself_counts_for_nothing():
    # Reviewer 0 is alone on items 0 and 1; on item 2 the other two disagree.
    votes = Votes.of([0, 1, 2, 2, 2], [0, 0, 0, 1, 2], [1, 1, 1, 1, 0])
    found = reviewer_quality(votes, majority(votes))
    assert found.outcome.total.tolist() == [1.0, 1.0, 1.0]
    assert found.outcome.right[0] == pytest.approx(0.5)


def test_a_reviewer_without_votes_is_unknown():
    votes = Votes.of([0, 0], [0, 1], [1, 1], reviewer_count=3)
    found = reviewer_quality(votes, dawid_skene(votes), gold=[1])
    assert found.votes[2] == 0
    assert found.gold.share[2] == 0.5
    assert found.gold.low[2] < 0.01
    assert found.gold.high[2] > 0.99
    assert np.isnan(found.gold.beyond_chance[2])
