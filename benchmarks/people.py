"""The simulated people of voting.py: reviewers of several kinds, attackers' batches, what each reviewer says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["honest", "lazy", "flipper", "sleeper", "copier"]
Bits = NDArray[np.bool_]

# What an attacker's batch holds beside poison is honest, so that it does not give itself away.
POISON_IN_ATTACK = 0.5


@dataclass(frozen=True)
class Population:
    """`share` of the reviewers are of `kind`, the others honest; `poison` is the share of poisoned items."""

    name: str
    kind: Kind = "honest"
    share: float = 0.0
    poison: float = 0.2


POPULATIONS = (
    Population("honest only"),
    Population("lazy 5 %", "lazy", 0.05),
    Population("lazy 40 %", "lazy", 0.4),
    Population("flip-all 30 %", "flipper", 0.3),
    Population("flip-all 45 %", "flipper", 0.45),
    Population("sleepers 10 %", "sleeper", 0.1),
    Population("sleepers 20 %", "sleeper", 0.2),
    Population("sleepers 30 %", "sleeper", 0.3),
    Population("sleepers 40 %", "sleeper", 0.4),
    Population("copiers 30 %", "copier", 0.3),
    Population("lazy 5 %, 5 % poison", "lazy", 0.05, 0.05),
    Population("lazy 40 %, 5 % poison", "lazy", 0.4, 0.05),
)


@dataclass(frozen=True)
class Batch:
    """One contributor's items: which are poison, and the reviewer index that sent them (None: no reviewer)."""

    poison: Bits
    sender: int | None


@dataclass(frozen=True)
class Crowd:
    """Everyone of one run: each reviewer's kind and skill (the chance of a right verdict), and the batches."""

    kinds: list[Kind]
    skills: NDArray[np.float64]
    batches: list[Batch]

    def verdicts(self, reviewer: int, batch: Batch, rng: np.random.Generator) -> Bits | None:
        """One verdict per item, True to accept; None for a copier, who has none of their own."""
        kind = self.kinds[reviewer]
        if kind == "copier":
            return None
        if kind == "lazy":
            return np.ones(len(batch.poison), dtype=bool)
        seen: Bits = ~batch.poison ^ (rng.random(len(batch.poison)) >= self.skills[reviewer])
        if kind == "flipper":
            seen = ~seen
        elif kind == "sleeper":
            seen = seen | batch.poison
        return seen


def gather(
    population: Population, reviewers: int, batches: int, items: int, skill: float, rng: np.random.Generator
) -> Crowd:
    """Deal kinds, skills (within 0.1 of `skill`) and batches; sleepers send the poison themselves."""
    bad = round(population.share * reviewers)
    kinds: list[Kind] = [population.kind if number < bad else "honest" for number in range(reviewers)]
    skills = np.clip(rng.uniform(skill - 0.1, skill + 0.1, reviewers), 0.5, 1.0)
    attacks = round(population.poison / POISON_IN_ATTACK * batches)
    dealt = []
    for number in range(batches):
        poison = np.zeros(items, dtype=bool)
        sender = None
        if number < attacks:
            poison[rng.permutation(items)[: round(POISON_IN_ATTACK * items)]] = True
            sender = int(rng.integers(bad)) if population.kind == "sleeper" and bad else None
        dealt.append(Batch(poison, sender))
    return Crowd(kinds, skills, dealt)


def plain_majority(crowd: Crowd, votes: int, rng: np.random.Generator) -> tuple[int, int]:
    """How many poisoned items a plain majority of `votes` random reviewers rejects, and how many honest ones.

    Every item has its own reviewers. Verdicts are open: a copier repeats the first who has one.
    """
    poison_rejected = honest_rejected = 0
    for batch in crowd.batches:
        items = len(batch.poison)
        said = [crowd.verdicts(reviewer, batch, rng) for reviewer in range(len(crowd.kinds))]
        mute = np.array([one is None for one in said])
        table = np.array([np.zeros(items, dtype=bool) if one is None else one for one in said])
        order = rng.random((items, len(said)))
        if batch.sender is not None:
            order[:, batch.sender] = 2.0
        seats = np.argsort(order, axis=1)[:, :votes]
        given = table[seats, np.arange(items)[:, None]]
        copied = mute[seats]
        first = np.argmin(copied, axis=1)
        model = np.where(copied.all(axis=1), False, given[np.arange(items), first])
        accepts = np.where(copied, model[:, None], given).sum(axis=1)
        rejected = 2 * accepts <= votes
        poison_rejected += int((rejected & batch.poison).sum())
        honest_rejected += int((rejected & ~batch.poison).sum())
    return poison_rejected, honest_rejected
