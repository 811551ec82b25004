"""Label flips: images stay as they are (Natarajan et al. 2013; Patrini et al. 2017; targeted: Tolpegin et al. 2020)."""

import numpy as np

from benchmarks.detect.plan import Plan, Rng, Scene, unchanged
from benchmarks.detect.pool import Images, Labels, Strike


def to_any_other(labels: Labels, classes: int, rng: Rng) -> Labels:
    """Symmetric noise: each label becomes one of the others, all equally likely."""
    return (labels + rng.integers(1, classes, size=len(labels))) % classes


def to_next(labels: Labels, classes: int) -> Labels:
    """Pair noise: c becomes c + 1, the last class the first."""
    return (labels + 1) % classes


def symmetric(scene: Scene, rng: Rng) -> Plan:  # noqa: ARG001
    """Any item to any other class; no test image is aimed at."""
    classes = scene.collection.classes

    def plant(images: Images, labels: Labels, rng: Rng) -> tuple[Images, Labels]:
        return images.copy(), to_any_other(labels, classes, rng)

    strike = Strike(unchanged, lambda labels: to_next(labels, classes), lambda labels: np.zeros(len(labels), np.bool_))
    return Plan(lambda labels: np.ones(len(labels), np.bool_), plant, strike)


def pair(scene: Scene, rng: Rng) -> Plan:  # noqa: ARG001
    """Any item of class c to class c + 1."""
    classes = scene.collection.classes

    def plant(images: Images, labels: Labels, rng: Rng) -> tuple[Images, Labels]:  # noqa: ARG001
        return images.copy(), to_next(labels, classes)

    strike = Strike(unchanged, lambda labels: to_next(labels, classes), lambda labels: np.ones(len(labels), np.bool_))
    return Plan(lambda labels: np.ones(len(labels), np.bool_), plant, strike)


def targeted(scene: Scene, rng: Rng) -> Plan:  # noqa: ARG001
    """Items of the source class to the target class, nothing else."""

    def plant(images: Images, labels: Labels, rng: Rng) -> tuple[Images, Labels]:  # noqa: ARG001
        return images.copy(), np.full_like(labels, scene.target)

    strike = Strike(unchanged, lambda labels: np.full_like(labels, scene.target), lambda labels: labels == scene.source)
    return Plan(lambda labels: labels == scene.source, plant, strike)


__all__ = ["pair", "symmetric", "targeted", "to_any_other", "to_next"]
