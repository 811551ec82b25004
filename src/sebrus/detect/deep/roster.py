"""Who sent which items of which class, bursts of near-identical frames counted once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.deep.standing import Bools, Cell, Ints
from sebrus.detect.duplicates import frames
from sebrus.detect.prepare import grouped
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
    groups = grouped(frames(images), labels, source, members)
    cells = [
        Cell(int(owner), int(label), rows, once)
        for owner, label, rows, once in zip(groups.owner, groups.label, groups.rows, groups.distinct, strict=True)
        if len(once) >= FEWEST
    ]
    return Roster(labels, classes, source, trusted, members, cells)


__all__ = ["Roster", "roster"]
