"""What every reviewer weighed in draws, at any time: the contract's stake tree, replayed."""

from bisect import bisect_left
from dataclasses import dataclass, field

from sebrus.verify.errors import require
from sebrus.verify.events import Position

MOST_WEIGHT = (1 << 28) - 1
"""All weights together, at most: the tree takes no heavier one beyond it."""


@dataclass
class _Place:
    reviewer: str
    weight: int = 0
    changes: list[tuple[Position, str, int]] = field(default_factory=list)


class Weights:
    """The places of the stake tree in their order, with all that they ever weighed."""

    def __init__(self) -> None:
        self._places: dict[int, _Place] = {}
        self._of: dict[str, int] = {}
        self._total = 0

    def place_of(self, reviewer: str) -> int | None:
        """Return the place that a reviewer holds; None where another has taken it, or there never was one."""
        return self._of.get(reviewer)

    def seat(self, reviewer: str, place: int) -> None:
        """Give a reviewer its place; `StepFailed` when it has another, or somebody who weighs something holds it."""
        held = self._of.get(reviewer, place)
        require(held == place, f"{reviewer} moved from place {held} to place {place} of the stake tree")
        found = self._places.setdefault(place, _Place(reviewer))
        if found.reviewer != reviewer:
            require(found.weight == 0, f"two reviewers hold place {place} of the stake tree")
            del self._of[found.reviewer]
            found.reviewer = reviewer
        self._of[reviewer] = place

    def weigh(self, reviewer: str, weight: int, at: Position) -> bool:
        """Set what a reviewer weighs; False, and nothing done, when all weights together would be too many."""
        place = self._of.get(reviewer)
        if place is None:
            return True
        found = self._places[place]
        if weight > found.weight and self._total + weight - found.weight > MOST_WEIGHT:
            return False
        if weight != found.weight:
            self._total += weight - found.weight
            found.weight = weight
            found.changes.append((at, reviewer, weight))
        return True

    def at_end_of(self, block: int) -> tuple[list[str], list[int]]:
        """Return the reviewers in the order of their places, and their weights, at the end of a block."""
        after = Position(block + 1, -1)
        reviewers, weights = [], []
        for _, place in sorted(self._places.items()):
            index = bisect_left(place.changes, after, key=lambda change: change[0])
            if index:
                reviewers.append(place.changes[index - 1][1])
                weights.append(place.changes[index - 1][2])
        return reviewers, weights
