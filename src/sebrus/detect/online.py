"""Who is accused while batches keep arriving: decisions are taken once each, and none waits for what comes later."""

import math
from dataclasses import dataclass, field, replace
from functools import cache

FAR = 10_000


@dataclass(frozen=True, slots=True)
class Record:
    """How many tests were made, how many of them accused, and each contributor's latest p-value and whether it was
    accused then."""

    tests: int = 0
    found: int = 0
    latest: dict[str, tuple[float, bool]] = field(default_factory=dict)

    def level(self, rate: float) -> float:
        """The p-value at or below which the next test accuses: rate times its share, times one more than were found.

        LOND (Javanmard and Montanari, "Online rules for control of false discovery rate", Annals of Statistics 2018):
        the false discovery rate over all tests ever made is at most `rate`, also when p-values depend on each other
        positively (Zrnic, Ramdas and Jordan, JMLR 2021), as those of one contributor's batches do. Benjamini-Hochberg
        over the latest p-values would not hold over a stream: each newcomer would be a new chance to be the smallest.

        >>> round(Record().level(0.05), 4)
        0.0249
        """
        return rate * share(self.tests + 1) * (self.found + 1)

    def after(self, contributor: str, p_value: float, rate: float) -> "Record":
        """The record with one more test."""
        accused = p_value <= self.level(rate)
        latest = {**self.latest, contributor: (p_value, accused)}
        return replace(self, tests=self.tests + 1, found=self.found + accused, latest=latest)

    def accused(self) -> set[str]:
        """Whom the latest test of theirs accused."""
        return {name for name, (_, accused) in self.latest.items() if accused}


def share(test: int) -> float:
    """Test number 1, 2, ...'s share of the rate: 1 / (i (1 + log i)^2), scaled so that all shares add up to 1."""
    return 1.0 / (test * (1.0 + math.log(test)) ** 2) / _whole()


@cache
def _whole() -> float:
    begin = math.fsum(1.0 / (i * (1.0 + math.log(i)) ** 2) for i in range(1, FAR + 1))
    return begin + 1.0 / (1.0 + math.log(FAR + 0.5))


__all__ = ["Record", "share"]
