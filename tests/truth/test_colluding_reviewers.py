"""Reviewers who err together are hinted at; lazy ones, and all who meet a hard item, are not."""

from __future__ import annotations

import numpy as np
import pytest

from sebrus.truth import Votes, colluding, dawid_skene, majority

from .conftest import gather


def panels(seed: int, items: int = 640, people: int = 30, seats: int = 5, batch: int = 64):
    """Truth, and who sits where: a panel votes on a whole batch."""
    rng = np.random.default_rng(seed)
    truth = (rng.random(items) < 0.7).astype(int)
    seated = np.stack([rng.permutation(people)[:seats] for _ in range(0, items, batch)])
    return rng, truth, np.repeat(np.arange(items), seats), seated[np.arange(items) // batch].ravel()


def cast(rng, truth, rows, reviewers, skill=0.85):
    return np.where(rng.random(len(rows)) < skill, truth[rows], 1 - truth[rows])


def test_colluding_reviewers_are_found():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, 300)
    rows, reviewers = np.repeat(np.arange(300), 7), np.tile(np.arange(7), 300)
    labels = cast(rng, truth, rows, reviewers)
    # Reviewers 0 and 1 agree beforehand what to say on one item in five.
    arranged = np.flatnonzero(rng.random(300) < 0.2)
    for reviewer in (0, 1):
        labels[arranged * 7 + reviewer] = 1 - truth[arranged]
    votes = Votes.of(rows, reviewers, labels)
    found = colluding(votes, dawid_skene(votes))
    assert (found.first[0], found.second[0]) == (0, 1)
    assert found.flagged[0]
    assert found.flagged.sum() == 1
    assert found.together[0] > 2 * found.expected[0]


def test_honest_reviewers_are_seldom_flagged():
    flagged = []
    for seed in range(20):
        rng, truth, rows, reviewers = panels(seed)
        votes = Votes.of(rows, reviewers, cast(rng, truth, rows, reviewers), reviewer_count=30)
        flagged.append(colluding(votes, dawid_skene(votes)).flagged.any())
    # Where all are innocent a rate of 5 % is the chance of any flag.
    assert np.mean(flagged) <= 0.1


def test_hard_items_are_no_collusion():
    flagged = []
    for seed in range(10):
        rng, truth, rows, reviewers = panels(seed, seats=9)
        hard = rng.random(len(truth)) < 0.1
        easy = cast(rng, truth, rows, reviewers, 0.95)
        labels = np.where(hard[rows], cast(rng, truth, rows, reviewers, 0.4), easy)
        votes = Votes.of(rows, reviewers, labels, reviewer_count=30)
        flagged.append(colluding(votes, majority(votes), truth).flagged.sum())
    assert np.mean(flagged) <= 0.5


@pytest.mark.parametrize("role", ["lazy", "lying"])
def test_the_same_habit_is_no_collusion(role):
    people = gather(["good"] * 8 + [role] * 3, 300, 6, seed=3)
    assert not colluding(people.votes, dawid_skene(people.votes), people.truth).flagged.any()


def test_pairs_come_most_suspicious_first_and_share_enough(crowd):
    people = crowd(["honest"] * 8, 100, 3, seed=4)
    found = colluding(people.votes, dawid_skene(people.votes))
    assert (np.diff(found.p_value) >= 0).all()
    assert (found.shared >= 5).all()
    assert (found.first < found.second).all()
    assert (found.together <= found.shared).all()
