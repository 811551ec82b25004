"""How good every reviewer is: on gold and on outcomes apart, with intervals, and beyond what chance gives."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from sebrus.truth.aggregate import Truths
from sebrus.truth.errors import TruthError
from sebrus.truth.votes import UNKNOWN, Votes, checked_gold

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Per reviewer, all float64 [reviewers].

    `right` of `total` votes (expected numbers where the truth is uncertain); `share`, the mean of the Beta posterior
    of being right, from `low` to `high`; `beyond_chance`, Cohen's kappa: 1 always right, 0 as good as voting blindly
    with the same habits, below 0 worse, nan where nothing could tell.
    """

    right: Floats
    total: Floats
    share: Floats
    low: Floats
    high: Floats
    beyond_chance: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Quality:
    """`votes` float64 [reviewers], how many each cast; `gold` and `outcome`, how they compare with either."""

    votes: Floats
    gold: Measured
    outcome: Measured


def reviewer_quality(votes: Votes, truths: Truths, gold: ArrayLike | None = None, *, level: float = 0.95) -> Quality:
    """Every reviewer's votes against known answers, and against what all others' votes say of the other items.

    A reviewer's own vote is taken out of an item's probabilities before it is judged by them, so agreeing with oneself
    counts for nothing; votes that stand alone on their item are left out. Shares are posterior means under Jeffreys'
    Beta(1/2, 1/2) prior with equal-tailed intervals of probability `level` (Brown, Cai and DasGupta, Statistical
    Science 2001); a reviewer without votes has one half, from almost 0 to almost 1. Outcomes are inferred, and errors
    that reviewers share pass for truth: only gold is evidence from outside.

    Raises:
        TruthError: truths or gold of other votes, or a level that is not between 0 and 1.

    >>> from sebrus.truth.aggregate import majority
    >>> votes = Votes.of([0, 0, 0], [0, 1, 2], [1, 1, 0])
    >>> reviewer_quality(votes, majority(votes), gold=[1]).gold.right.tolist()
    [1.0, 1.0, 0.0]
    """
    known = checked_gold(votes, gold)
    if truths.probabilities.shape != (votes.item_count, votes.classes):
        raise TruthError("These truths were inferred from other votes; infer them from the same ones.")
    if not 0.0 < level < 1.0:
        raise TruthError("The level of an interval lies between 0 and 1; give 0.95, say.")
    on_gold = known[votes.items] != UNKNOWN
    answers = np.zeros((len(votes), votes.classes))
    answers[on_gold, known[votes.items[on_gold]]] = 1.0
    company = votes.counts.sum(axis=1)[votes.items] > 1
    cast = np.bincount(votes.reviewers, minlength=votes.reviewer_count).astype(np.float64)
    return Quality(
        cast,
        _measured(votes, answers, on_gold, level),
        _measured(votes, others_say(votes, truths), company & ~on_gold, level),
    )


def others_say(votes: Votes, truths: Truths) -> Floats:
    """The probabilities of each vote's item without that vote, [votes, classes]; 0 where none is left.

    After a majority it is what most others say, a tie shared.
    """
    if truths.confusion is None:
        left = votes.counts[votes.items]
        left[np.arange(len(votes)), votes.labels] -= 1.0
        left = ((left == left.max(axis=1, keepdims=True)) & (left > 0)).astype(np.float64)
    else:
        said = truths.confusion[votes.reviewers, :, votes.labels]
        left = truths.probabilities[votes.items] / np.maximum(said, 1e-300)
    total = left.sum(axis=1, keepdims=True)
    return np.asarray(left / np.where(total > 0, total, 1.0))


def _measured(votes: Votes, truth: Floats, counted: Bools, level: float) -> Measured:
    """The `counted` votes against probabilities of the truth, [votes, classes]."""
    reviewers, classes = votes.reviewer_count, votes.classes
    who, what, truth = votes.reviewers[counted], votes.labels[counted], truth[counted]
    right = np.bincount(who, weights=truth[np.arange(len(who)), what], minlength=reviewers).astype(np.float64)
    total = np.bincount(who, minlength=reviewers).astype(np.float64)
    voted = np.bincount(who * classes + what, minlength=reviewers * classes).reshape(reviewers, classes)
    true = np.stack([np.bincount(who, weights=truth[:, k], minlength=reviewers) for k in range(classes)], axis=-1)
    some = np.maximum(total, 1.0)
    chance = (voted * true).sum(axis=1) / some**2
    tells = (total > 0) & (chance < 1.0 - 1e-9)
    kappa = np.where(tells, (right / some - chance) / np.where(tells, 1.0 - chance, 1.0), np.nan)
    wrong = np.maximum(total - right, 0.0)
    tail = (1.0 - level) / 2.0
    share = (right + 0.5) / (total + 1.0)
    low, high = (special.betaincinv(right + 0.5, wrong + 0.5, bound) for bound in (tail, 1.0 - tail))
    return Measured(right, total, share, low, high, kappa)


__all__ = ["Measured", "Quality", "others_say", "reviewer_quality"]
