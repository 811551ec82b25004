"""Who sends a pool: honest contributors of uneven size, and the ways an attacker spreads its poison over accounts."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import shift

from benchmarks.detect.plan import Rng, pixels
from benchmarks.detect.pool import Bools, Images, Labels

Owners = NDArray[np.int64]
Rows = NDArray[np.int64]
LEAST, MEDIAN, SPREAD = 10, 80, 0.9
LARGEST_ATTACKER = 1 / 3


@dataclass(frozen=True)
class Sender:
    """How an attacker sends.

    `accounts` it plays (at most one per poison item); `honest`, the share of what it sends that is honest, drawn from
    this range unless the rate forces less; `per_batch`, the most poison in a batch (None: as it falls); `base`, whose
    images the poison is made from: its own, near copies of anyone's, or near copies of one victim's.
    """

    accounts: int = 1
    honest: tuple[float, float] = (0.3, 0.9)
    per_batch: int | None = None
    base: Literal["own", "anyone", "victim"] = "own"


SENDERS: dict[str, Sender] = {
    "one": Sender(),
    "drip": Sender(honest=(0.8, 0.9), per_batch=2),
    "sybils-5": Sender(accounts=5),
    "sybils-10": Sender(accounts=10),
    "sybils-20": Sender(accounts=20),
    "near-duplicates": Sender(base="anyone"),
    "framing": Sender(base="victim"),
}


def sizes(items: int, rng: Rng) -> NDArray[np.int64]:
    """Log-normal numbers of items (median 80, least 10; smaller medians where a pool is small) that sum to `items`."""
    median = min(MEDIAN, max(2 * LEAST, items // 40))
    drawn: list[int] = []
    while sum(drawn) < items:
        drawn.append(max(LEAST, round(float(rng.lognormal(np.log(median), SPREAD)))))
    excess = sum(drawn) - items
    if drawn[-1] - excess >= LEAST or len(drawn) == 1:
        drawn[-1] -= excess
    else:
        short = drawn.pop() - excess
        drawn[int(np.argmax(drawn))] += short
    return np.array(drawn)


def accounts(planted: int, poison: int, items: int, sender: Sender, rng: Rng) -> NDArray[np.int64]:
    """How many items each hostile account sends in all, `planted` of them (poison and cover) not honest."""
    count = max(1, min(sender.accounts, poison))
    honest = rng.uniform(*sender.honest)
    total = max(LEAST * count, round(planted / (1 - honest)))
    total = max(planted, min(total, round(LARGEST_ATTACKER * items)))
    return np.array([len(part) for part in np.array_split(np.arange(total), count)])


def deal(labels: Labels, poison: Rows, cover: Rows, sender: Sender, rng: Rng) -> tuple[Owners, int]:
    """Give every item of the pool an owner; the first k owners, k being returned, are the attacker's accounts.

    Poison and cover are dealt out equally. Each contributor has a taste for classes (Dirichlet 2), so that none has
    the pool's mix of classes.
    """
    hostile = accounts(len(poison) + len(cover), len(poison), len(labels), sender, rng)
    owner = np.full(len(labels), -1, dtype=np.int64)
    planted = np.concatenate([rng.permutation(poison), rng.permutation(cover)])
    owner[planted] = np.arange(len(planted)) % len(hostile)
    return _filled(labels, owner, hostile, rng), len(hostile)


def deal_several(labels: Labels, planted: list[tuple[Rows, int]], rng: Rng) -> Owners:
    """Give every item an owner: k sends the k-th attack alone, its `planted` rows, so many of which are poison."""
    owner = np.full(len(labels), -1, dtype=np.int64)
    sent = []
    for number, (rows, poison) in enumerate(planted):
        owner[rows] = number
        sent.append(accounts(len(rows), poison, len(labels), SENDERS["one"], rng))
    return _filled(labels, owner, np.concatenate(sent), rng)


def _filled(labels: Labels, owner: Owners, hostile: NDArray[np.int64], rng: Rng) -> Owners:
    """Give every item without an owner (-1) one; the first owners send `hostile` items in all."""
    honest = sizes(len(labels) - int(hostile.sum()), rng)
    left = np.concatenate([hostile, honest])
    left[: len(hostile)] -= np.bincount(owner[owner >= 0], minlength=len(hostile))
    rest = rng.permutation(np.flatnonzero(owner < 0))
    owner[rest] = _by_taste(labels[rest], np.maximum(left, 0), rng)
    return owner


def _by_taste(labels: Labels, room: NDArray[np.int64], rng: Rng) -> Owners:
    """An owner for each item, likelier where much room is left and the class is to the contributor's taste."""
    taste = rng.dirichlet(np.full(int(labels.max()) + 1, 2.0), size=len(room)) + 1e-9
    left = room.astype(np.float64)
    owner = np.empty(len(labels), dtype=np.int64)
    for row, (label, draw) in enumerate(zip(labels, rng.random(len(labels)), strict=True)):
        weight = np.cumsum(left * taste[:, label])
        pick = int(np.searchsorted(weight, draw * weight[-1], side="right"))
        owner[row] = pick
        left[pick] -= 1
    return owner


def deal_honest(labels: Labels, rng: Rng) -> Owners:
    """An owner for every item of a pool that nobody attacks."""
    return _by_taste(labels, sizes(len(labels), rng), rng)


def near_copies(images: Images, rng: Rng) -> Images:
    """A second take of each image: shifted by up to a pixel, a little lighter or darker, with slight shot noise.

    The noise grows with the root of the light (4 levels at white, none at black), so that black stays black.
    """
    out = np.empty_like(images)
    for row, image in enumerate(images):
        moves = (*rng.integers(-1, 2, size=2), *([0] * (image.ndim - 2)))
        moved = shift(image.astype(np.float64), moves, order=0, mode="nearest")
        out[row] = pixels(moved * rng.uniform(0.95, 1.05) + rng.normal(0, 0.25, size=image.shape) * np.sqrt(moved))
    return out


def copy_others(
    images: Images, labels: Labels, owner: Owners, hostile: int, poison: Rows, sender: Sender, rng: Rng
) -> int | None:
    """Replace what the poison is made from by near copies of honest items of the same class; say who is framed.

    For framing, one honest victim is copied, and half of the attacker's honest items are look-alikes of the victim's
    too, rightly labelled. Changes `images` in place.
    """
    if sender.base == "own":
        return None
    victim = None
    others: Bools = owner >= hostile
    if sender.base == "victim":
        classes = np.unique(labels[poison])
        fit = np.bincount(owner[others & np.isin(labels, classes)], minlength=int(owner.max()) + 1)
        victim = int(np.argmax(fit * (np.arange(len(fit)) >= hostile)))
        others = owner == victim
        mine = np.setdiff1d(np.flatnonzero(owner < hostile), poison)
        poison = np.concatenate([poison, rng.permutation(mine)[: len(mine) // 2]])
    for label in np.unique(labels[poison]):
        donors, takers = np.flatnonzero(others & (labels == label)), poison[labels[poison] == label]
        if len(donors):
            images[takers] = near_copies(images[rng.choice(donors, size=len(takers))], rng)
    return victim


def arrivals(owner: Owners, poison: Rows, hostile: int, sender: Sender, rng: Rng) -> Labels:
    """The number, in order of time, of the batch each item came in: batches of about 15 to 40, contributors mixed."""
    is_poison = np.isin(np.arange(len(owner)), poison)
    batch, start = np.empty(len(owner), dtype=np.int64), 0
    for contributor in range(int(owner.max()) + 1):
        rows = rng.permutation(np.flatnonzero(owner == contributor))
        count = max(1, round(len(rows) / rng.uniform(15, 40)))
        if contributor < hostile and sender.per_batch is not None:
            rows = rows[np.argsort(~is_poison[rows], kind="stable")]
            count = max(count, -(-int(is_poison[rows].sum()) // sender.per_batch))
        batch[rows] = start + np.arange(len(rows)) % count
        start += count
    return rng.permutation(start)[batch]


def names(count: int, rng: Rng) -> NDArray[np.str_]:
    """`count` names c000, c001, ... in random order, so that a name tells nothing."""
    return np.array([f"c{number:03}" for number in rng.permutation(count)])


__all__ = [
    "SENDERS",
    "Sender",
    "accounts",
    "arrivals",
    "copy_others",
    "deal",
    "deal_honest",
    "deal_several",
    "names",
    "near_copies",
    "sizes",
]
