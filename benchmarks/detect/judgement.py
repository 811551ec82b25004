"""What a detector sees of a pool, and what it says: the same for ours, for its variants and for its peers."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.detect.pool import Bools, Images, Labels, Pool

if TYPE_CHECKING:
    from benchmarks.detect.models import Network

Floats = NDArray[np.float64]


@dataclass(eq=False)
class Seen:
    """A pool without its truth: images, labels 0..classes-1, contributors [n], the trusted seed, a seed for chance.

    `network` and `frozen` are made when first asked for, and shared by all detectors that ask; `network_seconds` is
    what the training took.
    """

    images: Images
    labels: Labels
    contributors: NDArray[np.str_]
    trusted: tuple[Images, Labels]
    classes: int
    seed: int
    network_seconds: float = 0.0

    @classmethod
    def of(cls, pool: Pool, classes: int, seed: int) -> "Seen":
        """What there is to see of a pool."""
        return cls(pool.images, pool.labels, pool.contributors, pool.trusted, classes, seed)

    @cached_property
    def network(self) -> "Network":
        """A network trained on the pool as it is. Needs PyTorch."""
        from benchmarks.detect.models import train

        started = time.perf_counter()
        trained = train(self.images, self.labels, self.classes, self.seed)
        self.network_seconds = time.perf_counter() - started
        return trained

    @cached_property
    def frozen(self) -> NDArray[np.float32]:
        """The features that our own detector uses, which never see a label: float32 [n, d]."""
        from sebrus.detect.features import features

        shaped = self.images if self.images.ndim == 4 else self.images[..., None]
        return features(shaped)


@dataclass(frozen=True, eq=False)
class Judgement:
    """Flags [n], scores [n] (higher is more suspicious), and the contributors accused (None: it judges items only)."""

    flags: Bools
    scores: Floats
    accused: frozenset[str] | None = None


Detector = Callable[[Seen], Judgement]


def absent(packages: tuple[str, ...]) -> list[str]:
    """Which of these packages are not installed."""
    return [package for package in packages if find_spec(package) is None]


__all__ = ["Detector", "Floats", "Judgement", "Seen", "absent"]
