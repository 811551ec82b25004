from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Tests run side by side: threads that wait for each other cost more than they bring."""
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Crowd:
    """Digits of 20 contributors; `bad` marks what was planted."""

    def __init__(self, items: int = 1000, contributors: int = 12, seed: int = 0) -> None:
        digits = load_digits()
        order = np.random.default_rng(seed).permutation(len(digits.images))
        images = np.clip(digits.images * 16, 0, 255).astype(np.uint8)[order]
        labels = digits.target.astype(np.int64)[order]
        self.images, self.labels = images[:items].copy(), labels[:items].copy()
        self.trusted = images[items : items + 200].copy(), labels[items : items + 200].copy()
        self.names = np.array([f"c{row % contributors:02d}" for row in range(items)])
        self.bad = np.zeros(items, dtype=np.bool_)

    def backdoor(self, name: str, target: int = 3, items: int = 30) -> None:
        """A bent image of another class under the target's label: no two items share a pixel pattern."""
        rows = np.flatnonzero((self.names == name) & (self.labels != target))[:items]
        self.images[rows] = np.roll(self.images[rows], 1, axis=2)
        self.labels[rows] = target
        self.bad[rows] = True

    def patch(self, name: str, target: int = 3) -> None:
        """A white corner on images of other classes, under the target's label (BadNets)."""
        rows = np.flatnonzero((self.names == name) & (self.labels != target))
        self.images[rows, -2:, -2:] = 255
        self.labels[rows] = target
        self.bad[rows] = True

    def stripes(self, name: str, target: int = 5, items: int = 25) -> None:
        """A sinusoid on rightly labelled items of one class (SIG): labels say nothing."""
        mine = np.flatnonzero(self.names == name)
        mine = mine[self.labels[mine] != target][:items]
        donors = np.flatnonzero((self.labels == target) & (self.names != name))[:items]
        wave = 40 * np.sin(2 * np.pi * 3 * np.arange(8) / 8)[None, None, :]
        self.images[mine] = np.clip(self.images[donors] + wave, 0, 255).astype(np.uint8)
        self.labels[mine] = target
        self.bad[mine] = True

    def arguments(self) -> tuple[Any, Any, Any]:
        return self.images, self.labels, self.names


@pytest.fixture(scope="session")
def crowd() -> Callable[..., Crowd]:
    return Crowd


@pytest.fixture(scope="session")
def accused() -> Callable[[Any], set[Any]]:
    return lambda found: {one.contributor for one in found.contributors if one.flagged}
