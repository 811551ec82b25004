"""The aggregator is chosen on held-out gold, and a majority wins ties."""

from __future__ import annotations

import numpy as np

from sebrus.truth import AGGREGATORS, choose


def test_an_honest_crowd_needs_no_more_than_a_majority(crowd):
    people = crowd(["good"] * 20, 300, 5, seed=1)
    found = choose(people.votes, people.gold(0.3))
    assert found.name == "majority"
    assert set(found.scores) == set(AGGREGATORS)
    assert "majority" in found.why


def test_lazy_reviewers_make_it_choose_a_matrix(crowd):
    people = crowd(["honest"] * 30 + ["lazy"] * 25, 800, 5, seed=2, share=0.6)
    found = choose(people.votes, people.gold(0.3))
    assert found.name in ("hierarchical", "dawid_skene", "plain_dawid_skene")
    assert "more than a standard error behind" in found.why
    assert found.scores[found.name][0] > found.scores["majority"][0]


def test_liars_make_it_leave_the_majority(crowd):
    people = crowd(["honest"] * 12 + ["lying"] * 12, 500, 5, seed=3)
    found = choose(people.votes, people.gold(0.2))
    assert found.name != "majority"
    assert (found.truths.labels == people.truth).mean() > 0.9


def test_too_little_gold_chooses_nothing(crowd):
    people = crowd(["honest"] * 5, 50, 3, seed=4)
    gold = np.full(50, -1)
    gold[:9] = people.truth[:9]
    found = choose(people.votes, gold)
    assert (found.name, found.scores) == ("majority", {})
    assert "too few" in found.why


def test_a_good_classifier_is_taken_and_a_blind_one_is_not(crowd):
    people = crowd(["honest"] * 20, 500, 1, seed=5)
    rng = np.random.default_rng(0)
    says = np.where(rng.random(500) < 0.97, people.truth, 1 - people.truth)
    good = np.where(np.arange(2) == says[:, None], 0.9, 0.1)
    chosen = choose(people.votes, people.gold(0.4), good)
    assert chosen.name.endswith("with classifier")
    blind = rng.dirichlet([1, 1], 500)
    assert not choose(people.votes, people.gold(0.4), blind).name.endswith("with classifier")


def test_without_a_margin_the_best_on_gold_is_taken(crowd):
    people = crowd(["honest"] * 20 + ["guessing"] * 5, 300, 5, seed=8)
    found = choose(people.votes, people.gold(0.3), errors=0.0)
    assert found.scores[found.name][0] == max(share for share, _ in found.scores.values())
    careful = choose(people.votes, people.gold(0.3), errors=5.0)
    assert (careful.name, "5 standard errors" in careful.why) == ("majority", True)


def test_the_same_seed_deals_the_same_folds(crowd):
    people = crowd(["honest"] * 10 + ["guessing"] * 5, 200, 3, seed=6)
    first, again = (choose(people.votes, people.gold(0.3), seed=7) for _ in range(2))
    assert first.scores == again.scores
