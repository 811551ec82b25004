"""Train a small classifier on what was sent and on what was kept, and measure what the poison does to it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from sebrus.demo.images import Digits, Images, Labels, with_patch, with_signal

# One training is a noisy measurement of the data; the mean of a few is not.
TRAININGS = 5


@dataclass(frozen=True)
class Trained:
    """How a model trained on some data does on held-out digits; shares from 0 to 1."""

    clean_accuracy: float
    backdoor_success: float
    clean_label_success: float


def train_and_attack(
    images: Images, labels: Labels, held_out: Digits, target: int, signal_class: int, seed: int
) -> Trained:
    """Train on `images` and measure accuracy and attack success, averaged over a few trainings.

    Attack success is the share of held-out digits of other classes that the trigger sends to the attacker's class.
    """
    with threadpool_limits(limits=1):
        measured = [
            _once(images, labels, held_out, target, signal_class, seed * TRAININGS + i) for i in range(TRAININGS)
        ]
    return Trained(*(float(np.mean(column)) for column in zip(*measured, strict=True)))


def _once(
    images: Images, labels: Labels, held_out: Digits, target: int, signal_class: int, seed: int
) -> tuple[float, float, float]:
    model = MLPClassifier(hidden_layer_sizes=(64,), max_iter=120, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(_flat(images), labels)

    def success(trigger: Callable[[Images], Images], into: int) -> float:
        others = held_out.take(np.flatnonzero(held_out.labels != into))
        return float(np.mean(model.predict(_flat(trigger(others.images))) == into))

    accuracy = float(np.mean(model.predict(_flat(held_out.images)) == held_out.labels))
    return accuracy, success(with_patch, target), success(with_signal, signal_class)


def _flat(images: Images) -> np.ndarray:
    return images.reshape(len(images), -1) / 255.0
