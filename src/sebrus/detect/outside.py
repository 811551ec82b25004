"""What a model without a contributor says of that contributor's items, fairly.

Two honest differences would look like wrong labels. Leaving out somebody who holds much of a class makes the class
rare in the model, so everything of that class scores lower: the shift that others' items of the class suffer is
measured in closed form and given back. And one camera shifts all of a contributor's images alike: the shift that
most of the contributor's classes share is taken off before the model is asked.
"""

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.ridge import Fit, Floats, Ints, by_source

Bools = NDArray[np.bool_]

PROBES = 60


class Outside:
    """Scores of items by a fit without their source; class sums of the active items are kept between calls.

    Where the model was fitted on more than the items at hand, `totals` are the counts [classes] and sums [classes, d]
    of all.
    """

    def __init__(self, model: Fit, labels: Ints, totals: tuple[Ints, Floats] | None = None) -> None:
        self.model, self.labels = model, labels
        self.classes = model.signs.shape[1]
        held = np.flatnonzero(model.active)
        self.counts = np.bincount(labels[held], minlength=self.classes)
        self.sums = np.zeros((self.classes, model.rotated.shape[1]))
        self.probes: dict[int, tuple[Ints, Floats, Floats]] = {}
        for rows in by_source(labels[held]):
            if len(rows):
                members = held[rows]
                label = int(labels[members[0]])
                self.sums[label] = model.rotated[members].sum(axis=0)
                some = members[:: max(1, len(members) // PROBES)]
                features = model.rotated[some]
                leverage = (features * features / model.diagonal).sum(axis=1)
                self.probes[label] = (some, model.each_alone(some), leverage)
        if totals is not None:
            self.counts, self.sums = totals
        centred = model.rotated[held] - (self.sums / np.maximum(self.counts, 1)[:, None])[labels[held]]
        self.energy = float((centred * centred).sum() / max(1, len(held) - len(self.probes)))

    def scores(self, source: Ints) -> Floats:
        """Scores [n, classes] of every item by a fit without all items of its source."""
        scores = np.empty_like(self.model.signs)
        alone = np.bincount(source)[source] == 1
        scores[alone] = self.model.each_alone(np.flatnonzero(alone))
        crowd = np.flatnonzero(~alone)
        for part in by_source(source[crowd]):
            if len(part):
                scores[crowd[part]] = self.of(crowd[part])
        return scores

    def of(self, rows: Ints) -> Floats:
        """Scores [rows, classes] of one source's items."""
        weights, gain = self.model.without_weights(rows)
        parts = [rows[part] for part in by_source(self.labels[rows])]
        scores = (self.model.rotated[rows] - self._camera(parts)) @ weights
        if gain.shape[1]:
            for part in parts:
                scores[np.isin(rows, part)] += self._given_back(part, rows, weights, gain)
        return np.asarray(scores)

    def _given_back(self, part: Ints, rows: Ints, weights: Floats, gain: Floats) -> Floats:
        """How much the scores of others' items of this class fall, on average, when `rows` are left out."""
        probes, usual, leverage = self.probes[int(self.labels[part[0]])]
        kept = ~np.isin(probes, rows)
        if not kept.any():
            return np.zeros(self.classes)
        features, signs = self.model.rotated[probes[kept]], self.model.signs[probes[kept]]
        leverage = leverage[kept] + ((features @ gain) ** 2).sum(axis=1)
        without = signs - (signs - features @ weights) / np.maximum(1.0 - leverage, 1e-6)[:, None]
        return np.asarray((usual[kept] - without).mean(axis=0))

    def _camera(self, parts: list[Ints]) -> Floats:
        """The shift [d] that the majority of a source's classes share; 0 with fewer than three classes."""
        shifts, noise, sizes = [], 0.0, []
        for part in parts:
            label = int(self.labels[part[0]])
            own = self.model.rotated[part].sum(axis=0)
            inside = part[self.model.active[part]]
            rest = self.counts[label] - len(inside)
            if rest > 0:
                usual = (self.sums[label] - self.model.rotated[inside].sum(axis=0)) / rest
                shifts.append(own / len(part) - usual)
                sizes.append(1.0 / len(part) + 1.0 / rest)
        if len(shifts) < 3:
            return np.zeros(len(self.model.diagonal))
        shared = np.median(np.array(shifts), axis=0)
        noise = np.pi / 2 * self.energy * float(np.mean(sizes)) / len(shifts)
        return np.asarray(shared * max(0.0, 1.0 - noise / max(float(shared @ shared), 1e-12)))


__all__ = ["Outside"]
