"""The majority is what most say, gold aside."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sebrus.truth import Votes, majority


@given(st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 6)), st.integers(0, 2), max_size=35))
def test_probabilities_are_shares_of_the_votes(cast):
    items, reviewers = [item for item, _ in cast], [reviewer for _, reviewer in cast]
    votes = Votes.of(items, reviewers, list(cast.values()), item_count=5, reviewer_count=7, classes=3)
    found = majority(votes).probabilities
    for item in range(5):
        said = [label for (of, _), label in cast.items() if of == item]
        shares = [said.count(label) / len(said) if said else 1 / 3 for label in range(3)]
        assert np.allclose(found[item], shares)


def test_a_known_answer_outweighs_any_majority():
    votes = Votes.of([0, 0, 0, 1], [0, 1, 2, 0], [1, 1, 1, 1])
    assert majority(votes, gold=[0, -1]).labels.tolist() == [0, 1]


def test_a_classifier_breaks_ties_and_no_majority():
    # Forty items with three votes of three on which the classifier is right, one tie, one majority of two.
    items = np.concatenate([np.repeat(np.arange(40), 3), [40, 40, 41, 41, 41, 41]])
    reviewers = np.concatenate([np.tile(np.arange(3), 40), [0, 1, 0, 1, 2, 3]])
    labels = np.concatenate([np.repeat(np.arange(40) % 2, 3), [0, 1, 0, 0, 0, 1]])
    says = np.append(np.arange(40) % 2, [1, 1])
    classifier = np.where(np.arange(2) == says[:, None], 0.9, 0.1)
    votes = Votes.of(items, reviewers, labels)
    assert majority(votes).probabilities[40].tolist() == [0.5, 0.5]
    assert majority(votes, classifier=classifier).labels[40:].tolist() == [1, 0]


def test_dear_mistakes_are_avoided(crowd):
    people = crowd(["honest"] * 20, 400, 5, seed=1, share=0.8)
    found = majority(people.votes)
    poison = people.truth == 0
    careful = found.decided([[0, 4], [1, 0]])
    assert (careful[poison] == 0).mean() > (found.labels[poison] == 0).mean()
    assert (found.decided([[0, 1], [1, 0]]) == found.labels).all()
