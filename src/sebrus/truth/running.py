"""Truths kept up to date vote by vote: what one vote can move is estimated again, the rest stays."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from sebrus.truth.aggregate import CLOSE, ROUNDS, WEIGHT, Truths, checked_weight, converge, dawid_skene, teaches
from sebrus.truth.errors import TruthError
from sebrus.truth.estimation import Model, class_prior, expected_counts, joint
from sebrus.truth.votes import UNKNOWN, Votes, checked_gold, incidence

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

SWEEPS = 8
# How many votes times classes one added vote may make us look at, which bounds its time whatever the crowd.
WORK = 1_500_000


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """Votes and what they say so far; `add` gives the next state and leaves this one as it is.

    `probabilities` [items, classes]; `counts` [reviewers, voted, true], the expected counts behind the reviewers'
    matrices; `weight` [classes] of their prior, fixed; `known` [items], gold or -1.
    """

    votes: Votes
    known: Ints
    probabilities: Floats
    counts: Floats
    weight: Floats

    @classmethod
    def of(cls, votes: Votes, gold: ArrayLike | None = None, *, weight: ArrayLike = WEIGHT) -> "Running":
        """The state of a batch, as `dawid_skene` infers it; of a hierarchical one give `Truths.weight`.

        Raises:
            TruthError: as for `dawid_skene`.
        """
        known = checked_gold(votes, gold)
        return _state(votes, known, dawid_skene(votes, known, weight=checked_weight(votes, weight)))

    def add(self, item: int, reviewer: int, label: int) -> "Running":
        """One vote more. An item or a reviewer may be new: the next number after the last.

        Incremental expectation-maximisation (Neal and Hinton, 1998): the item first, then in up to eight sweeps
        all items of the reviewers who voted on it, each time with their matrices as they then are. Items further
        away keep their probabilities until a vote comes near or `settled` is called.

        Raises:
            TruthError: an item or reviewer beyond the next new one, an unknown class, or a second vote.

        >>> state = Running.of(Votes.of([0, 0], [0, 1], [1, 1], classes=2))
        >>> state.add(1, 0, 0).probabilities.argmax(axis=1).tolist()
        [1, 0]
        """
        state = self._with(item, reviewer, label)
        votes = state.votes
        there = votes.reviewers[votes.items == item]
        among = np.zeros(votes.reviewer_count, dtype=np.bool_)
        among[there] = True
        near = np.unique(votes.items[among[votes.reviewers]])
        probabilities, counts = state.probabilities.copy(), state.counts.copy()
        _sweep(state, probabilities, counts, np.array([item]), 1)
        _sweep(state, probabilities, counts, near, SWEEPS)
        return replace(state, probabilities=probabilities, counts=counts)

    def settled(self) -> "Running":
        """The same votes, estimated again together from where they stand until nothing moves."""
        return _state(self.votes, self.known, self.truths(ROUNDS))

    def truths(self, rounds: int = 0) -> Truths:
        """What is held for true now, with every reviewer's matrix; after `rounds` more of everything together."""
        return converge("running", self.votes, self.known, self.probabilities, self.weight, None, rounds, False)

    def _with(self, item: int, reviewer: int, label: int) -> "Running":
        """This state with the vote noted and counted, before anything else is estimated."""
        votes, classes = self.votes, self.votes.classes
        for value, limit, what in (
            (item, votes.item_count + 1, "item"),
            (reviewer, votes.reviewer_count + 1, "reviewer"),
            (label, classes, "class"),
        ):
            if not isinstance(value, int | np.integer) or not 0 <= value < limit:
                raise TruthError(f"Unknown {what} {value}; give a whole number from 0 to {limit - 1}.")
        if ((votes.items == item) & (votes.reviewers == reviewer)).any():
            raise TruthError(f"Reviewer {reviewer} has voted on item {item} already; a vote cannot be changed.")
        known, probabilities, counts = self.known, self.probabilities, self.counts
        if item == votes.item_count:
            share = np.exp(class_prior(probabilities, known == UNKNOWN, True))
            known, probabilities = np.append(known, UNKNOWN), np.vstack([probabilities, share])
        if reviewer == votes.reviewer_count:
            counts = np.concatenate([counts, np.zeros((1, classes, classes))])
        counts = counts.copy()
        before = np.flatnonzero(votes.items == item)
        if len(before) or known[item] != UNKNOWN or not self.weight.any():
            counts[reviewer, label] += probabilities[item]
        if len(before) == 1 and known[item] == UNKNOWN and self.weight.any():
            # The vote that was alone on the item tells something of its reviewer from now on.
            counts[votes.reviewers[before[0]], votes.labels[before[0]]] += probabilities[item]
        more = Votes(
            np.append(votes.items, item),
            np.append(votes.reviewers, reviewer),
            np.append(votes.labels, label),
            max(votes.item_count, item + 1),
            max(votes.reviewer_count, reviewer + 1),
            classes,
        )
        return Running(more, known, probabilities, counts, self.weight)


def _sweep(state: Running, probabilities: Floats, counts: Floats, items: Ints, most: int) -> None:
    """Estimate `items` again, up to `most` times, changing `probabilities` and `counts` in place."""
    votes, unknown = state.votes, state.known == UNKNOWN
    items = items[unknown[items]]
    place = np.full(votes.item_count, -1, dtype=np.intp)
    place[items] = np.arange(len(items))
    among = np.flatnonzero(place[votes.items] >= 0)
    part = incidence(votes, place[votes.items[among]], len(items), among)
    model, teaching = Model(state.weight), teaches(votes, state.known, state.weight)[items, None]
    work = max(1, len(among)) * votes.classes
    for _ in range(max(1, min(most, WORK // work))):
        log_prior = class_prior(probabilities, unknown, bool(state.weight.any()))
        together = joint(part, model.log_confusion(counts), log_prior[None])
        change = special.softmax(together, axis=1) - probabilities[items]
        probabilities[items] += change
        counts += expected_counts(part, change * teaching, votes.classes)
        if np.abs(change).max(initial=0.0) < CLOSE:
            break
    np.maximum(counts, 0.0, out=counts)


def _state(votes: Votes, known: Ints, truths: Truths) -> Running:
    told = truths.probabilities * teaches(votes, known, truths.weight)[:, None]
    counts = expected_counts(votes.incidence, told, votes.classes)
    return Running(votes, known, truths.probabilities, counts, truths.weight)


__all__ = ["Running"]
