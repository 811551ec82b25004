"""Self-support: labels that nobody but their own contributor's other items would teach.

An item's gap is its margin when only it is left out, minus its margin when its whole contributor is left out.
Clean items are supported by everybody, a trigger only by its author. How large gaps are depends on how much of
each class a contributor holds, so they are calibrated on twins: as many items of the same classes, drawn from
other contributors and left out together.
"""

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.calibrate import conformal
from sebrus.detect.ridge import Fit, Floats, Ints, margins

Bools = NDArray[np.bool_]

TWINS = 6


def support_p_values(fit: Fit, labels: Ints, rows: Ints, donors: Ints) -> Floats:
    """Conformal p-values [rows] of one contributor's gaps against the gaps of twins drawn from `donors`.

    An item that others' items already place in its class has nothing to explain and gets 1.
    """
    rng = np.random.default_rng(0)
    drawn = [_twin(labels, rows, donors, rng) for _ in range(TWINS)]
    calibration = [_gaps(fit, labels, twin) for twin in drawn if len(twin)]
    if not calibration:
        return np.ones(len(rows))
    gaps = _gaps(fit, labels, rows)
    p_values = conformal(gaps, np.concatenate(calibration))
    return np.asarray(np.where(np.isneginf(gaps), 1.0, p_values))


def _gaps(fit: Fit, labels: Ints, rows: Ints) -> Floats:
    others, own = fit.both(rows)
    outside = margins(others, labels[rows])
    return np.asarray(np.where(outside < 0, margins(own, labels[rows]) - outside, -np.inf))


def _twin(labels: Ints, rows: Ints, donors: Ints, rng: np.random.Generator) -> Ints:
    chosen = []
    for label, count in zip(*np.unique(labels[rows], return_counts=True), strict=True):
        held = donors[labels[donors] == label]
        chosen.append(rng.choice(held, min(count, len(held)), replace=False))
    return np.concatenate(chosen).astype(np.intp)


__all__ = ["support_p_values"]
