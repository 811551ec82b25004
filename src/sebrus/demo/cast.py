"""Who plays: honest contributors, attackers of three families, and reviewers of every kind."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from eth_account import Account

from sebrus.demo.images import Digits, Images, Labels, all_digits, as_png, digest, with_patch, with_signal

Attack = Literal["label_flip", "clean_label", "backdoor"]
Manner = Literal["honest", "lazy", "random", "hostile", "silent", "sleeper"]
ATTACKS: tuple[Attack, ...] = ("label_flip", "clean_label", "backdoor")

HELD_OUT = 360
SEED_ITEMS = 180
HONEST_CONTRIBUTORS = 18
FLIPPERS = 4
FLIPPED_ITEMS = 40
PATCHERS = 2
PATCHED_ITEMS = 50
SIGNAL_SENDERS = 2
SIGNAL_ITEMS = 40
REVIEWERS: dict[Manner, int] = {"honest": 38, "lazy": 2, "random": 2, "hostile": 2, "silent": 1}


def key_of(seed: int, role: str, number: int) -> str:
    """The private key of an actor: a hash of its name, so that a run can be repeated."""
    return "0x" + hashlib.sha256(f"SeBRUS demo {seed} {role} {number}".encode()).hexdigest()


@dataclass(frozen=True)
class Contribution:
    """What one contributor sends."""

    key: str
    attack: Attack | None
    images: Images
    labels: Labels
    true_labels: Labels

    @property
    def address(self) -> str:
        """The contributor's account."""
        return str(Account.from_key(self.key).address)

    @property
    def files(self) -> list[tuple[str, bytes, int]]:
        """(name, PNG, label) per item."""
        rows = enumerate(zip(self.images, self.labels, strict=True))
        return [(f"{i:03}.png", as_png(image), int(label)) for i, (image, label) in rows]


@dataclass(frozen=True)
class Critic:
    """A reviewer: how it votes, and how often it errs on what people can see."""

    key: str
    manner: Manner
    error: float
    allied: frozenset[str] = frozenset()  # sha256 of pictures a sleeper lets through

    @property
    def address(self) -> str:
        """The reviewer's account."""
        return str(Account.from_key(self.key).address)

    def verdict(self, sha256: str, label_is_right: bool, flagged: bool = False) -> bool:
        """Accept or reject a picture; the same one with the same evidence always gets the same verdict.

        People see whether a label is right; no one sees a trigger of a few grey levels, but later panels are shown what
        the detector found. A sleeper is honest but for its allies' pictures.
        """
        draw = int.from_bytes(hashlib.sha256(f"{self.key} {sha256}".encode()).digest()[:8], "big") / 2**64
        if self.manner == "lazy" or sha256 in self.allied:
            return True
        if self.manner == "random":
            return draw < 0.5
        good = label_is_right and not flagged
        seen = good if draw >= self.error else not good
        return not seen if self.manner == "hostile" else seen


@dataclass(frozen=True)
class Cast:
    """Everyone and everything of one run."""

    seed: int
    owner_key: str
    trusted: Digits
    held_out: Digits
    target: int
    contributions: list[Contribution]
    critics: list[Critic]
    truth: dict[str, int] = field(repr=False)

    @property
    def wallets(self) -> int:
        """How many accounts take part."""
        return 1 + len(self.contributions) + len(self.critics)


def assemble(seed: int) -> Cast:
    """Deal the digits and the roles; another seed deals differently."""
    rng = np.random.default_rng(seed)
    digits = all_digits()
    order = rng.permutation(len(digits))
    held_out = digits.take(order[:HELD_OUT])
    trusted = digits.take(order[HELD_OUT : HELD_OUT + SEED_ITEMS])
    rest = digits.take(order[HELD_OUT + SEED_ITEMS :])
    target = int(rng.integers(10))
    contributions = _deal(seed, rng, rest, target)
    rng.shuffle(contributions)
    truth = {
        digest(as_png(image)): int(label)
        for images, labels in [(c.images, c.true_labels) for c in contributions] + [(trusted.images, trusted.labels)]
        for image, label in zip(images, labels, strict=True)
    }
    return Cast(
        seed=seed,
        owner_key=key_of(seed, "owner", 0),
        trusted=trusted,
        held_out=held_out,
        target=target,
        contributions=contributions,
        critics=_critics(seed, rng),
        truth=truth,
    )


def _deal(seed: int, rng: np.random.Generator, rest: Digits, target: int) -> list[Contribution]:
    """Attackers take what they need, honest contributors share the rest unevenly."""
    available = np.ones(len(rest), dtype=bool)

    def take(count: int, eligible: np.ndarray) -> Digits:
        rows = rng.choice(np.flatnonzero(available & eligible), count, replace=False)
        available[rows] = False
        return rest.take(rows)

    everything = np.ones(len(rest), dtype=bool)
    signal_class = (target + 1 + int(rng.integers(9))) % 10
    found = []
    for number in range(SIGNAL_SENDERS):
        mine = take(SIGNAL_ITEMS, rest.labels == signal_class)
        found.append(_contribution(seed, "clean_label", number, with_signal(mine.images), mine.labels, mine.labels))
    for number in range(PATCHERS):
        mine = take(PATCHED_ITEMS, rest.labels != target)
        wrong = np.full(len(mine), target)
        found.append(_contribution(seed, "backdoor", number, with_patch(mine.images), wrong, mine.labels))
    for number in range(FLIPPERS):
        mine = take(FLIPPED_ITEMS, everything)
        wrong = (mine.labels + rng.integers(1, 10, len(mine))) % 10
        found.append(_contribution(seed, "label_flip", number, mine.images, wrong, mine.labels))
    honest = rng.permutation(np.flatnonzero(available))
    shares = rng.dirichlet(np.full(HONEST_CONTRIBUTORS, 12.0))
    cuts = np.round(np.cumsum(shares)[:-1] * len(honest)).astype(int)
    for number, rows in enumerate(np.split(honest, cuts)):
        mine = rest.take(rows)
        found.append(_contribution(seed, None, number, mine.images, mine.labels, mine.labels))
    return found


def _contribution(
    seed: int, attack: Attack | None, number: int, images: Images, labels: Labels, true_labels: Labels
) -> Contribution:
    return Contribution(key_of(seed, attack or "honest", number), attack, images, labels, true_labels)


def _critics(seed: int, rng: np.random.Generator) -> list[Critic]:
    critics = []
    for manner, count in REVIEWERS.items():
        for number in range(count):
            error = float(rng.uniform(0.01, 0.05))
            critics.append(Critic(key_of(seed, f"{manner} reviewer", number), manner, error))
    return critics
