"""Expectation and maximisation: the parts that a batch of votes and a single new vote share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEAST = 1e-10
STRENGTHS = np.geomspace(0.25, 512.0, 23)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """How confusion is estimated. `weight` [classes]: how many votes the prior counts for, per reviewer and true class.

    `one_coin`: one rate of right votes per reviewer, and errors equally likely among the other classes.
    """

    weight: Floats
    one_coin: bool = False

    def log_confusion(self, counts: Floats) -> Floats:
        """Posterior modes of log-probabilities, from expected counts; both float64 [reviewers, voted, true].

        The prior of a reviewer's votes on items of a class is centred on what all reviewers vote on them; with a weight
        of 0 the estimates are those of greatest likelihood.
        """
        classes = counts.shape[1]
        centre = pooled(counts)
        if self.one_coin:
            right = np.einsum("wkk->w", counts)
            total = counts.sum(axis=(1, 2))
            share = float(np.einsum("kk,k->", centre, self.weight))
            rate = (right + share) / np.maximum(total + self.weight.sum(), LEAST)
            rate = np.clip(np.where(total + self.weight.sum() > 0, rate, 1.0 / classes), LEAST, 1.0 - LEAST)
            wrong = (1.0 - rate) / max(classes - 1, 1)
            eye = np.eye(classes)
            return np.asarray(np.log(rate[:, None, None] * eye + wrong[:, None, None] * (1.0 - eye) + (classes == 1)))
        shrunk = np.maximum(counts + self.weight * centre, LEAST)
        return np.asarray(np.log(shrunk / shrunk.sum(axis=1, keepdims=True)))


def pooled(counts: Floats) -> Floats:
    """What all reviewers vote on items of each class, [voted, true], from counts [reviewers, voted, true].

    One vote more that is right and one spread over all classes keep it defined where nothing was seen.
    """
    classes = counts.shape[1]
    total = counts.sum(axis=0) + np.eye(classes) + 1.0 / max(classes, 1)
    return np.asarray(total / total.sum(axis=0))


def strengths(counts: Floats) -> Floats:
    """For each true class, how alike reviewers are: the prior weight at which their votes are likeliest, [classes].

    Votes of a reviewer are Dirichlet-multinomial about the pooled ones (Mosimann, 1962; Minka, "Estimating a Dirichlet
    distribution", 2000), `counts` [reviewers, voted, true]; the weight is taken from a grid between 0.25 and 512.
    """
    centre, totals = pooled(counts), counts.sum(axis=1)
    likely = np.empty((len(STRENGTHS), counts.shape[2]))
    for place, strength in enumerate(STRENGTHS):
        parts = special.gammaln(strength * centre + counts) - special.gammaln(strength * centre)
        whole = special.gammaln(strength) - special.gammaln(strength + totals)
        likely[place] = parts.sum(axis=(0, 1)) + whole.sum(axis=0)
    return np.asarray(STRENGTHS[likely.argmax(axis=0)])


def expected_counts(votes: sparse.csr_array, probabilities: Floats, classes: int) -> Floats:
    """How often each reviewer voted what on items of which class, [reviewers, voted, true], by `probabilities`."""
    return np.asarray(votes.T @ probabilities).reshape(-1, classes, classes)


def joint(votes: sparse.csr_array, log_confusion: Floats, log_prior: Floats) -> Floats:
    """The log-probability [items, classes] of each item's votes and class together."""
    return np.asarray(votes @ log_confusion.reshape(-1, log_confusion.shape[2]) + log_prior)


def class_prior(probabilities: Floats, counted: Bools, smooth: bool) -> Floats:
    """Log-probabilities of the classes among the `counted` items; `smooth` adds an item of each class."""
    among = probabilities[counted]
    one = 1.0 if smooth else 0.0
    share = (among.sum(axis=0) + one) / max(len(among) + one * probabilities.shape[1], 1.0)
    return np.asarray(np.log(np.maximum(share, LEAST)))


__all__ = ["Model", "class_prior", "expected_counts", "joint", "pooled", "strengths"]
