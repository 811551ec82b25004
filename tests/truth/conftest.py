"""A crowd of actors: each is a way to vote, given the items' truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from sebrus.truth import Votes

Actor = Callable[[np.ndarray, np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Crowd:
    """Votes, the truth of the items, and who is who."""

    votes: Votes
    truth: np.ndarray
    roles: list[str]

    def who(self, role: str) -> np.ndarray:
        return np.flatnonzero(np.array(self.roles) == role)

    def gold(self, share: float, seed: int = 0) -> np.ndarray:
        """Known answers to a share of the items, -1 for the others."""
        asked = np.random.default_rng(seed).random(len(self.truth)) < share
        return np.where(asked, self.truth, -1)


def honest_reviewer(skill: float = 0.85, classes: int = 2) -> Actor:
    def vote(truth, rng):
        other = (truth + rng.integers(1, classes, len(truth))) % classes
        return np.where(rng.random(len(truth)) < skill, truth, other)

    return vote


def lazy_reviewer(truth, rng):
    """Accepts everything."""
    return np.ones_like(truth)


def guessing_reviewer(truth, rng):
    return rng.integers(0, 2, len(truth))


def lying_reviewer(truth, rng):
    return 1 - honest_reviewer(0.9)(truth, rng)


ACTORS: dict[str, Actor] = {
    "honest": honest_reviewer(),
    "good": honest_reviewer(0.95),
    "lazy": lazy_reviewer,
    "guessing": guessing_reviewer,
    "lying": lying_reviewer,
}


def gather(roles: list[str], items: int, per_item: int, seed: int, classes: int = 2, share: float = 0.5) -> Crowd:
    """`per_item` random reviewers vote on each item; class 1 has the `share` (two classes), else all are alike."""
    rng = np.random.default_rng(seed)
    truth = (rng.random(items) < share).astype(int) if classes == 2 else rng.integers(0, classes, items)
    actors = (
        ACTORS if classes == 2 else {"honest": honest_reviewer(0.7, classes), "good": honest_reviewer(0.9, classes)}
    )
    said = np.stack([actors[role](truth, rng) for role in roles])
    reviewers = np.argsort(rng.random((items, len(roles))), axis=1)[:, :per_item]
    rows = np.repeat(np.arange(items), per_item)
    labels = said[reviewers.ravel(), rows]
    votes = Votes.of(rows, reviewers.ravel(), labels, item_count=items, reviewer_count=len(roles), classes=classes)
    return Crowd(votes, truth, roles)


@pytest.fixture
def crowd() -> Callable[..., Crowd]:
    return gather
