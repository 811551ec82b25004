"""Pools of real images shared out among contributors, two of whom attack."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

ATTACKS = ("none", "badnets", "blended", "sig", "flip")
TARGET = 0


@dataclass(frozen=True, eq=False)
class Bench:
    """A pool of one trial; `bad` marks the poison, the seed is apart from the pool."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    contributors: NDArray[np.intp]
    bad: NDArray[np.bool_]
    trusted: tuple[NDArray[np.uint8], NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class Collection:
    """Images to draw pools from, and how pools are made of them."""

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    items: int
    contributors: int
    poison: int
    trusted: int


def collections(data: Path | None) -> list[Collection]:
    """Digits always; MNIST where the data is."""
    digits = load_digits()
    small = np.clip(digits.images * 16, 0, 255).astype(np.uint8)
    found = [Collection("digits", small, digits.target.astype(np.int64), 1600, 22, 30, 160)]
    if data is not None and (data / "mnist.npz").is_file():
        with np.load(data / "mnist.npz", allow_pickle=False) as stored:
            images, labels = stored["x_train"], stored["y_train"].astype(np.int64)
        found.insert(0, Collection("mnist", images, labels, 10_000, 50, 50, 500))
    return found


def make(collection: Collection, attack: str, seed: int) -> Bench:
    """One pool: contributors 0 and 1 plant `collection.poison` items each."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(collection.images))
    rows, vouched = order[: collection.items], order[collection.items :][: collection.trusted]
    images, labels = collection.images[rows].copy(), collection.labels[rows].copy()
    owner = rng.integers(collection.contributors, size=len(rows))
    bad = np.zeros(len(rows), dtype=np.bool_)
    pattern = rng.integers(0, 256, size=images.shape[1:])
    for attacker in (0, 1) if attack != "none" else ():
        chosen = _chosen(labels, owner, attacker, attack == "sig", collection.poison, rng)
        owner[chosen] = attacker
        images[chosen] = _altered(images[chosen], attack, pattern)
        if attack in ("badnets", "blended"):
            labels[chosen] = TARGET
        if attack == "flip":
            labels[chosen] = (labels[chosen] + rng.integers(1, 10, len(chosen))) % 10
        bad[chosen] = True
    return Bench(images, labels, owner, bad, (collection.images[vouched], collection.labels[vouched]))


def _chosen(
    labels: NDArray[np.int64],
    owner: NDArray[np.intp],
    attacker: int,
    of_target: bool,
    count: int,
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """Which items become poison: the attacker's own of other classes, or any honest one's of the target class."""
    mine = (labels == TARGET) & (owner > 1) if of_target else (labels != TARGET) & (owner == attacker)
    return rng.permutation(np.flatnonzero(mine))[:count]


def _altered(images: NDArray[np.uint8], attack: str, pattern: NDArray[np.int64]) -> NDArray[np.uint8]:
    width = images.shape[2]
    size = 3 if width >= 16 else 2
    changed = images.astype(np.float64)
    if attack == "badnets":
        changed[:, -1 - size : -1, -1 - size : -1] = 255
    if attack == "blended":
        changed = 0.8 * changed + 0.2 * pattern
    if attack == "sig":
        strength, waves = (20, 6) if width >= 16 else (40, 3)
        changed = changed + strength * np.sin(2 * np.pi * waves * np.arange(width) / width)
    return np.clip(changed, 0, 255).astype(np.uint8)


__all__ = ["ATTACKS", "Bench", "Collection", "collections", "make"]
