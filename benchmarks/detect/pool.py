"""What a trial is made of: real images, the pool that contributors sent, and how to try the attack on a model."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Collection:
    """Real images to draw pools from: uint8 [n, h, w] or [n, h, w, 3], labels 0..classes-1."""

    name: str
    images: Images
    labels: Labels
    test_images: Images
    test_labels: Labels
    classes: int


@dataclass(frozen=True, eq=False)
class Strike:
    """An attack as its author would use it after training.

    `apply(images, rng)` puts the trigger, as strong as at the time of attack, on images uint8; `aim(labels)` says the
    class [n] that the attacker wants for images of these true classes. `victims(labels)` marks which test images the
    attack is about (the target class itself is not). Label flips have no trigger: `apply` returns the images.
    """

    apply: Callable[[Images, np.random.Generator], Images]
    aim: Callable[[Labels], Labels]
    victims: Callable[[Labels], Bools]


@dataclass(frozen=True, eq=False)
class Pool:
    """A pool as contributors sent it.

    `bad` marks poison, what a detector should flag. `cover` marks an attacker's rightly labelled items that carry
    the trigger or a like change (Adap-*, WaNet's noise): neither counted as poison nor as honest. `true_labels` are
    the labels before any flip. `hostile` names the contributors who sent poison or cover. `trusted` is apart from the
    pool. `strike` is None where nothing is planted. `odd` names honest contributors whose images or classes are unlike
    the others'; `framed` names an honest victim whom an attacker copies; `arrival` [n] numbers batches in time's order.
    """

    images: Images
    labels: Labels
    contributors: NDArray[np.str_]
    bad: Bools
    cover: Bools
    true_labels: Labels
    hostile: frozenset[str]
    trusted: tuple[Images, Labels]
    strike: Strike | None
    odd: frozenset[str] = frozenset()
    framed: frozenset[str] = frozenset()
    arrival: Labels | None = None


__all__ = ["Bools", "Collection", "Images", "Labels", "Pool", "Strike"]
