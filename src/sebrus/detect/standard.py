"""What a state holds new items against, learned once: the measure, and how alike two images of a class may be."""

from dataclasses import astuple, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.basis import Basis, class_means
from sebrus.detect.canvas import shrink
from sebrus.detect.duplicates import NEVER, Limit, distinct, frames, limit_of
from sebrus.detect.features import describe
from sebrus.detect.prepare import Measure, learn
from sebrus.detect.shards import Images, ranges
from sebrus.detect.views import LONGEST, views

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
Pictures = NDArray[np.uint8]
Features = NDArray[np.float16]


@dataclass(frozen=True, slots=True, eq=False)
class Standard:
    """Frozen when a state begins, for the `classes` [k] in ascending order; their means are of `size` [k] items.

    `limits` [2, k] say how alike images of different contributors are at most, by spectra and by correlation.
    `learned` is how many items it was learned from.
    """

    measure: Measure
    classes: NDArray[np.int64]
    size: Ints
    limits: Floats
    learned: int

    def codes(self, labels: NDArray[np.int64]) -> Ints:
        """Labels as positions in `classes`; all of them must be there."""
        return np.searchsorted(self.classes, labels).astype(np.intp)

    def described(self, images: Pictures) -> Features:
        """Features as a state keeps them, float16: what is taken out later is exactly what was put in."""
        return describe(self.measure.filters, images).astype(np.float16)

    def distinct(self, images: Pictures, label: int) -> Bools:
        """Which of a contributor's images of one class count: the first of those nearly identical."""
        counts = np.zeros(len(images), dtype=np.bool_)
        counts[distinct(frames(images), Limit(*self.limits[:, label].tolist()))] = True
        return counts

    def with_classes(self, more: NDArray[np.int64]) -> "Standard":
        """Also for these classes, of which nothing is known."""
        new = np.setdiff1d(more, self.classes)
        if not len(new):
            return self
        at = np.searchsorted(self.classes, new)
        usual = np.array([np.median(limit[self.size > 0]) if self.size.any() else NEVER for limit in self.limits])
        bases = {name: _widened(basis, at) for name, basis in self.measure.bases.items()}
        return replace(
            self,
            measure=replace(self.measure, bases=bases),
            classes=np.insert(self.classes, at, new),
            size=np.insert(self.size, at, 0),
            limits=np.insert(self.limits, at, usual[:, None], axis=1),
        )

    def having_met(self, images: Pictures, labels: Ints) -> "Standard":
        """With the means of the classes that these items are the first of."""
        first = self.size[labels] == 0
        if not first.any():
            return self
        fresh, count = np.unique(labels[first]), len(self.classes)
        images, labels = images[first], labels[first]
        raw = views(images)
        bases = {}
        for name, basis in self.measure.bases.items():
            mean = basis.mean.copy()
            mean[fresh] = class_means(raw[name], labels, count)[fresh]
            bases[name] = replace(basis, mean=mean)
        size = self.size + np.bincount(labels, minlength=count)
        measure = replace(self.measure, bases=bases)
        return replace(self, measure=measure, size=size)


def learn_standard(images: Images, labels: Ints, who: Ints, classes: NDArray[np.int64]) -> Standard:
    """Learn from images uint8 [n, h, w, c], positions in `classes` [n] and contributors' numbers [n]."""
    count = len(classes)
    measure = learn(images, labels, count)
    size = np.bincount(labels, minlength=count)
    limits = np.full((2, count), NEVER)
    seen = np.concatenate([frames(images[first:last]) for first, last in ranges(len(images))])
    for label in np.flatnonzero(size):
        same = labels == label
        limits[:, label] = astuple(limit_of(seen[same], who[same]))
    return Standard(measure, classes, size, limits, len(images))


def reduced(images: Pictures) -> Pictures:
    """Images as a state keeps them: no more than 48 pixels a side, as whole numbers; smaller ones as they are."""
    if max(images.shape[1:3]) <= LONGEST:
        return images
    return np.asarray(np.rint(shrink(images, LONGEST)), dtype=np.uint8)


def _widened(basis: Basis, at: Ints) -> Basis:
    return replace(
        basis,
        mean=np.insert(basis.mean, at, 0.0, axis=0),
        square=np.insert(basis.square, at, float(basis.square.mean())),
        cube=np.insert(basis.cube, at, float(basis.cube.mean())),
    )


__all__ = ["Standard", "learn_standard", "reduced"]
