"""From rows of single trials to cells: means with 95 % intervals over seeds, and whether the attack worked at all."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from benchmarks.detect.cells import FLIPS
from benchmarks.detect.ledger import Row
from benchmarks.records import mean_interval

# An attack counts as working where it lifts the share of victims that get the wanted class by at least this much
# above what a network trained on clean items does: under it, there is little to defend against.
FLOOR = 0.5
FIGURES = (
    "tpr",
    "fpr",
    "tpr_at_1",
    "auroc",
    "hostile_found",
    "honest_accused",
    "odd_accused",
    "framed_accused",
    "seconds",
    "network_seconds",
    "mib",
    "undefended_success",
    "clean_success",
    "kept_success",
    "clean_accuracy",
    "kept_accuracy",
    "lost_accuracy",
)


Place = tuple[str, str, str, str, float, str]


@dataclass(frozen=True)
class Mean:
    """Mean over seeds, half-width of its 95 % interval (nan with one seed), the seeds that have the figure."""

    value: float
    width: float
    count: int

    def __str__(self) -> str:
        return f"{self.value:.3f}" if isnan(self.width) else f"{self.value:.3f} ± {self.width:.3f}"


@dataclass(frozen=True)
class Found:
    """What one detector did in one cell, over seeds; `notes` say why figures are absent."""

    collection: str
    kind: str
    name: str
    sender: str
    rate: float
    detector: str
    figures: dict[str, Mean]
    notes: tuple[str, ...]

    def value(self, figure: str) -> float | None:
        """The mean of a figure, None where it was not measured."""
        mean = self.figures.get(figure)
        return None if mean is None else mean.value

    @property
    def works(self) -> bool | None:
        """Whether the undefended attack succeeds, beyond a clean network; None: not known, or a flip has no trigger."""
        undefended, base = self.value("undefended_success"), self.value("clean_success")
        if undefended is None or base is None or self.name in FLIPS:
            return None
        return undefended - base >= FLOOR

    def as_row(self) -> dict[str, Any]:
        """For JSON."""
        figures = {
            name: {"mean": mean.value, "plus_minus": None if isnan(mean.width) else mean.width, "seeds": mean.count}
            for name, mean in self.figures.items()
        }
        place = {name: getattr(self, name) for name in ("collection", "kind", "name", "sender", "rate", "detector")}
        return place | {"works": self.works, "figures": figures, "notes": list(self.notes)}


def summarise(rows: Iterable[Row]) -> list[Found]:
    """One `Found` per cell and detector, in the order in which they first appear."""
    gathered: dict[Place, list[Row]] = defaultdict(list)
    for row in rows:
        place = row["collection"], row["kind"], row["name"], row["sender"], row["rate"], row["detector"]
        gathered[place].append(row)
    return [_found(place, trials) for place, trials in gathered.items()]


def _found(place: Place, trials: Sequence[Row]) -> Found:
    figures = {}
    for name in FIGURES:
        values = [value for value in (_figure(row, name) for row in trials) if value is not None]
        if values:
            mean, width = mean_interval(values)
            figures[name] = Mean(mean, width, len(values))
    notes = tuple(dict.fromkeys(row["note"] for row in trials if "note" in row))
    return Found(*place, figures, notes)


def _figure(row: Row, name: str) -> float | None:
    if name == "hostile_found":
        found, hostile = row.get(name), row.get("hostile")
        return found / hostile if found is not None and hostile else None
    if name == "lost_accuracy":
        before, after = row.get("clean_accuracy"), row.get("kept_accuracy")
        return None if before is None or after is None else before - after
    value = row.get(name)
    return None if value is None else float(value)


def pick(found: Iterable[Found], **wanted: Any) -> list[Found]:
    """Those whose fields are the wanted values, or one of them where a tuple is given."""
    return [
        one
        for one in found
        if all(
            getattr(one, name) in value if isinstance(value, tuple) else getattr(one, name) == value
            for name, value in wanted.items()
        )
    ]


__all__ = ["FIGURES", "FLOOR", "Found", "Mean", "pick", "summarise"]
