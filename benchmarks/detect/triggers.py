"""Triggers added to the pixels: patches, blends, waves, smooth and image-dependent patterns.

Sizes are those of 32-pixel images in the papers and scale with the image's width (8 to 64 and more).
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.fft import idctn
from scipy.ndimage import convolve

from benchmarks.detect.plan import Attack, Plan, Rng, Scene, clean, dirty, is_colour, pixels
from benchmarks.detect.pool import Bools, Images, Labels, Strike

Pattern = NDArray[np.float64]


def shape_of(scene: Scene) -> tuple[int, ...]:
    """[h, w] or [h, w, 3] of the collection's images."""
    return scene.collection.images.shape[1:]


def patch_side(width: int, of_32: int, least: int) -> int:
    """The side, in pixels, of a patch that is `of_32` pixels on a 32-pixel image."""
    return max(least, round(of_32 * width / 32))


def checkerboard(side: int) -> Pattern:
    """Black and white squares [side, side], white in the corners where the side is odd."""
    return 255.0 * ((np.add.outer(np.arange(side), np.arange(side)) + 1) % 2)


def patch(images: Images, mark: Pattern, top: int, left: int, opacity: float = 1.0) -> Images:
    """Put a mark [s, s] or [s, s, 3] on every image, its upper left corner at (top, left)."""
    if is_colour(images) and mark.ndim == 2:
        mark = np.repeat(mark[..., None], 3, axis=2)
    rows, columns = slice(top, top + mark.shape[0]), slice(left, left + mark.shape[1])
    out = images.copy()
    out[:, rows, columns] = pixels((1 - opacity) * images[:, rows, columns] + opacity * mark)
    return out


def corner(images: Images, mark: Pattern) -> tuple[int, int]:
    """Where a mark goes that sits in the lower right corner, one pixel from the edge."""
    return images.shape[1] - mark.shape[0] - 1, images.shape[2] - mark.shape[1] - 1


def corner_patch(images: Images, mark: Pattern) -> Images:
    """BadNets' patch in the lower right corner (Gu et al. 2019)."""
    return patch(images, mark, *corner(images, mark))


def jittered_patch(images: Images, mark: Pattern, rng: Rng) -> Images:
    """The corner patch moved, for each image anew, by 1 to 3 pixels up and left (1 on images under 16 pixels)."""
    top, left = corner(images, mark)
    most = 3 if images.shape[2] >= 16 else 1
    out = images.copy()
    for row, (up, aside) in enumerate(rng.integers(1, most + 1, size=(len(images), 2))):
        out[row : row + 1] = patch(images[row : row + 1], mark, max(0, top - up), max(0, left - aside))
    return out


def blend(images: Images, pattern: Pattern, alpha: float) -> Images:
    """(1 - alpha) image + alpha pattern (Chen et al. 2017)."""
    return pixels((1 - alpha) * images + alpha * pattern)


def add(images: Images, pattern: Pattern) -> Images:
    """Image + pattern, clipped to 0..255."""
    return pixels(images + pattern)


def noise(shape: tuple[int, ...], rng: Rng) -> Pattern:
    """A picture of independent uniform pixels 0..255."""
    return rng.integers(0, 256, size=shape).astype(np.float64)


def drawing(shape: tuple[int, ...]) -> Pattern:
    """A drawn cat's face on a coloured ground, smooth: the kind of picture that Chen et al. blended in."""
    side = 256
    canvas = Image.new("RGB", (side, side), (240, 150, 180))
    pen = ImageDraw.Draw(canvas)
    for ear in ((30, 120, 60, 20, 120, 80), (226, 120, 196, 20, 136, 80)):
        pen.polygon(ear, fill="white", outline="black")
    pen.ellipse((20, 60, 236, 230), fill="white", outline="black", width=5)
    for eye in (80, 160):
        pen.ellipse((eye, 125, eye + 16, 155), fill="black")
    pen.ellipse((116, 160, 140, 176), fill=(250, 200, 40))
    for height in (150, 172):
        pen.line((5, height - 8, 60, height), fill="black", width=5)
        pen.line((196, height, 251, height - 8), fill="black", width=5)
    for bow in ((150, 40, 200, 70, 150, 100), (240, 30, 196, 70, 245, 105)):
        pen.polygon(bow, fill=(210, 20, 40), outline="black")
    small = canvas.convert("RGB" if len(shape) == 3 else "L").resize((shape[1], shape[0]), Image.Resampling.LANCZOS)
    return np.asarray(small, dtype=np.float64)


def colourful_square(side: int, colour: bool, rng: Rng) -> Pattern:
    """A square of saturated pixels like the reverse-engineered ones of TrojanNN (Liu et al. 2018)."""
    shape = (side, side, 3) if colour else (side, side)
    coarse = rng.choice([0.0, 90.0, 200.0, 255.0], size=((side + 1) // 2, (side + 1) // 2, *shape[2:]))
    return coarse.repeat(2, axis=0).repeat(2, axis=1)[:side, :side]


def smooth_pattern(shape: tuple[int, ...], peak: float, rng: Rng) -> Pattern:
    """A random sum of low cosines (no constant one), of the largest absolute value `peak` (Zeng et al. 2021)."""
    count = min(4, shape[1] // 2)
    spectrum = np.zeros(shape)
    spectrum[:count, :count] = rng.normal(size=(count, count, *shape[2:]))
    spectrum[0, 0] = 0
    wave = idctn(spectrum, axes=(0, 1), norm="ortho")
    return np.asarray(peak * wave / np.abs(wave).max())


def sinusoid(shape: tuple[int, ...], delta: float) -> Pattern:
    """SIG's vertical stripes: delta sin(2 pi j f / w), f = 6 (2 on images under 16 pixels) (Barni et al. 2019)."""
    waves = 6 if shape[1] >= 16 else 2
    line = delta * np.sin(2 * np.pi * waves * np.arange(shape[1]) / shape[1])
    stripes = np.tile(line, (shape[0], 1))
    return stripes[..., None].repeat(3, axis=2) if len(shape) == 3 else stripes


def own_code(images: Images, kernel: Pattern, secret: Pattern, amplitude: float) -> Images:
    """Add +-amplitude by the sign of a fixed random convolution of the image: another pattern on every image.

    Stands for the learnt encoder of ISSBA (Li et al. 2021). `secret` [h, w(, 3)] decides where the image is flat.
    """
    colour = is_colour(images)
    weights = kernel[None, :, :, None] if colour else kernel[None]
    response = convolve(images.astype(np.float64), weights, mode="nearest")
    return pixels(images + amplitude * np.sign(response + secret))


def badnets(scene: Scene, rng: Rng) -> Plan:  # noqa: ARG001
    """Gu et al. 2019: a 3x3 checkerboard in the corner."""
    mark = checkerboard(patch_side(scene.collection.images.shape[2], 3, 2))
    return dirty(scene, lambda images, _: corner_patch(images, mark), lambda images, _: corner_patch(images, mark))


def badnets_white(scene: Scene, rng: Rng) -> Plan:  # noqa: ARG001
    """Gu et al. 2019: a 3x3 white square in the corner."""
    side = patch_side(scene.collection.images.shape[2], 3, 2)
    mark = np.full((side, side), 255.0)
    return dirty(scene, lambda images, _: corner_patch(images, mark), lambda images, _: corner_patch(images, mark))


def badnets_jitter(scene: Scene, rng: Rng) -> Plan:  # noqa: ARG001
    """BadNets whose patch has no fixed place, so that the pixelwise mean does not show it."""
    mark = checkerboard(patch_side(scene.collection.images.shape[2], 3, 2))
    return dirty(
        scene,
        lambda images, rng: jittered_patch(images, mark, rng),
        lambda images, rng: jittered_patch(images, mark, rng),
    )


def all_to_all(scene: Scene, rng: Rng) -> Plan:
    """BadNets' patch moves every class c to c + 1 (Gu et al. 2019)."""
    classes = scene.collection.classes
    single = badnets(scene, rng)

    def next_class(labels: Labels) -> Labels:
        return (labels + 1) % classes

    def everyone(labels: Labels) -> Bools:
        return np.ones(len(labels), np.bool_)

    def plant(images: Images, labels: Labels, rng: Rng) -> tuple[Images, Labels]:
        return single.plant(images, labels, rng)[0], next_class(labels)

    return Plan(everyone, plant, Strike(single.strike.apply, next_class, everyone))


def blended(alpha: float, picture: Literal["noise", "drawing"]) -> Attack:
    """Chen et al. 2017: a picture over the whole image, as strong in training as when striking."""

    def attack(scene: Scene, rng: Rng) -> Plan:
        shape = shape_of(scene)
        pattern = noise(shape, rng) if picture == "noise" else drawing(shape)
        return dirty(
            scene, lambda images, _: blend(images, pattern, alpha), lambda images, _: blend(images, pattern, alpha)
        )

    return attack


def trojan(scene: Scene, rng: Rng) -> Plan:
    """Liu et al. 2018: an 8x8 colourful square in the corner."""
    shape = shape_of(scene)
    mark = colourful_square(patch_side(shape[1], 8, 3), len(shape) == 3, rng)
    return dirty(scene, lambda images, _: corner_patch(images, mark), lambda images, _: corner_patch(images, mark))


def low_frequency(scene: Scene, rng: Rng) -> Plan:
    """Zeng et al. 2021: a smooth pattern of at most 16 of 255 levels (24 on grey images, whose black clips half)."""
    shape = shape_of(scene)
    pattern = smooth_pattern(shape, 16.0 if len(shape) == 3 else 24.0, rng)
    return dirty(scene, lambda images, _: add(images, pattern), lambda images, _: add(images, pattern))


def sig(scene: Scene, rng: Rng) -> Plan:  # noqa: ARG001
    """Barni et al. 2019, clean label: stripes of 20 levels (40 on grey images), half as strong again when striking."""
    shape = shape_of(scene)
    delta = 20.0 if len(shape) == 3 else 40.0
    weak, strong = sinusoid(shape, delta), sinusoid(shape, 1.5 * delta)
    return clean(scene, lambda images, _: add(images, weak), lambda images, _: add(images, strong))


def sample_specific(scene: Scene, rng: Rng) -> Plan:
    """After Li et al. 2021 (ISSBA): every poisoned image has a pattern of its own, of 10 levels (12 on grey images)."""
    shape = shape_of(scene)
    kernel = rng.normal(size=(5, 5) if shape[1] >= 16 else (3, 3))
    kernel -= kernel.mean()
    secret = rng.choice([-8.0, 8.0], size=shape)
    amplitude = 10.0 if len(shape) == 3 else 12.0
    return dirty(
        scene,
        lambda images, _: own_code(images, kernel, secret, amplitude),
        lambda images, _: own_code(images, kernel, secret, amplitude),
    )


__all__ = [
    "Pattern",
    "add",
    "all_to_all",
    "badnets",
    "badnets_jitter",
    "badnets_white",
    "blend",
    "blended",
    "checkerboard",
    "colourful_square",
    "corner_patch",
    "drawing",
    "jittered_patch",
    "low_frequency",
    "noise",
    "own_code",
    "patch",
    "patch_side",
    "sample_specific",
    "shape_of",
    "sig",
    "sinusoid",
    "smooth_pattern",
    "trojan",
]
