"""What a verification found, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Step:
    """One step: its name, whether it holds, and one sentence."""

    name: str
    holds: bool
    sentence: str


@dataclass(frozen=True)
class Report:
    """The steps up to the first that does not hold, and what else a reader should know."""

    release: str
    steps: Sequence[Step]
    notes: Sequence[str]

    @property
    def holds(self) -> bool:
        """Whether every step holds."""
        return all(step.holds for step in self.steps)

    @property
    def broken(self) -> Step | None:
        """The first step that does not hold."""
        return next((step for step in self.steps if not step.holds), None)

    def as_dict(self) -> dict[str, Any]:
        """Return the report for JSON."""
        return {
            "verified": self.holds,
            "release": self.release,
            "broken": self.broken.name if self.broken else None,
            "steps": [{"name": s.name, "holds": s.holds, "sentence": s.sentence} for s in self.steps],
            "notes": list(self.notes),
        }
