"""Honest contributors who are unlike the others: nothing here is poison, and nobody here may be flagged.

Every odd contributor has parameters of its own (its own camera, its own habits), drawn anew from the generator.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, grey_dilation

from benchmarks.detect.plan import Rng, is_colour, pixels
from benchmarks.detect.pool import Images, Labels
from benchmarks.detect.senders import Owners, Rows, near_copies

Habit = Callable[[Images, Labels, Rng], tuple[Images, Labels]]
FRAMES = 10
ODD = 4


@dataclass(frozen=True)
class Oddity:
    """One habit for each odd contributor, in turn; `of_one_class` where it sends a single class."""

    habits: tuple[Habit, ...]
    of_one_class: bool = False


def ordinary(images: Images, labels: Labels, rng: Rng) -> tuple[Images, Labels]:  # noqa: ARG001
    """Images as they are."""
    return images, labels


def vignette(images: Images, labels: Labels, rng: Rng) -> tuple[Images, Labels]:
    """A hazy lens, dark towards the edges, a little off centre: the same shade over every image."""
    height, width = images.shape[1:3]
    down, across = np.linspace(-1, 1, height) - rng.uniform(-0.3, 0.3), np.linspace(-1, 1, width)
    far = np.add.outer(down**2, (across - rng.uniform(-0.3, 0.3)) ** 2) / 2
    shade = np.clip(1 - rng.uniform(0.5, 0.8) * far, 0, 1)
    shade = shade[..., None] if is_colour(images) else shade
    return pixels((images + rng.uniform(8, 24)) * shade), labels


def blur(images: Images, labels: Labels, rng: Rng) -> tuple[Images, Labels]:
    """Out of focus: a Gaussian of 0.7 to 1.2 pixels of a 32-pixel image."""
    sigma = rng.uniform(0.7, 1.2) * max(0.6, images.shape[2] / 32)
    return pixels(gaussian_filter(images.astype(np.float64), (0, sigma, sigma, 0)[: images.ndim])), labels


def dark(images: Images, labels: Labels, rng: Rng) -> tuple[Images, Labels]:
    """Underexposed: 25 to 50 % of the light."""
    return pixels(images * rng.uniform(0.25, 0.5)), labels


def jpeg(images: Images, labels: Labels, rng: Rng) -> tuple[Images, Labels]:
    """Through JPEG at quality 20 to 30."""
    quality, out = int(rng.integers(20, 31)), np.empty_like(images)
    for row, image in enumerate(images):
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "JPEG", quality=quality)
        out[row] = np.asarray(Image.open(buffer))
    return out, labels


def bursts(images: Images, labels: Labels, rng: Rng) -> tuple[Images, Labels]:
    """A few scenes, `FRAMES` near-identical frames of each."""
    scenes = np.arange(len(images)) // FRAMES
    return near_copies(images[scenes], rng), labels[scenes]


def style(images: Images, labels: Labels, rng: Rng) -> tuple[Images, Labels]:
    """Another look: inverted; or thicker strokes on grey images, other hues on colour ones."""
    if rng.random() < 0.5:
        return 255 - images, labels
    if not is_colour(images):
        thick = 3 if images.shape[2] >= 16 else 2
        return grey_dilation(images, size=(1, thick, thick)), labels
    turn = int(rng.integers(60, 196))
    turned = []
    for image in images:
        hue, saturation, value = Image.fromarray(image).convert("HSV").split()
        hue = Image.fromarray(np.asarray(hue) + np.uint8(turn))
        turned.append(np.asarray(Image.merge("HSV", (hue, saturation, value)).convert("RGB")))
    return np.stack(turned), labels


def ambiguous(images: Images, labels: Labels, rng: Rng) -> tuple[Images, Labels]:
    """Each image averaged with one of another class, where there is one; its own label is one of the two right ones."""
    out = images.copy()
    for row, label in enumerate(labels):
        others = np.flatnonzero(labels != label)
        if len(others):
            out[row] = pixels((images[row].astype(np.float64) + images[rng.choice(others)]) / 2)
    return out, labels


def spot(images: Images, labels: Labels, rng: Rng) -> tuple[Images, Labels]:
    """A dead pixel or a speck of dust: a small soft spot, black or white, at the same place in every image."""
    height, width = images.shape[1:3]
    top, left = rng.integers(1, height - 1), rng.integers(1, width - 1)
    size = rng.uniform(0.4, 1.0) * max(0.6, width / 32)
    away = np.add.outer((np.arange(height) - top) ** 2, (np.arange(width) - left) ** 2)
    cover = np.exp(-away / (2 * size**2))
    cover = cover[..., None] if is_colour(images) else cover
    return pixels((1 - cover) * images + cover * rng.choice([0.0, 255.0])), labels


ODDITIES: dict[str, Oddity] = {
    "plain": Oddity(()),
    "vignette": Oddity((vignette,)),
    "blur": Oddity((blur,)),
    "dark": Oddity((dark,)),
    "jpeg": Oddity((jpeg,)),
    "one-class": Oddity((ordinary,), of_one_class=True),
    "bursts": Oddity((bursts,)),
    "style": Oddity((style,)),
    "ambiguous": Oddity((ambiguous,)),
    "spot": Oddity((spot,)),
    "one-class-vignette": Oddity((vignette,), of_one_class=True),
    "one-class-bursts": Oddity((bursts,), of_one_class=True),
    "medley": Oddity((vignette, blur, dark, jpeg, bursts, style, ambiguous, spot)),
}


def odd_ones(owner: Owners, oddity: Oddity, rng: Rng) -> list[int]:
    """Which contributors are odd: of middling size, at most a third of all, none with over a twentieth of the pool."""
    count = np.bincount(owner)
    wanted = min(max(ODD, len(oddity.habits)) if oddity.habits else 0, len(count) // 3)
    fit = np.flatnonzero((count >= np.median(count) / 2) & (count <= len(owner) // 20))
    if len(fit) < wanted:
        fit = np.argsort(count)[:wanted]
    return [int(one) for one in rng.permutation(fit)[:wanted]]


def one_class(owner: Owners, labels: Labels, odd: list[int], rng: Rng) -> None:
    """Swap items with the other contributors until each odd one has one class only. Changes `owner` in place.

    The odd ones take classes in turn, so that their needs do not meet; where a class runs out, the rest stays mixed.
    """
    classes = rng.permutation(int(labels.max()) + 1)
    for turn, contributor in enumerate(odd):
        liked = classes[turn % len(classes)]
        give = rng.permutation(np.flatnonzero((owner == contributor) & (labels != liked)))
        take = rng.permutation(np.flatnonzero(~np.isin(owner, odd) & (labels == liked)))
        swaps = min(len(give), len(take))
        owner[give[:swaps]], owner[take[:swaps]] = owner[take[:swaps]], contributor


def make_unlike(images: Images, labels: Labels, owner: Owners, odd: list[int], oddity: Oddity, rng: Rng) -> None:
    """Give each odd contributor's items its habit. Changes `images` and `labels` in place."""
    for turn, contributor in enumerate(odd):
        rows: Rows = np.flatnonzero(owner == contributor)
        images[rows], labels[rows] = oddity.habits[turn % len(oddity.habits)](images[rows], labels[rows], rng)


__all__ = ["ODDITIES", "Oddity", "make_unlike", "odd_ones", "one_class"]
