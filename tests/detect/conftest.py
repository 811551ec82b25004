"""Digits shared out among honest contributors, and the attackers who join them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits


@dataclass
class Crowd:
    """A pool; `bad` marks what an attacker planted."""

    images: Any
    labels: Any
    contributors: Any
    bad: Any
    trusted: Any

    def of(self, name: str) -> Any:
        return np.flatnonzero(self.contributors == name)

    def label_flipper(self, name: str, share: float = 0.5) -> None:
        rng = np.random.default_rng(1)
        rows = rng.permutation(self.of(name))[: int(share * len(self.of(name)))]
        self.labels[rows] = (self.labels[rows] + rng.integers(1, 10, len(rows))) % 10
        self.bad[rows] = True

    def patch_attacker(self, name: str, target: int = 3) -> None:
        rows = self.of(name)
        rows = rows[self.labels[rows] != target]
        self.images[rows, -2:, -2:] = 255
        self.labels[rows] = target
        self.bad[rows] = True

    def clean_label_attacker(self, name: str, target: int = 5, items: int = 40) -> None:
        """A sinusoid on images of the target class, correctly labelled (SIG)."""
        rows = self.of(name)[:items]
        donors = np.flatnonzero((self.labels == target) & (self.contributors != name))[:items]
        wave = 40 * np.sin(2 * np.pi * 3 * np.arange(8) / 8)[None, None, :]
        self.images[rows] = np.clip(self.images[donors] + wave, 0, 255).astype(np.uint8)
        self.labels[rows] = target
        self.bad[rows] = True

    def recall(self, found: Any) -> float:
        return float(found.flagged[self.bad].mean())

    def honest_flagged(self, found: Any) -> float:
        return float(found.flagged[~self.bad].mean())

    def arguments(self) -> tuple[Any, Any, Any]:
        return self.images, self.labels, self.contributors


def honest_crowd(seed: int = 0, contributors: int = 20, trusted: int = 160) -> Crowd:
    digits = load_digits()
    order = np.random.default_rng(seed).permutation(len(digits.images))
    images = np.clip(digits.images * 16, 0, 255).astype(np.uint8)[order]
    labels = digits.target.astype(np.int64)[order]
    names = np.array([f"c{i % contributors:02d}" for i in range(len(images) - trusted)])
    bad = np.zeros(len(names), dtype=np.bool_)
    seed_pair = (images[:trusted].copy(), labels[:trusted].copy())
    return Crowd(images[trusted:].copy(), labels[trusted:].copy(), names, bad, seed_pair)


@pytest.fixture
def crowd() -> Crowd:
    return honest_crowd()


@pytest.fixture
def make_crowd() -> Callable[..., Crowd]:
    return honest_crowd


@pytest.fixture
def accused() -> Callable[[Any], set[Any]]:
    return lambda found: {one.contributor for one in found.contributors if one.flagged}
