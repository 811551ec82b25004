"""WaNet: the trigger is a slight bend of the whole image (Nguyen & Tran 2021)."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates, zoom

from benchmarks.detect.plan import Plan, Rng, Scene, dirty
from benchmarks.detect.pool import Images

STRENGTH, GRID = 0.5, 4
Flow = NDArray[np.float64]


def flow(height: int, width: int, rng: Rng) -> Flow:
    """Displacements [2, h, w] in pixels: a random `GRID` x `GRID` field of mean size 1, enlarged by cubic splines.

    The paper moves by `STRENGTH` x field / width in coordinates of -1..1, which is STRENGTH / 2 pixels at field 1.
    """
    coarse = rng.uniform(-1, 1, size=(2, GRID, GRID))
    coarse /= np.abs(coarse).mean()
    fine = zoom(coarse, (1, height / GRID, width / GRID), order=3, mode="nearest", grid_mode=True)
    return np.asarray(STRENGTH / 2 * fine)


def warp(images: Images, moves: Flow) -> Images:
    """Bend images by displacements [2, h, w], or by one field an image [n, 2, h, w]; linear between pixels."""
    height, width = images.shape[1:3]
    moves = np.broadcast_to(moves, (len(images), 2, height, width))
    channels = images[..., None] if images.ndim == 3 else images
    out = np.empty_like(channels)
    where = np.stack(np.meshgrid(np.arange(height), np.arange(width), indexing="ij"))
    for row, image in enumerate(channels):
        places = where + moves[row]
        for channel in range(channels.shape[3]):
            moved = map_coordinates(image[..., channel].astype(np.float64), places, order=1, mode="nearest")
            out[row, ..., channel] = np.clip(np.rint(moved), 0, 255)
    return out.reshape(images.shape)


def noisy_warp(images: Images, moves: Flow, rng: Rng) -> Images:
    """The noise mode: the same bend with up to half a pixel of random displacement at every pixel."""
    jitter = rng.uniform(-1, 1, size=(len(images), *moves.shape)) / 2
    return warp(images, moves + jitter)


def wanet(scene: Scene, rng: Rng) -> Plan:
    """Poison bent by the one field under the target's label; two cover items in noise mode, rightly labelled, each."""
    moves = flow(scene.collection.images.shape[1], scene.collection.images.shape[2], rng)
    return dirty(
        scene,
        lambda images, _: warp(images, moves),
        lambda images, _: warp(images, moves),
        cover=lambda images, rng: noisy_warp(images, moves, rng),
        covers=2,
    )


__all__ = ["GRID", "STRENGTH", "flow", "noisy_warp", "wanet", "warp"]
