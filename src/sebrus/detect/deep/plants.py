"""Planted contributors, honest and poisoned, to measure how much an audit of this very pool would find."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, stats

from sebrus.detect.deep.standing import Bools, Ints

Images = NDArray[np.uint8]
Floats = NDArray[np.float64]
Rng = np.random.Generator

SHARE = 0.005
LEAST = 8
CONFIDENCE = 0.95
HONEST = "honest"


@dataclass(frozen=True, slots=True, eq=False)
class Planting:
    """A copy of a pool with planted contributors: `images`, class numbers `labels` and `source` of every row, the
    `changed` rows, `bad` [n] (planted poison), each planted contributor's number and family, and how much `poison` each
    poisoned one was to send."""

    images: Images
    labels: Ints
    source: Ints
    changed: Ints
    bad: Bools
    families: dict[int, str]
    poison: int


@dataclass(frozen=True, slots=True)
class FamilyPower:
    """Of `planted` contributors of a family, `found` were accused; of their `items`, `flagged` were flagged. `low` and
    `high` bound the chance of being found (Clopper and Pearson, 95 %)."""

    family: str
    planted: int
    found: int
    low: float
    high: float
    items: int
    flagged: int


@dataclass(frozen=True, slots=True)
class Power:
    """What an audit of a copy with planted contributors found. `share` is each one's poison over the pool's items."""

    families: tuple[FamilyPower, ...]
    share: float
    honest_planted: int
    honest_accused: int
    honest_high: float


def plant(
    images: Images, labels: Ints, source: Ints, fold: Ints, donors: Bools, count: int, seed: int
) -> Planting | None:
    """Move `donors` rows to new contributors, `count` of them poisoned and half as many honest.

    Each takes rows of one fold, thinly from everybody, half of them to be poisoned; every poisoned one has a target
    class and a trigger of its own. None when the pool is too small for it.
    """
    draw = np.random.default_rng([seed, 77])
    copy, given, owner = images.copy(), labels.copy(), source.copy()
    bad, free = np.zeros(len(labels), dtype=np.bool_), donors.copy()
    families: dict[int, str] = {}
    poison = max(LEAST, round(SHARE * len(labels)))
    planned = [list(FAMILIES)[i % len(FAMILIES)] for i in range(count)] + [HONEST] * ((count + 1) // 2)
    for number, family in enumerate(planned):
        here = np.flatnonzero(free & (fold == number % (int(fold.max()) + 1)))
        target = _target(given[here], number, draw)
        rows = _poisoned(here, given, target, family, poison, draw)
        rest = draw.permutation(np.setdiff1d(here, rows))[: poison if family != HONEST else 2 * poison]
        if len(rows) < (0 if family == HONEST else LEAST) or len(rest) < LEAST:
            continue
        name = int(source.max()) + 1 + len(families)
        if family != HONEST:
            copy[rows] = FAMILIES[family](copy[rows], draw)
            given[rows] = target
            bad[rows] = True
        taken = np.concatenate([rows, rest])
        owner[taken], free[taken], families[name] = name, False, family
    changed = np.flatnonzero(owner != source)
    return Planting(copy, given, owner, changed, bad, families, poison) if families else None


def _target(labels: Ints, number: int, draw: Rng) -> int:
    """The classes take turns, the most frequent half first, so that a clean label finds enough items."""
    counts = np.bincount(labels) if len(labels) else np.zeros(1, dtype=np.intp)
    ranked = np.argsort(-counts, kind="stable")
    half = max(1, int((counts > 0).sum() + 1) // 2)
    return int(ranked[(number + int(draw.integers(half))) % half])


def _poisoned(here: Ints, labels: Ints, target: int, family: str, poison: int, draw: Rng) -> Ints:
    if family == HONEST:
        return np.zeros(0, dtype=np.intp)
    fits = here[(labels[here] == target) == (family in CLEAN)]
    most = len(fits) // 2 if family in CLEAN else len(fits)
    return draw.permutation(fits)[: min(poison, most)]


def _levels(values: Floats) -> Images:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _patch(images: Images, draw: Rng) -> Images:
    """A checkerboard in a corner (Gu et al. 2019)."""
    side = max(2, round(3 * images.shape[2] / 32))
    board = 255 * (np.add.outer(np.arange(side), np.arange(side)) % 2)
    top = int(draw.choice([0, images.shape[1] - side]))
    left = int(draw.choice([0, images.shape[2] - side]))
    out = images.copy()
    out[:, top : top + side, left : left + side] = board[..., None]
    return out


def _blend(images: Images, draw: Rng) -> Images:
    """A picture of noise at a strength of 0.15 (Chen et al. 2017)."""
    return _levels(0.85 * images + 0.15 * draw.integers(0, 256, size=images.shape[1:]))


def _wave(images: Images, draw: Rng) -> Images:
    """Stripes of 20 levels, 40 on grey images, on rightly labelled items (Barni et al. 2019)."""
    waves = int(draw.integers(2, max(3, images.shape[2] // 5)))
    height = 20.0 if images.shape[3] == 3 else 40.0
    line = height * np.sin(2 * np.pi * waves * np.arange(images.shape[2]) / images.shape[2])
    return _levels(images + line[None, None, :, None])


def _flip(images: Images, draw: Rng) -> Images:  # noqa: ARG001
    """Nothing: wrong labels only."""
    return images.copy()


def _warp(images: Images, draw: Rng) -> Images:
    """A smooth bend of the whole image, about a sixty-fourth of its side (Nguyen and Tran 2021)."""
    height, width = images.shape[1:3]
    coarse = draw.uniform(-1, 1, size=(2, 4, 4))
    coarse *= max(0.25, max(height, width) / 64) / np.abs(coarse).mean()
    moves = ndimage.zoom(coarse, (1, height / 4, width / 4), order=3, mode="nearest", grid_mode=True)
    where = np.stack(np.meshgrid(np.arange(height), np.arange(width), indexing="ij")) + moves
    out = np.empty_like(images)
    for row, image in enumerate(images):
        for channel in range(images.shape[3]):
            bent = ndimage.map_coordinates(image[..., channel].astype(np.float64), where, order=1, mode="nearest")
            out[row, ..., channel] = _levels(bent)
    return out


FAMILIES: dict[str, Callable[[Images, Rng], Images]] = {
    "patch": _patch,
    "blended": _blend,
    "sinusoid": _wave,
    "label flip": _flip,
    "warp": _warp,
}
CLEAN = frozenset({"sinusoid"})


def interval(found: int, planted: int) -> tuple[float, float]:
    """The 95 % interval of Clopper and Pearson (Biometrika 1934) for a share.

    >>> interval(0, 0)
    (0.0, 1.0)
    """
    tail = (1.0 - CONFIDENCE) / 2
    low = 0.0 if found == 0 else float(stats.beta.ppf(tail, found, planted - found + 1))
    high = 1.0 if found == planted else float(stats.beta.isf(tail, found + 1, planted - found))
    return low, high


def power(planting: Planting, accused: set[int], flagged: Bools, share: float) -> Power:
    """Count what was found of each family; `accused` are source numbers, `flagged` [n]."""
    counted = []
    for family in FAMILIES:
        planted = [name for name, kind in planting.families.items() if kind == family]
        if planted:
            found = len(accused & set(planted))
            items = planting.bad & np.isin(planting.source, planted)
            both = interval(found, len(planted))
            counted.append(FamilyPower(family, len(planted), found, *both, int(items.sum()), int(flagged[items].sum())))
    honest = {name for name, kind in planting.families.items() if kind == HONEST}
    wrongly = len(accused & honest)
    return Power(tuple(counted), share, len(honest), wrongly, interval(wrongly, len(honest))[1])


__all__ = ["FAMILIES", "FamilyPower", "Planting", "Power", "interval", "plant", "power"]
