"""Which aggregator: the one that answers held-out gold best, or a simpler one that is not clearly worse."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sebrus.truth.aggregate import Truths, dawid_skene, majority, one_coin
from sebrus.truth.errors import TruthError
from sebrus.truth.votes import UNKNOWN, Votes, checked_classifier, checked_gold

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Aggregator = Callable[[Votes, ArrayLike | None, ArrayLike | None], Truths]

# Simplest first: a number per reviewer before a matrix, matrices that are alike before matrices that are free.
AGGREGATORS: Mapping[str, Aggregator] = MappingProxyType(
    {
        "majority": majority,
        "one_coin": one_coin,
        "hierarchical": partial(dawid_skene, weight=None),
        "dawid_skene": dawid_skene,
        "plain_dawid_skene": partial(dawid_skene, weight=0.0),
    }
)
WITH = " with classifier"
FEW = 10


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """`name` of the aggregator, `truths` it infers with all gold, `why` in a sentence.

    `scores`: for every candidate the share of held-out gold answers it got, and the standard error of how much less
    that is than the best one's (0 for the best); empty where gold is too little to choose by.
    """

    name: str
    truths: Truths
    why: str
    scores: dict[str, tuple[float, float]]


def choose(
    votes: Votes,
    gold: ArrayLike | None,
    classifier: ArrayLike | None = None,
    *,
    candidates: Mapping[str, Aggregator] = AGGREGATORS,
    folds: int = 5,
    errors: float = 1.0,
    seed: int = 0,
) -> Choice:
    """The simplest aggregator that is at most one standard error (`errors`) behind the best on held-out gold.

    Gold items with votes are dealt into `folds`; each fold is answered by every candidate that knows the other
    folds. The error is that of the difference, item by item (one-standard-error rule: Breiman et al., 1984).
    `candidates` are in order of simplicity, so a majority, first, wins ties. With a classifier every candidate is
    tried without and with it. Fewer than ten gold answers choose nothing: the first candidate is taken.

    Raises:
        TruthError: gold or probabilities do not fit the votes, no candidates, fewer than two folds, negative errors.

    >>> votes = Votes.of([0, 0, 0], [0, 1, 2], [1, 1, 0])
    >>> choose(votes, None).name
    'majority'
    """
    if not candidates or folds < 2 or not errors >= 0.0:
        raise TruthError("There is nothing to choose by; give a candidate, two folds and 0 standard errors, or more.")
    known, said = checked_gold(votes, gold), checked_classifier(votes, classifier)
    tried = _with_and_without(candidates, said)
    rows = np.flatnonzero((known != UNKNOWN) & (votes.counts.sum(axis=1) > 0))
    first = next(iter(tried))
    if len(rows) < FEW:
        why = f"{first}: {len(rows)} gold answers on items with votes are too few to choose by; it takes {FEW}."
        return Choice(first, tried[first](votes, known), why, {})
    right = {name: _held_out(votes, known, rows, run, folds, seed) for name, run in tried.items()}
    best = max(right, key=lambda name: (float(right[name].mean()), name == first))
    scores = {name: (float(got.mean()), _standard_error(right[best] - got)) for name, got in right.items()}
    top = scores[best][0]
    chosen = next(name for name, (share, error) in scores.items() if top - share <= errors * error + 1e-12)
    return Choice(chosen, tried[chosen](votes, known), _why(chosen, best, first, scores, len(rows), errors), scores)


def _with_and_without(
    candidates: Mapping[str, Aggregator], said: Floats | None
) -> dict[str, Callable[[Votes, Ints], Truths]]:
    tried: dict[str, Callable[[Votes, Ints], Truths]] = {}
    for name, run in candidates.items():
        tried[name] = lambda votes, known, run=run: run(votes, known, None)  # type: ignore[misc]
    for name, run in candidates.items() if said is not None else ():
        tried[name + WITH] = lambda votes, known, run=run: run(votes, known, said)  # type: ignore[misc]
    return tried


def _held_out(
    votes: Votes, known: Ints, rows: Ints, run: Callable[[Votes, Ints], Truths], folds: int, seed: int
) -> Floats:
    """For each gold item the chance that its held-out answer is found; equally likely classes share it."""
    fold = np.random.default_rng(seed).permutation(len(rows)) % folds
    right = np.zeros(len(rows))
    for number in range(folds):
        asked = rows[fold == number]
        if len(asked):
            rest = known.copy()
            rest[asked] = UNKNOWN
            right[fold == number] = chance_right(run(votes, rest).probabilities[asked], known[asked])
    return right


def chance_right(probabilities: Floats, answers: Ints) -> Floats:
    """Whether the likeliest class [n] of probabilities [n, classes] is the answer; ties count for their share.

    >>> chance_right(np.array([[0.5, 0.5], [0.9, 0.1]]), np.array([0, 1])).tolist()
    [0.5, 0.0]
    """
    likeliest = probabilities >= probabilities.max(axis=1, keepdims=True) - 1e-9
    return np.asarray(likeliest[np.arange(len(answers)), answers] / likeliest.sum(axis=1))


def _standard_error(differences: Floats) -> float:
    return float(differences.std(ddof=1) / np.sqrt(len(differences)))


def _why(chosen: str, best: str, first: str, scores: dict[str, tuple[float, float]], count: int, errors: float) -> str:
    said = f"{chosen}: right on {100 * scores[chosen][0]:.1f} % of {count} gold answers held out"
    apart = "a standard error" if errors == 1.0 else f"{errors:g} standard errors"
    if chosen != best:
        return f"{said}, within {apart} of the best ({best}, {100 * scores[best][0]:.1f} %), and simpler."
    if chosen == first:
        return f"{said}, and no other candidate on more."
    return f"{said}, {first} on {100 * scores[first][0]:.1f} %; all simpler ones are more than {apart} behind."


__all__ = ["AGGREGATORS", "Aggregator", "Choice", "chance_right", "choose"]
