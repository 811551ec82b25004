"""The simulated people of voting.py: reviewers of several kinds, attackers' batches, what each reviewer says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["honest", "lazy", "rejecter", "dice", "flipper", "sleeper", "copier"]
Bits = NDArray[np.bool_]

# What an attacker's batch holds beside poison is honest, so that it does not give itself away.
POISON_IN_ATTACK = 0.5


@dataclass(frozen=True)
class Population:
    """`share` of the reviewers are of `kind`, the others honest; `poison` is the share of poisoned items.

    With `split` the kind holds that share of the stake in so many times more accounts, each with so much less.
    """

    name: str
    kind: Kind = "honest"
    share: float = 0.0
    poison: float = 0.2
    split: int = 1


POPULATIONS = (
    Population("honest only"),
    Population("always accept 5 %", "lazy", 0.05),
    Population("always accept 40 %", "lazy", 0.4),
    Population("always accept 5 %, 5 % poison", "lazy", 0.05, 0.05),
    Population("always accept 40 %, 5 % poison", "lazy", 0.4, 0.05),
    Population("always reject 5 %", "rejecter", 0.05),
    Population("dice 5 %", "dice", 0.05),
    Population("dice 30 %", "dice", 0.3),
    Population("flip-all 30 %", "flipper", 0.3),
    Population("flip-all 45 %", "flipper", 0.45),
    Population("sleepers 10 %", "sleeper", 0.1),
    Population("sleepers 20 %", "sleeper", 0.2),
    Population("sleepers 30 %", "sleeper", 0.3),
    Population("sleepers 40 %", "sleeper", 0.4),
    Population("sleepers 10 %, split in 4", "sleeper", 0.1, split=4),
    Population("copiers 30 %", "copier", 0.3),
)


@dataclass(frozen=True)
class Batch:
    """One contributor's items: which are poison, and the reviewer index that sent them (None: no reviewer)."""

    poison: Bits
    sender: int | None


@dataclass(frozen=True)
class Crowd:
    """Everyone of one run: kinds, skills (the chance of a right verdict), shares of a whole stake, and the batches."""

    kinds: list[Kind]
    skills: NDArray[np.float64]
    shares: NDArray[np.float64]
    batches: list[Batch]

    def verdicts(self, reviewer: int, bad: Bits, allied: Bits, rng: np.random.Generator) -> Bits | None:
        """One verdict per position, True to accept; None for a copier, who has none of their own.

        `bad` are the pictures to reject, gold among them; `allied` those a sleeper is to let through.
        """
        kind = self.kinds[reviewer]
        if kind == "copier":
            return None
        if kind in ("lazy", "rejecter"):
            return np.full(len(bad), kind == "lazy")
        if kind == "dice":
            return rng.random(len(bad)) < 0.5
        seen: Bits = ~bad ^ (rng.random(len(bad)) >= self.skills[reviewer])
        if kind == "flipper":
            seen = ~seen
        elif kind == "sleeper":
            seen = seen | allied
        return seen


def gather(
    population: Population, reviewers: int, batches: int, items: int, skill: float, rng: np.random.Generator
) -> Crowd:
    """Deal kinds, skills (within 0.1 of `skill`) and batches; sleepers send the poison themselves."""
    bad, split = round(population.share * reviewers), population.split
    kinds: list[Kind] = [population.kind] * (bad * split) + ["honest"] * (reviewers - bad)
    shares = np.array([1 / split] * (bad * split) + [1.0] * (reviewers - bad))
    skills = np.clip(rng.uniform(skill - 0.1, skill + 0.1, len(kinds)), 0.5, 1.0)
    attacks = round(population.poison / POISON_IN_ATTACK * batches)
    dealt = []
    for attack in rng.permutation(np.arange(batches) < attacks):
        poison = np.zeros(items, dtype=bool)
        sender = None
        if attack:
            poison[rng.permutation(items)[: round(POISON_IN_ATTACK * items)]] = True
            sender = int(rng.integers(bad * split)) if population.kind == "sleeper" and bad else None
        dealt.append(Batch(poison, sender))
    return Crowd(kinds, skills, shares, dealt)


def plain_majority(crowd: Crowd, votes: int, rng: np.random.Generator) -> tuple[int, int]:
    """How many poisoned items a plain majority of `votes` random reviewers rejects, and how many honest ones.

    Every item has its own reviewers. Verdicts are open: a copier repeats the first who has one.
    """
    poison_rejected = honest_rejected = 0
    for batch in crowd.batches:
        items = len(batch.poison)
        said = [crowd.verdicts(reviewer, batch.poison, batch.poison, rng) for reviewer in range(len(crowd.kinds))]
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
