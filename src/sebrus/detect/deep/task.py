"""What an audit was asked to do."""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass

from sebrus.detect.prepare import Progress


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """The options of one audit, checked; `names` are the classes', `tell` is called with a stage and a fraction."""

    fdr: float
    plants: int
    seed: int
    device: str
    linked: tuple[Collection[Hashable], ...]
    tell: Progress
    names: Mapping[int, str]


__all__ = ["Task"]
