"""Who voted what on which item, checked once, and the answers that are known."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from sebrus.truth.errors import TruthError

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

UNKNOWN = -1
CELLS = 2**28


@dataclass(frozen=True, eq=False)
class Votes:
    """One row per vote: `items`, `reviewers`, `labels` intp [votes], and how many of each there are.

    Made by `Votes.of`, which checks; the numbers may exceed what was voted on, so that items and reviewers without a
    vote have their place.
    """

    items: Ints
    reviewers: Ints
    labels: Ints
    item_count: int
    reviewer_count: int
    classes: int

    @classmethod
    def of(
        cls,
        items: ArrayLike,
        reviewers: ArrayLike,
        labels: ArrayLike,
        *,
        item_count: int | None = None,
        reviewer_count: int | None = None,
        classes: int | None = None,
    ) -> "Votes":
        """Checked votes; numbers not given are taken from the largest index.

        Raises:
            TruthError: arrays of different lengths, no whole numbers, an index that is negative or not below its
                number, or two votes of a reviewer on an item.

        >>> Votes.of([0, 0, 1], [0, 1, 0], [1, 1, 0]).classes
        2
        """
        columns = [
            _indices(items, "items", item_count),
            _indices(reviewers, "reviewers", reviewer_count),
            _indices(labels, "labels", classes),
        ]
        if len({len(column) for column, _ in columns}) > 1:
            raise TruthError("Items, reviewers and labels of votes differ in length; give one of each per vote.")
        (of_items, item_count), (of_reviewers, reviewer_count), (of_labels, classes) = columns
        if max(item_count, reviewer_count * max(classes, 1)) * max(classes, 1) > CELLS:
            raise TruthError("The indices are too large for arrays; number items, reviewers and classes from 0 on.")
        places = of_items * max(reviewer_count, 1) + of_reviewers
        if len(np.unique(places)) < len(places):
            raise TruthError("A reviewer votes twice on one item; keep one vote of each reviewer on each item.")
        return cls(of_items, of_reviewers, of_labels, item_count, reviewer_count, classes)

    def __len__(self) -> int:
        return len(self.items)

    @cached_property
    def incidence(self) -> sparse.csr_array:
        """1 where an item has a reviewer's label: [items, reviewers * classes], by reviewer and then by label."""
        return incidence(self, self.items, self.item_count)

    @cached_property
    def counts(self) -> Floats:
        """How many votes each class got on each item, [items, classes]."""
        places = self.items * self.classes + self.labels
        counted = np.bincount(places, minlength=self.item_count * self.classes)
        return counted.reshape(self.item_count, self.classes).astype(np.float64)

    def known(self, items: ArrayLike, answers: ArrayLike) -> Ints:
        """The known answers as one array intp [items], -1 where none is known.

        Raises:
            TruthError: an unknown item or class, or two different answers to one item.

        >>> Votes.of([0, 1], [0, 0], [1, 0]).known([1], [0]).tolist()
        [-1, 0]
        """
        at, _ = _indices(items, "gold items", self.item_count)
        given, _ = _indices(answers, "gold answers", self.classes)
        if len(at) != len(given):
            raise TruthError("Gold items and answers differ in length; give one answer per item.")
        gold = np.full(self.item_count, UNKNOWN, dtype=np.intp)
        gold[at] = given
        if (gold[at] != given).any():
            wrong = int(at[gold[at] != given][0])
            raise TruthError(f"Gold gives item {wrong} two different answers; keep the right one.")
        return gold


def incidence(votes: Votes, rows: Ints, height: int, among: Ints | None = None) -> sparse.csr_array:
    """The sparse matrix of `Votes.incidence` for votes `among` (all), with `rows` as their row numbers."""
    chosen: slice | Ints = slice(None) if among is None else among
    columns = votes.reviewers[chosen] * votes.classes + votes.labels[chosen]
    shape = (height, votes.reviewer_count * votes.classes)
    return sparse.csr_array((np.ones(len(columns)), (rows, columns)), shape=shape)


def checked_gold(votes: Votes, gold: ArrayLike | None) -> Ints:
    """Known answers as intp [items] with -1 for unknown; all unknown when `gold` is None.

    Raises:
        TruthError: another length than there are items, or a class that does not exist.
    """
    if gold is None:
        return np.full(votes.item_count, UNKNOWN, dtype=np.intp)
    known, _ = _indices(gold, "gold", votes.classes, least=UNKNOWN)
    if len(known) != votes.item_count:
        raise TruthError(f"Gold has {len(known)} entries for {votes.item_count} items; give one each, -1 for unknown.")
    return known


def checked_classifier(votes: Votes, classifier: ArrayLike | None) -> Floats | None:
    """Probabilities [items, classes] with rows of sum 1, or nan where the classifier says nothing.

    A row with a nan, and a row of zeros, says nothing.

    Raises:
        TruthError: another shape, or a negative or infinite entry.
    """
    if classifier is None:
        return None
    try:
        given = np.asarray(classifier, dtype=np.float64)
    except (TypeError, ValueError):
        raise TruthError("Classifier probabilities are no numbers; give floats, nan for items without.") from None
    if given.shape != (votes.item_count, votes.classes):
        raise TruthError(
            f"Classifier probabilities have the shape {given.shape}; give one row for each of {votes.item_count} items "
            f"and one column for each of {votes.classes} classes."
        )
    if (given < 0).any() or np.isinf(given).any():
        raise TruthError("Classifier probabilities are negative or infinite; give numbers from 0 to 1.")
    total = given.sum(axis=1, keepdims=True)
    says = np.isfinite(total) & (total > 0)
    return np.asarray(np.where(says, given, np.nan) / np.where(says, total, 1.0))


def _indices(values: ArrayLike, name: str, below: int | None, least: int = 0) -> tuple[Ints, int]:
    """A vector of whole numbers from `least` to `below` - 1, and `below`."""
    try:
        given = np.asarray(values)
    except ValueError:
        given = np.empty((0, 0))
    if given.ndim != 1:
        raise TruthError(f"The {name} are no list of numbers; give a flat array of whole numbers.")
    if given.size == 0:
        given = given.astype(np.intp)
    if given.dtype.kind not in "iu":
        raise TruthError(f"The {name} are no whole numbers; number them from 0 on.")
    limit = int(given.max(initial=-1)) + 1 if below is None else below
    if limit < 0:
        raise TruthError(f"The number of {name} is negative; give how many there are.")
    if given.size and (int(given.min()) < least or int(given.max()) >= limit):
        wrong = int(given.min()) if int(given.min()) < least else int(given.max())
        raise TruthError(f"Unknown number {wrong} among the {name}; there are {limit}, numbered from 0.")
    return given.astype(np.intp), limit


__all__ = ["UNKNOWN", "Votes", "checked_classifier", "checked_gold", "incidence"]
