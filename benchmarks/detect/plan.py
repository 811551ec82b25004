"""What an attack is before anyone sends it: which items it fits, what it does to them, how it strikes afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.detect.pool import Bools, Collection, Images, Labels, Strike

Rng = np.random.Generator
Alter = Callable[[Images, Rng], Images]
CACHE = Path("build/bench/cache")


@dataclass(frozen=True, eq=False)
class Scene:
    """What the attacker knows and wants.

    `target` is the class that triggered images shall get, `source` another class (targeted flips, feature collision).
    `private` are images the attacker trains a surrogate on; `seed` and `cache` say where surrogates are kept.
    """

    collection: Collection
    target: int
    source: int
    private: tuple[Images, Labels]
    seed: int
    cache: Path = CACHE


@dataclass(frozen=True, eq=False)
class Plan:
    """An attack ready to plant.

    `fits(labels)` marks items [n] that may become poison; `plant(images, labels, rng)` gives their new images and
    labels. `cover(images, rng)` alters the rightly labelled items that hide the poison, `covers` of them per poison.
    """

    fits: Callable[[Labels], Bools]
    plant: Callable[[Images, Labels, Rng], tuple[Images, Labels]]
    strike: Strike
    cover: Alter | None = None
    covers: int = 0


Attack = Callable[[Scene, Rng], Plan]


def dirty(scene: Scene, train: Alter, strike: Alter, cover: Alter | None = None, covers: int = 0) -> Plan:
    """Items of other classes get the trigger and the target's label."""

    def plant(images: Images, labels: Labels, rng: Rng) -> tuple[Images, Labels]:
        return train(images, rng), np.full_like(labels, scene.target)

    return Plan(lambda labels: labels != scene.target, plant, towards(scene.target, strike), cover, covers)


def clean(scene: Scene, train: Alter, strike: Alter) -> Plan:
    """Items of the target class get the trigger and keep their right label."""

    def plant(images: Images, labels: Labels, rng: Rng) -> tuple[Images, Labels]:
        return train(images, rng), labels.copy()

    return Plan(lambda labels: labels == scene.target, plant, towards(scene.target, strike))


def towards(target: int, apply: Alter) -> Strike:
    """A strike that wants every triggered image of another class taken for the target."""
    return Strike(apply, lambda labels: np.full_like(labels, target), lambda labels: labels != target)


def pixels(values: NDArray[Any]) -> Images:
    """Nearest uint8 of values 0..255, clipped."""
    rounded: Images = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return rounded


def unchanged(images: Images, rng: Rng) -> Images:  # noqa: ARG001
    """No trigger."""
    return images.copy()


def is_colour(images: Images) -> bool:
    """Whether images are [n, h, w, 3] (else grey [n, h, w])."""
    return images.ndim == 4


__all__ = [
    "CACHE",
    "Alter",
    "Attack",
    "Plan",
    "Rng",
    "Scene",
    "clean",
    "dirty",
    "is_colour",
    "pixels",
    "towards",
    "unchanged",
]
