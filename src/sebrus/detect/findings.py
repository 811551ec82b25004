"""What a screening says of items and contributors."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Test = Literal["label", "pattern", "texture", "dynamics", "spectrum", "gradient"]


@dataclass(frozen=True, slots=True)
class ItemFinding:
    """One item. `score` 0..1, 1 the most suspicious, above 0.5 exactly when flagged.

    `test` is the test that spoke and `reason` says so in a sentence; both are None and "" for items not flagged.
    `neighbours` are the rows of the most alike items of other contributors, for flagged items only.
    """

    label: int
    contributor: Hashable | None
    score: float
    p_value: float
    flagged: bool
    reason: str = ""
    test: Test | None = None
    suggested_label: int | None = None
    neighbours: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Something to look at. `trigger` is the mean residual of `items` (rows), float32 [h, w] or [h, w, c], None when
    the items share no pattern; `label` is the class it was found in."""

    items: tuple[int, ...]
    trigger: NDArray[np.float32] | None = None
    label: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ContributorFinding:
    """One contributor. At least `min_bad_items` of its items are bad, with confidence one minus the rate asked;
    `linked` are the contributors who share what it is accused of."""

    contributor: Hashable
    items: int
    p_value: float
    flagged: bool
    reason: str = ""
    test: Test | None = None
    min_bad_items: int = 0
    evidence: Evidence | None = None
    linked: tuple[Hashable, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """A screening: one finding per item, in input order, one per contributor, and what could not be tested."""

    items: tuple[ItemFinding, ...]
    contributors: tuple[ContributorFinding, ...]
    fdr: float
    limits: tuple[str, ...] = field(default=())

    @property
    def flagged(self) -> NDArray[np.bool_]:
        """Which items are flagged, [n]."""
        return np.array([item.flagged for item in self.items], dtype=np.bool_)

    @property
    def scores(self) -> NDArray[np.float64]:
        """The items' scores, [n]."""
        return np.array([item.score for item in self.items], dtype=np.float64)


__all__ = ["ContributorFinding", "Evidence", "Findings", "ItemFinding", "Test"]
