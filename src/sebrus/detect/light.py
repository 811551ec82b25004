"""A contributor of one class in its own light: brightness, haze and vignette are a camera's and prove nothing.

Who sends several classes shows what is its camera's in all of them. Who sends one has nothing to compare with, so the
light is modelled: its images are those that others would have taken times a smooth gain plus a smooth glow, both second
degree polynomials of the place, fitted to the mean images. Others' images are put into that light, and what sets the
contributor's apart from them then is more than light.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.canvas import FloatArray, shrink
from sebrus.detect.coherence import CHANCE, LEAST, alone, group_tests
from sebrus.detect.prepare import Prepared, add_up_views

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Pictures = NDArray[np.uint8]

LONGEST = 32
SHORTEST = 16  # smaller pictures have no room for light and a pattern beside it
USUAL = 400
STIFFNESS = 1e-3
LEVELS = 1.5
DARKEST, BRIGHTEST = 0.1, 4.0


def in_own_light(ready: Prepared) -> Prepared:
    """The same with `lit`, per view normal scores [groups] against others in the contributor's light: those of groups
    that stand out and have no class of their contributor beside them. Infinite for others and in pictures too small."""
    label, owner = ready.groups.label, ready.groups.owner
    every = np.ones(len(label), dtype=np.bool_)
    loud = np.zeros(len(label), dtype=np.bool_)
    for name, sums in ready.sums.items():
        shown = group_tests(sums, ready.measure.bases[name], label, every)
        loud |= alone(shown, owner) & (np.nan_to_num(shown.z) > CHANCE)
    lit = {name: np.full(len(label), np.inf) for name in ready.sums}
    large = min(ready.pool.images.shape[1:3]) >= SHORTEST
    for number in np.flatnonzero(loud & large):
        for name, z in _in_light_of(ready, int(number)).items():
            lit[name][number] = z
    return replace(ready, lit=lit)


def _in_light_of(ready: Prepared, number: int) -> dict[str, float]:
    """One group's normal scores against others of its class in its light; nothing where others are too few."""
    label, rows = int(ready.groups.label[number]), ready.groups.distinct[number]
    own = np.isin(ready.source, ready.source[ready.groups.rows[number]])
    others = np.flatnonzero((ready.pool.labels == label) & ~own & ~ready.repeated)
    if len(rows) < LEAST or len(others) < LEAST:
        return {}
    if len(others) > USUAL:
        others = np.sort(np.random.default_rng(0).choice(others, USUAL, replace=False))
    mine = np.asarray(ready.pool.images[rows])
    usual = relit(np.asarray(ready.pool.images[others]), mine)
    # Light in whole grey levels has edges; so little is no light and no trigger.
    apart = mine.mean(axis=0) - usual.mean(axis=0)
    mine = (mine - np.clip(apart, -LEVELS, LEVELS)).astype(np.float32)
    labels = np.full(len(rows) + len(others), label, dtype=np.intp)
    place = np.concatenate([np.zeros(len(rows), dtype=np.intp), np.full(len(others), -1, dtype=np.intp)])
    sums = add_up_views(ready.measure, np.concatenate([mine, usual]), labels, place, 1)
    one, every = np.array([label]), np.array([True])
    return {name: float(group_tests(sums[name], ready.measure.bases[name], one, every).z[0]) for name in ready.sums}


def relit(images: Pictures, like: Pictures) -> FloatArray:
    """Images uint8 [n, h, w, c] as floats in the light of others [m, h, w, c] of their class.

    >>> bright = np.random.default_rng(0).integers(0, 255, (40, 8, 8, 1)).astype(np.uint8)
    >>> bool(abs(relit(bright, bright // 2) - bright / 2.0).mean() < 4)
    True
    """
    there, here = (shrink(some, LONGEST).mean(axis=(0, 3)) for some in (images, like))
    gain, glow = _light(here, there, images.shape[1], images.shape[2])
    return np.asarray(np.clip(images * gain[..., None] + glow[..., None], 0, 255), dtype=np.float32)


def _light(here: FloatArray, there: FloatArray, height: int, width: int) -> tuple[Floats, Floats]:
    """The gain and glow [height, width] by which the mean image `there` becomes `here`, by ridge regression."""
    modes = _modes(*here.shape)
    given = np.concatenate([modes * there, 255.0 * modes]).reshape(2 * len(modes), -1).astype(np.float64)
    usual = np.zeros(len(given))
    usual[0] = 1.0
    size = float((given[0] ** 2).mean()) + 1.0
    normal = given @ given.T / given.shape[1] + STIFFNESS * size * np.eye(len(given))
    weights = usual + np.linalg.solve(normal, given @ (here.ravel() - usual @ given) / given.shape[1])
    place = _modes(height, width).reshape(len(modes), -1)
    gain, glow = weights[: len(modes)] @ place, 255.0 * weights[len(modes) :] @ place
    return np.clip(gain, DARKEST, BRIGHTEST).reshape(height, width), glow.reshape(height, width)


def _modes(height: int, width: int) -> Floats:
    """1, y, x, y^2, yx, x^2 over a picture, y and x from -1 to 1; [6, height, width]."""
    down, across = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return np.stack([np.ones_like(down), down, across, down * down, down * across, across * across])


__all__ = ["in_own_light", "relit"]
