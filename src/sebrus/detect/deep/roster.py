"""Who sent which items of which class, bursts of near-identical frames counted once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.deep.standing import Bools, Cell, Ints
from sebrus.detect.duplicates import distinct, likeness, shapes, thumbnails
from sebrus.detect.ridge import by_source

FEWEST = 5


@dataclass(frozen=True, slots=True, eq=False)
class Roster:
    """Class numbers `labels` [n]; `source` [n], contributors first, rows that belong to nobody with numbers of their
    own; `trusted` [n]; the `members` rows of each contributor and its `cells` of five distinct items or more."""

    labels: Ints
    classes: int
    source: Ints
    trusted: Bools
    members: list[Ints]
    cells: list[Cell]


def roster(
    images: NDArray[np.uint8], labels: Ints, classes: int, source: Ints, trusted: Bools, contributors: int
) -> Roster:
    """List the contributors, who are the sources 0..contributors-1, and their cells."""
    members = by_source(source)[:contributors]
    cells = []
    if members:
        shape = shapes(thumbnails(images), labels, classes)
        alike = [likeness(shape, labels, source, label) for label in range(classes)]
        for contributor, rows in enumerate(members):
            for label in np.unique(labels[rows]):
                own = rows[labels[rows] == label]
                once = distinct([(shape, alike[label])], own)
                if len(once) >= FEWEST:
                    cells.append(Cell(contributor, int(label), own, once))
    return Roster(labels, classes, source, trusted, members, cells)


__all__ = ["Roster", "roster"]
