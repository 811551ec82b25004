"""Adaptive attacks: weak, varied triggers and rightly labelled covers in training, the full trigger when striking.

Qi et al., "Revisiting the assumption of latent separability for backdoor defenses", ICLR 2023.
"""

import numpy as np

from benchmarks.detect.plan import Plan, Rng, Scene, dirty, pixels
from benchmarks.detect.pool import Images
from benchmarks.detect.triggers import (
    Pattern,
    blend,
    checkerboard,
    colourful_square,
    drawing,
    patch,
    patch_side,
    shape_of,
)

PIECES = 4
WEAK, FULL = 0.15, 0.2
OPACITIES = (0.5, 0.2, 0.5, 0.3)


def pieces(images: Images, pattern: Pattern, alpha: float, rng: Rng) -> Images:
    """Blend in a random half of the pattern's `PIECES` x `PIECES` tiles, other tiles on each image."""
    count, height, width = images.shape[:3]
    tiles = rng.permuted(np.tile(np.arange(PIECES**2) < PIECES**2 // 2, (count, 1)), axis=1)
    rows, columns = np.arange(height) * PIECES // height, np.arange(width) * PIECES // width
    mask = tiles.reshape(count, PIECES, PIECES)[:, rows][:, :, columns]
    share = alpha * (mask if images.ndim == 3 else mask[..., None])
    return pixels((1 - share) * images + share * pattern)


def adap_blend(scene: Scene, rng: Rng) -> Plan:  # noqa: ARG001
    """Half of the drawing's tiles at opacity 0.15 in training, all of it at 0.2 when striking; one cover per poison."""
    pattern = drawing(shape_of(scene))

    def weak(images: Images, rng: Rng) -> Images:
        return pieces(images, pattern, WEAK, rng)

    return dirty(scene, weak, lambda images, _: blend(images, pattern, FULL), cover=weak, covers=1)


def marks(shape: tuple[int, ...], rng: Rng) -> list[tuple[Pattern, int, int]]:
    """Four patches, each with its place (top, left): three coloured squares and a checkerboard, one a corner."""
    side = patch_side(shape[1], 6, 2)
    last = shape[0] - side - 1, shape[1] - side - 1
    looks = [colourful_square(side, len(shape) == 3, rng) for _ in range(3)]
    looks.insert(2, checkerboard(side))
    places = ((1, 1), (1, last[1]), (last[0], 1), last)
    return [(look, *place) for look, place in zip(looks, places, strict=True)]


def adap_patch(scene: Scene, rng: Rng) -> Plan:
    """One of four patches, half transparent, on each training item, two full ones when striking; two covers each."""
    patches = marks(shape_of(scene), rng)

    def weak(images: Images, rng: Rng) -> Images:
        out = images.copy()
        chosen = rng.integers(len(patches), size=len(images))
        for which, (look, top, left) in enumerate(patches):
            out[chosen == which] = patch(images[chosen == which], look, top, left, OPACITIES[which])
        return out

    def full(images: Images, rng: Rng) -> Images:  # noqa: ARG001
        for look, top, left in (patches[0], patches[2]):
            images = patch(images, look, top, left)
        return images

    return dirty(scene, weak, full, cover=weak, covers=2)


__all__ = ["FULL", "OPACITIES", "PIECES", "WEAK", "adap_blend", "adap_patch", "marks", "pieces"]
