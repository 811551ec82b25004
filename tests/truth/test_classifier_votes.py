"""A classifier counts for what the votes show it to be worth, and for nothing where it says nothing."""

from __future__ import annotations

import numpy as np
import pytest

from sebrus.truth import dawid_skene, one_coin


def sayings(truth: np.ndarray, skill: float, sure: float, seed: int = 0) -> np.ndarray:
    """Probabilities of a classifier that is right with `skill` and always as sure."""
    rng = np.random.default_rng(seed)
    said = np.where(rng.random(len(truth)) < skill, truth, 1 - truth)
    return np.where(np.arange(2) == said[:, None], sure, 1.0 - sure)


@pytest.mark.parametrize("model", [dawid_skene, one_coin])
def test_a_good_classifier_helps_where_votes_are_few(crowd, model):
    people = crowd(["honest"] * 20, 600, 2, seed=1)
    alone = (model(people.votes).labels == people.truth).mean()
    assisted = (model(people.votes, None, sayings(people.truth, 0.95, 0.95)).labels == people.truth).mean()
    assert assisted > alone + 0.03


def test_a_blind_but_sure_classifier_does_no_harm(crowd):
    people = crowd(["honest"] * 20, 600, 4, seed=2)
    alone = (dawid_skene(people.votes).labels == people.truth).mean()
    assisted = (dawid_skene(people.votes, None, sayings(people.truth, 0.5, 0.999)).labels == people.truth).mean()
    assert assisted >= alone - 0.01


def test_its_own_confidence_does_not_matter(crowd):
    people = crowd(["honest"] * 20, 600, 3, seed=3)
    bold, shy = (dawid_skene(people.votes, None, sayings(people.truth, 0.9, sure)) for sure in (0.99, 0.6))
    assert np.abs(bold.probabilities - shy.probabilities).max() < 0.02


def test_a_classifier_that_lies_is_not_believed(crowd):
    people = crowd(["honest"] * 20, 600, 4, seed=4)
    alone = (dawid_skene(people.votes).labels == people.truth).mean()
    lied = (dawid_skene(people.votes, None, sayings(people.truth, 0.1, 0.99)).labels == people.truth).mean()
    assert lied >= alone - 0.01


def test_items_it_is_silent_on_are_judged_by_votes(crowd):
    people = crowd(["honest"] * 20, 200, 3, seed=5)
    silent = np.full((200, 2), np.nan)
    assert np.allclose(
        dawid_skene(people.votes, None, silent).probabilities, dawid_skene(people.votes).probabilities, atol=0.01
    )
