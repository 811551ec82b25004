"""Train the networks, and gather what they show of every item."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.deep.folds import FOLDS, folds
from sebrus.detect.deep.probe import Inside, inside
from sebrus.detect.deep.standing import Ints
from sebrus.detect.deep.training import Pictures, Trained, pictures, train

Step = Callable[[float], None]
FloatArray = NDArray[np.float32]
NETWORKS = FOLDS + 1


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What the networks show of every item of a pool.

    `outside` [n, classes]: logits by the network of the item's `fold` [n], which saw nothing of its contributor.
    `margins` [n]: the given label's margin in the `whole` network, trained on everything; `inside`: what that shows.
    """

    held: Pictures
    fold: Ints
    by_fold: tuple[Trained, ...]
    outside: FloatArray
    whole: Trained
    inside: Inside

    @property
    def margins(self) -> FloatArray:
        """Margins of the given labels, as training on everything saw them, [n]."""
        return self.whole.margins


def look(
    images: NDArray[np.uint8], labels: Ints, classes: int, source: Ints, device: str, seed: int, step: Step
) -> Look:
    """Train one network per fold of sources and one on everything; `source` [n] says who is left out together."""
    held = pictures(images, device)
    fold = folds(source, FOLDS, seed)
    outside = np.zeros((len(labels), classes), dtype=np.float32)
    trained = []
    for one in range(FOLDS):
        rows, rest = np.flatnonzero(fold != one), np.flatnonzero(fold == one)
        trained.append(train(held, labels, classes, rows, _seed(seed, one), False, _part(step, one)))
        outside[rest] = trained[-1].said(held, rest)
    whole, shown = _whole(held, labels, classes, seed, _part(step, FOLDS))
    return Look(held, fold, tuple(trained), outside, whole, shown)


def look_again(
    before: Look, images: NDArray[np.uint8], labels: Ints, classes: int, changed: Ints, seed: int, step: Step
) -> Look:
    """The same for a copy of the pool in which some rows were changed, each within its fold.

    The network of a row's fold never saw the row, so it is asked again and only the whole network is trained anew.
    """
    held = replace(before.held, values=pictures(images, str(before.held.values.device)).values)
    outside = before.outside.copy()
    for one, trained in enumerate(before.by_fold):
        rows = changed[before.fold[changed] == one]
        outside[rows] = trained.said(held, rows)
    whole, shown = _whole(held, labels, classes, seed, step)
    return Look(held, before.fold, before.by_fold, outside, whole, shown)


def _whole(held: Pictures, labels: Ints, classes: int, seed: int, step: Step) -> tuple[Trained, Inside]:
    whole = train(held, labels, classes, np.arange(len(labels)), _seed(seed, FOLDS), True, step)
    return whole, inside(whole.network, held, labels)


def _seed(seed: int, which: int) -> int:
    return seed * NETWORKS + which


def _part(step: Step, which: int) -> Step:
    return lambda done: step((which + done) / NETWORKS)


__all__ = ["Look", "look", "look_again"]
