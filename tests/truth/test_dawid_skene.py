"""Dawid-Skene: equal to a naive twin and to crowd-kit's, and better than the majority where it should be."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sebrus.truth import Votes, dawid_skene, majority, one_coin
from sebrus.truth.choice import chance_right


def naive_twin(votes: Votes, gold: list[int], weight: float, rounds: int) -> list[list[float]]:
    """The same rounds in plain loops, from the majority."""
    cast = list(zip(votes.items.tolist(), votes.reviewers.tolist(), votes.labels.tolist(), strict=True))
    classes = range(votes.classes)
    told = [vote for vote in cast if not weight or gold[vote[0]] >= 0 or sum(i == vote[0] for i, _, _ in cast) > 1]

    def fixed(item: int, row: list[float]) -> list[float]:
        return row if gold[item] < 0 else [float(k == gold[item]) for k in classes]

    truths = [fixed(item, row) for item, row in enumerate(majority(votes).probabilities.tolist())]
    for _ in range(rounds):
        pool = [[(z == v) + 1 / votes.classes + sum(truths[i][z] for i, _, y in told if y == v) for v in classes]
                for z in classes]  # fmt: skip
        free = [row for item, row in enumerate(truths) if gold[item] < 0]
        prior = [(sum(row[z] for row in free) + (weight > 0)) / max(len(free) + votes.classes * (weight > 0), 1)
                 for z in classes]  # fmt: skip
        matrix: dict[tuple[int, int, int], float] = {}
        for who in range(votes.reviewer_count):
            for z in classes:
                seen = [sum(truths[i][z] for i, w, y in told if (w, y) == (who, v)) for v in classes]
                row = [max(seen[v] + weight * pool[z][v] / sum(pool[z]), 1e-10) for v in classes]
                matrix |= {(who, z, v): row[v] / sum(row) for v in classes}
        for item in range(votes.item_count):
            logs = [math.log(max(prior[z], 1e-10)) + sum(math.log(matrix[w, z, y]) for i, w, y in cast if i == item)
                    for z in classes]  # fmt: skip
            powers = [math.exp(value - max(logs)) for value in logs]
            truths[item] = fixed(item, [value / sum(powers) for value in powers])
    return truths


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), weight=st.sampled_from([0.0, 0.5, 2.0]), classes=st.integers(2, 3))
def test_equal_to_the_naive_twin(seed, weight, classes):
    rng = np.random.default_rng(seed)
    cells = rng.permutation(8 * 5)[:25]
    votes = Votes.of(
        cells // 5, cells % 5, rng.integers(0, classes, 25), item_count=8, reviewer_count=5, classes=classes
    )
    found = dawid_skene(votes, weight=weight, rounds=3)
    assert np.allclose(found.probabilities, naive_twin(votes, [-1] * 8, weight, found.rounds + 1), atol=1e-9)


def test_the_twin_agrees_with_gold_too(crowd):
    people = crowd(["honest"] * 5, 30, 3, seed=1)
    gold = people.gold(0.4)
    found = dawid_skene(people.votes, gold, rounds=4)
    starts = [naive_twin(people.votes, gold.tolist(), 2.0, found.rounds + 1)]
    # With gold a second start is tried; both end in the same place in an honest crowd.
    assert np.allclose(found.probabilities, starts[0], atol=0.05)
    assert (found.labels == np.argmax(starts[0], axis=1)).all()


def as_table(votes: Votes):
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame({"task": votes.items, "worker": votes.reviewers, "label": votes.labels})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("rounds", [1, 5, 20])
def test_without_a_prior_equal_to_crowd_kits(crowd, classes, rounds):
    peers = pytest.importorskip("crowdkit.aggregation")
    people = crowd(["honest"] * 6 + ["good"] * 6, 200, 4, seed=3, classes=classes)
    for ours, theirs in ((dawid_skene, peers.DawidSkene), (one_coin, peers.OneCoinDawidSkene)):
        found = ours(people.votes, weight=0.0, rounds=rounds - 1)
        table = theirs(n_iter=found.rounds + 1, tol=-1e9).fit_predict_proba(as_table(people.votes))
        assert np.allclose(found.probabilities, table.sort_index()[list(range(classes))].to_numpy(), atol=1e-6)


@pytest.mark.parametrize("model", [dawid_skene, one_coin])
def test_three_votes_make_nobody_infallible(model):
    votes = Votes.of([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [1, 1, 0, 0, 1, 1])
    assert model(votes).confusion.max() < 1.0
    assert dawid_skene(votes, weight=0.0).confusion.max() == pytest.approx(1.0)


def test_matrices_and_truths_are_probabilities(crowd):
    people = crowd(["honest"] * 5 + ["lazy"], 40, 3, seed=2)
    for found in (dawid_skene(people.votes), dawid_skene(people.votes, weight=None), one_coin(people.votes)):
        assert np.allclose(found.confusion.sum(axis=2), 1.0)
        assert np.allclose(found.probabilities.sum(axis=1), 1.0)
        assert (found.probabilities >= 0).all()


def test_lazy_reviewers_cost_a_majority_more(crowd):
    people = crowd(["honest"] * 30 + ["lazy"] * 20, 800, 5, seed=4, share=0.8)
    poison = people.truth == 0
    found = dawid_skene(people.votes).labels
    assert (found[poison] == 0).mean() > (majority(people.votes).labels[poison] == 0).mean() + 0.2
    # An error that depends on the class is what one number per reviewer cannot express.
    assert (one_coin(people.votes).labels[poison] == 0).mean() < (found[poison] == 0).mean()


def test_estimated_weights_treat_like_reviewers_alike(crowd):
    alike = crowd(["honest"] * 30, 600, 5, seed=5)
    mixed = crowd(["good"] * 15 + ["guessing"] * 15, 600, 5, seed=5)
    assert dawid_skene(alike.votes, weight=None).weight.min() > dawid_skene(mixed.votes, weight=None).weight.max()


def test_items_and_reviewers_without_votes_have_their_prior():
    votes = Votes.of([0, 0, 1], [0, 1, 0], [1, 1, 0], item_count=4, reviewer_count=3, classes=2)
    found = dawid_skene(votes)
    assert np.allclose(found.probabilities[2], found.prior[0])
    assert np.allclose(found.confusion[2].sum(axis=1), 1.0)


def test_the_order_of_the_votes_does_not_matter(crowd):
    votes = crowd(["honest"] * 8, 60, 3, seed=6).votes
    order = np.random.default_rng(0).permutation(len(votes))
    again = Votes.of(votes.items[order], votes.reviewers[order], votes.labels[order], reviewer_count=8, classes=2)
    assert np.allclose(dawid_skene(votes).probabilities, dawid_skene(again).probabilities)


@pytest.mark.parametrize("model", [dawid_skene, one_coin])
def test_single_votes_are_taken_at_their_word(crowd, model):
    people = crowd(["honest"] * 20, 400, 1, seed=7, classes=4)
    assert (model(people.votes).labels == majority(people.votes).labels).all()


def test_ties_count_for_their_share():
    votes = Votes.of([0, 0], [0, 1], [0, 1])
    assert chance_right(majority(votes).probabilities, np.array([0])).tolist() == [0.5]
