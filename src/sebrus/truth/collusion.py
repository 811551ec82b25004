"""Pairs of reviewers that make the same mistakes more often than their habits and the items' difficulty explain."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from sebrus.truth.aggregate import WEIGHT, Truths
from sebrus.truth.errors import TruthError
from sebrus.truth.estimation import expected_counts, pooled
from sebrus.truth.votes import UNKNOWN, Votes, checked_gold

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

LEAST_SHARED = 5
MOST_PAIRS = 2**25
EASE = np.geomspace(0.5, 512.0, 21)


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """One row per pair of reviewers with enough items in common, first < second, most suspicious first.

    `shared` items; `together`, on how many both gave the same wrong answer; `expected`, how many that would be by
    chance; `p_value`; `flagged`, by false discovery rate.
    """

    first: Ints
    second: Ints
    shared: Ints
    together: Ints
    expected: Floats
    p_value: Floats
    flagged: Bools


def colluding(votes: Votes, truths: Truths, gold: ArrayLike | None = None, *, rate: float = 0.05) -> Pairs:
    """A hint of who errs together; at most a share `rate` of the pairs flagged is expected to be innocent.

    Errors are told by gold, else by the likeliest class. Given an item's truth a reviewer's vote follows the reviewer's
    habits, drawn towards what others than the pair vote on this item, as far as votes on all items show that mistakes
    follow the item (a Dirichlet-multinomial, its concentration the likeliest on a grid): lazy reviewers who accept
    everything, and items that mislead everybody, are no collusion. The p-value is a binomial tail at the mean chance,
    which bounds that of unequal chances (Hoeffding, Annals of Mathematical Statistics 1956); rates by Benjamini and
    Hochberg (1995). Colluders who decide the outcome themselves err nowhere and are not seen.

    Raises:
        TruthError: truths or gold of other votes, a rate that is not between 0 and 1, or too many pairs.

    >>> from sebrus.truth.aggregate import majority
    >>> votes = Votes.of([0, 0, 0], [0, 1, 2], [1, 1, 0])
    >>> len(colluding(votes, majority(votes)).first)
    0
    """
    known = checked_gold(votes, gold)
    if truths.probabilities.shape != (votes.item_count, votes.classes):
        raise TruthError("These truths were inferred from other votes; infer them from the same ones.")
    if not 0.0 < rate < 1.0:
        raise TruthError("The false discovery rate lies between 0 and 1; give 0.05, say.")
    truth = np.where(known == UNKNOWN, truths.labels, known)[votes.items]
    habits, ease = _habits(votes, truth)
    one, two = _side_by_side(votes)
    chance = _same_error(votes, truth, habits, ease, one, two)
    erred = (votes.labels[one] == votes.labels[two]) & (votes.labels[one] != truth[one])
    return _counted(votes, one, two, chance, erred, rate)


def _habits(votes: Votes, truth: Ints) -> tuple[Floats, float]:
    """For each vote how its reviewer votes on items of that truth, [votes, classes], this vote left out; and the ease.

    The ease is the number of others' votes that the reviewer's habits outweigh, by likelihood of every vote.
    """
    rows, eye = np.arange(len(votes)), np.eye(votes.classes)
    answers = np.zeros((votes.item_count, votes.classes))
    answers[votes.items] = eye[truth]
    counts = expected_counts(votes.incidence, answers, votes.classes)
    seen = counts[votes.reviewers, :, truth] + WEIGHT * pooled(counts).T[truth]
    seen[rows, votes.labels] -= 1.0
    habits = np.maximum(seen, 0.0) + 1e-9
    habits /= habits.sum(axis=1, keepdims=True)
    others = votes.counts[votes.items, votes.labels] - 1.0
    total = votes.counts.sum(axis=1)[votes.items] - 1.0
    own = habits[rows, votes.labels]
    likely = [float(np.log((ease * own + others) / (ease + total)).sum()) for ease in EASE]
    return habits, float(EASE[int(np.argmax(likely))])


def _side_by_side(votes: Votes) -> tuple[Ints, Ints]:
    """Rows of every two votes on one item, the lower reviewer's first."""
    order = np.lexsort((votes.reviewers, votes.items))
    sizes = np.bincount(votes.items, minlength=votes.item_count)
    if int((sizes * (sizes - 1) // 2).sum()) > MOST_PAIRS:
        raise TruthError("The items have too many votes to compare all pairs of reviewers; give a part of the items.")
    ones, twos = [np.zeros(0, dtype=np.intp)], [np.zeros(0, dtype=np.intp)]
    for step in range(1, int(sizes.max(initial=0))):
        same = np.flatnonzero(votes.items[order[:-step]] == votes.items[order[step:]])
        ones.append(order[same])
        twos.append(order[same + step])
    return np.concatenate(ones), np.concatenate(twos)


def _same_error(votes: Votes, truth: Ints, habits: Floats, ease: float, one: Ints, two: Ints) -> Floats:
    """The chance that two reviewers give the same wrong answer, for each pair of votes."""
    chance = np.zeros(len(one))
    items = votes.items[one]
    total = votes.counts.sum(axis=1)[items] - 2.0
    for label in range(votes.classes):
        others = votes.counts[items, label] - (votes.labels[one] == label) - (votes.labels[two] == label)
        first = (ease * habits[one, label] + others) / (ease + total)
        second = (ease * habits[two, label] + others + 1.0) / (ease + total + 1.0)
        chance += np.where(truth[one] == label, 0.0, first * second)
    return chance


def _counted(votes: Votes, one: Ints, two: Ints, chance: Floats, erred: Bools, rate: float) -> Pairs:
    names = votes.reviewers[one] * votes.reviewer_count + votes.reviewers[two]
    pairs, place = np.unique(names, return_inverse=True)
    shared = np.bincount(place, minlength=len(pairs))
    together = np.bincount(place, weights=erred, minlength=len(pairs)).astype(np.intp)
    expected = np.bincount(place, weights=chance, minlength=len(pairs)).astype(np.float64)
    kept = np.flatnonzero(shared >= LEAST_SHARED)
    pairs, shared, together, expected = pairs[kept], shared[kept], together[kept], expected[kept]
    # Hoeffding's bound holds from one above the mean on.
    tail = special.bdtrc(together - 1, shared, np.minimum(expected / np.maximum(shared, 1), 1.0))
    p_value = np.where(together >= expected + 1.0, tail, 1.0)
    order = np.argsort(p_value, kind="stable")
    # Benjamini and Hochberg (1995): the largest k whose k-th least p-value is at most k/n of the rate, and all below.
    within = np.flatnonzero(p_value[order] <= rate * np.arange(1, len(order) + 1) / max(len(order), 1))
    flagged = p_value <= (p_value[order][within[-1]] if len(within) else -1.0)
    reviewers = max(votes.reviewer_count, 1)
    return Pairs(
        (pairs // reviewers)[order],
        (pairs % reviewers)[order],
        shared[order],
        together[order],
        expected[order],
        np.asarray(p_value[order]),
        np.asarray(flagged[order]),
    )


__all__ = ["Pairs", "colluding"]
