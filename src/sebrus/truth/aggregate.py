"""The likely truth of every item from everybody's votes: majority, Dawid-Skene, its one-coin variant.

Items whose answer is known (gold) stay fixed at it, so reviewers are measured against it. Hidden gold is planted at a
rate of its own, so the class prior is learnt from the other items.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from sebrus.truth.calibration import item_prior
from sebrus.truth.errors import TruthError
from sebrus.truth.estimation import Model, class_prior, expected_counts, joint, strengths
from sebrus.truth.votes import UNKNOWN, Votes, checked_classifier, checked_gold

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

WEIGHT = 2.0
ROUNDS, CLOSE = 200, 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Truths:
    """What was inferred.

    `probabilities` [items, classes]; `confusion` [reviewers, true, voted], rows of sum 1 (none for a majority);
    `prior` [items or 1, classes], what was held likely before any vote; `weight` [classes] of the reviewers' prior;
    `log_likelihood` of the votes and known answers; `rounds` taken.
    """

    name: str
    probabilities: Floats
    confusion: Floats | None
    prior: Floats
    weight: Floats
    log_likelihood: float
    rounds: int

    @property
    def labels(self) -> Ints:
        """The likeliest class of every item, intp [items]; of equally likely ones the lowest."""
        return np.asarray(self.probabilities.argmax(axis=1), dtype=np.intp)

    def decided(self, cost: ArrayLike) -> Ints:
        """The class of least expected cost for every item, intp [items]; the lowest of equal ones.

        `cost` [true, decided], any finite numbers: with poison 0 and honest 1, `[[0, 4], [1, 0]]` says that accepting
        poison costs four times what refusing an honest item does, so items are refused from one chance in five on.

        Raises:
            TruthError: costs of another shape, or not finite.

        >>> votes = Votes.of([0, 0, 0, 0], [0, 1, 2, 3], [1, 1, 1, 0])
        >>> majority(votes).labels.tolist(), majority(votes).decided([[0, 4], [1, 0]]).tolist()
        ([1], [0])
        """
        classes = self.probabilities.shape[1]
        try:
            costs = np.asarray(cost, dtype=np.float64)
        except (TypeError, ValueError):
            costs = np.full((classes, classes), np.nan)
        if costs.shape != (classes, classes) or not np.isfinite(costs).all():
            raise TruthError(f"Costs are a table of {classes} true by {classes} decided classes; give finite numbers.")
        return np.asarray((self.probabilities @ costs).argmin(axis=1), dtype=np.intp)


def majority(votes: Votes, gold: ArrayLike | None = None, classifier: ArrayLike | None = None) -> Truths:
    """The share of the votes that each class got; an item without votes has all classes alike.

    `gold` intp [items], -1 for unknown: these items have their answer. A `classifier` [items, classes], nan rows where
    it says nothing, is one more voter who splits its vote by its probabilities, calibrated on the others' votes.

    Raises:
        TruthError: gold or probabilities do not fit the votes.

    >>> majority(Votes.of([0, 0, 0], [0, 1, 2], [1, 1, 0])).labels.tolist()
    [1]
    """
    _some_class(votes)
    known, said = checked_gold(votes, gold), checked_classifier(votes, classifier)
    probabilities = _anchored(_shares(votes.counts), known)
    if said is not None:
        voter = np.where(np.isnan(said), 0.0, _calibrated(votes, known, said, probabilities))
        probabilities = _anchored(_shares(votes.counts + voter), known)
    prior = np.full((1, votes.classes), 1.0 / votes.classes)
    return Truths("majority", probabilities, None, prior, np.zeros(votes.classes), float("nan"), 0)


def dawid_skene(
    votes: Votes,
    gold: ArrayLike | None = None,
    classifier: ArrayLike | None = None,
    *,
    weight: ArrayLike | None = WEIGHT,
    rounds: int = ROUNDS,
) -> Truths:
    """Each reviewer has a confusion matrix; truths and matrices are estimated together.

    Dawid and Skene (Applied Statistics 28, 1979), posterior modes by expectation-maximisation from the majority. A
    reviewer's row for a true class has a Dirichlet prior, centred on all reviewers' votes on that class, that counts as
    `weight` votes (one number, or one per class; 0: greatest likelihood, as in the paper; None: as many as make the
    votes likeliest, so reviewers who are alike are treated alike, as in hierarchical Dawid-Skene: Paun et al., TACL 6,
    2018). With gold a second start, from the gold items alone, is tried and the likelier end kept, so a crowd that
    mostly lies does not turn the truth over. A `classifier` [items, classes] (float64, rows of sum 1, nan rows where it
    says nothing) becomes, calibrated, what is held likely of an item before its votes. At most `rounds` rounds.

    Raises:
        TruthError: gold or probabilities do not fit the votes, or a negative weight or number of rounds.

    >>> votes = Votes.of([0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2], [1, 1, 0, 0, 0, 0])
    >>> dawid_skene(votes).labels.tolist()
    [1, 0]
    """
    name = "hierarchical" if weight is None else "dawid_skene" if np.any(weight) else "plain_dawid_skene"
    return _fit(name, votes, gold, classifier, weight, rounds, one_coin=False)


def one_coin(
    votes: Votes,
    gold: ArrayLike | None = None,
    classifier: ArrayLike | None = None,
    *,
    weight: float = WEIGHT,
    rounds: int = ROUNDS,
) -> Truths:
    """Each reviewer has one rate of right votes, whatever the class; wrong votes are spread evenly.

    Zhang et al. (JMLR 17, 2016), with the prior, the gold and the classifier of `dawid_skene`; the prior counts as
    `weight` votes per class. It needs fewer votes per reviewer and fails where errors depend on the class.

    Raises:
        TruthError: as for `dawid_skene`.

    >>> one_coin(Votes.of([0, 0, 0], [0, 1, 2], [1, 1, 0])).labels.tolist()
    [1]
    """
    return _fit("one_coin", votes, gold, classifier, weight, rounds, one_coin=True)


def _fit(
    name: str,
    votes: Votes,
    gold: ArrayLike | None,
    classifier: ArrayLike | None,
    weight: ArrayLike | None,
    rounds: int,
    one_coin: bool,
) -> Truths:
    _some_class(votes)
    weights = None if weight is None else checked_weight(votes, weight)
    if rounds < 0:
        raise TruthError("The number of rounds is negative; give 0 or more.")
    known, said = checked_gold(votes, gold), checked_classifier(votes, classifier)
    start = _anchored(_shares(votes.counts), known)
    starts = [start, _from_gold(votes, known, one_coin)] if (known != UNKNOWN).any() else [start]
    found = [converge(name, votes, known, first, weights, None, rounds, one_coin) for first in starts]
    best = max(found, key=lambda truths: truths.log_likelihood)
    if said is None:
        return best
    prior = _calibrated(votes, known, said, best.probabilities)
    both = _anchored((best.probabilities + prior) / 2.0, known)
    return converge(name, votes, known, both, weights, prior, rounds, one_coin)


def converge(
    name: str,
    votes: Votes,
    known: Ints,
    start: Floats,
    weight: Floats | None,
    prior: Floats | None,
    rounds: int,
    one_coin: bool,
) -> Truths:
    """Expectation-maximisation from the probabilities `start` until none moves by more than 1e-4.

    `weight` [classes] of the reviewers' prior; None: estimated along.
    `prior` [items, classes]: fixed probabilities before any vote; None: one class prior, estimated along.
    """
    classes, probabilities, unknown = votes.classes, start, known == UNKNOWN
    teaching = np.ones(votes.item_count) if prior is not None else teaches(votes, known, weight)
    model = Model(np.full(classes, WEIGHT) if weight is None else weight, one_coin)
    log_prior = class_prior(start, unknown, True)[None] if prior is None else np.log(prior)
    turn = 0
    while True:
        counts = expected_counts(votes.incidence, probabilities * teaching[:, None], classes)
        # Weights are estimated ever more seldom, so that the rounds settle.
        if weight is None and turn & (turn - 1) == 0:
            model = Model(strengths(counts), one_coin)
        log_confusion = model.log_confusion(counts)
        if prior is None:
            log_prior = class_prior(probabilities, unknown, bool(model.weight.any()))[None]
        together = joint(votes.incidence, log_confusion, log_prior)
        after = _anchored(np.asarray(special.softmax(together, axis=1)), known)
        moved = float(np.abs(after - probabilities).max(initial=0.0))
        if turn >= rounds or moved < CLOSE:
            break
        probabilities, turn = after, turn + 1
    likely = np.where(unknown, special.logsumexp(together, axis=1), together[np.arange(len(known)), known])
    confusion = np.exp(log_confusion).transpose(0, 2, 1)
    return Truths(name, after, confusion, np.exp(log_prior), model.weight, float(likely.sum()), turn)


def teaches(votes: Votes, known: Ints, weight: Floats | None) -> Floats:
    """1 for items that tell something of their reviewers, 0 for those with a single vote and no known answer; [items].

    From single votes nothing can be learnt but how often each class is voted, and a model that fits that best takes
    all items for one class. Without a prior (greatest likelihood, as in the paper) every item counts.
    """
    company = (votes.counts.sum(axis=1) > 1) | (known != UNKNOWN)
    return np.asarray(company | (weight is not None and not weight.any()), dtype=np.float64)


def checked_weight(votes: Votes, weight: ArrayLike) -> Floats:
    """The weight of the prior for each class, [classes], from one number or one per class.

    Raises:
        TruthError: a negative or infinite number, or neither one nor as many as there are classes.
    """
    try:
        weights = np.broadcast_to(np.asarray(weight, dtype=np.float64), (votes.classes,))
    except (TypeError, ValueError):
        raise TruthError("The prior's weight is one number, or one for each class; give such numbers.") from None
    if not (np.isfinite(weights) & (weights >= 0.0)).all():
        raise TruthError("The prior's weight is negative or not finite; give 0 or more.")
    return np.array(weights)


def _calibrated(votes: Votes, known: Ints, said: Floats, probabilities: Floats) -> Floats:
    """A classifier's probabilities made to fit what the votes alone say, so that it cannot talk the crowd round."""
    share = np.exp(class_prior(probabilities, known == UNKNOWN, True))
    return item_prior(said, probabilities, share, teaches(votes, known, None) > 0)


def _from_gold(votes: Votes, known: Ints, one_coin: bool) -> Floats:
    """Probabilities from reviewers measured on the gold items alone."""
    anchors = _anchored(np.zeros((votes.item_count, votes.classes)), known)
    counts = expected_counts(votes.incidence, anchors, votes.classes)
    log_confusion = Model(np.full(votes.classes, WEIGHT), one_coin).log_confusion(counts)
    even = np.zeros((1, votes.classes))
    return _anchored(np.asarray(special.softmax(joint(votes.incidence, log_confusion, even), axis=1)), known)


def _anchored(probabilities: Floats, known: Ints) -> Floats:
    rows = np.flatnonzero(known != UNKNOWN)
    anchored = probabilities.copy()
    anchored[rows] = 0.0
    anchored[rows, known[rows]] = 1.0
    return anchored


def _shares(counts: Floats) -> Floats:
    total = counts.sum(axis=1, keepdims=True)
    return np.asarray(np.where(total > 0, counts / np.maximum(total, 1.0), 1.0 / max(counts.shape[1], 1)))


def _some_class(votes: Votes) -> None:
    if votes.classes < 1:
        raise TruthError("There is no class to choose from; give votes, or how many classes there are.")


__all__ = ["WEIGHT", "Truths", "checked_weight", "converge", "dawid_skene", "majority", "one_coin", "teaches"]
