"""Which cells of the benchmark are run: collection x attack x sender x rate, honest oddities, nothing planted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from benchmarks.detect.make import ATTACKS, ODDITIES, SENDERS

Kind = Literal["attack", "odd", "nothing"]
PATCHES = ("badnets", "badnets-white", "badnets-jitter", "all-to-all", "trojan")
BLENDS = ("blended-0.1", "blended-0.2", "blended-picture")
PLAIN = (*PATCHES, *BLENDS, "sig", "low-frequency", "label-consistent")
SUBTLE = ("wanet", "sample-specific", "adap-blend", "adap-patch")
FLIPS = ("flip-symmetric", "flip-pair", "flip-targeted")
SPREAD = ("badnets", "blended-0.2", "low-frequency")
SYBILS = ("sybils-5", "sybils-10", "sybils-20")
ONE = "one"
NOTHING = "plain"
# Of 1,200 digits, a thousandth is one item: the lower rates say nothing there.
SMALL_RATES = (0.01, 0.05)


@dataclass(frozen=True)
class Size:
    """How many items a pool of this collection has, and how many trusted ones stand beside it."""

    items: int
    trusted: int


SIZES = {"digits": Size(1_200, 150)}
USUAL_SIZE = Size(10_000, 500)


@dataclass(frozen=True)
class Cell:
    """One cell: `name` is an attack or an oddity ("plain" is none); `sender` and `rate` belong to attacks."""

    collection: str
    kind: Kind
    name: str
    sender: str = ""
    rate: float = 0.0

    @property
    def size(self) -> Size:
        """Items and trusted items of its pools."""
        return SIZES.get(self.collection, USUAL_SIZE)

    @property
    def key(self) -> str:
        """Its name in files and in lines of progress."""
        parts = [self.collection, self.name]
        if self.kind == "attack":
            parts += [self.sender, f"{self.rate:g}"]
        return " ".join(parts)


@dataclass(frozen=True)
class Programme:
    """A named plan: attacks x senders x rates, plus Sybils at one rate, and what it does by default.

    `minutes` is when it stops to begin trials (None: never); `spread_rate` the rate of the Sybils' attacks.
    """

    collections: tuple[str, ...]
    attacks: tuple[str, ...]
    senders: tuple[str, ...]
    rates: tuple[float, ...]
    sybils: bool
    oddities: tuple[str, ...]
    seeds: int
    peers: bool
    retrain: bool
    minutes: int | None
    spread_rate: float = 0.01


ALL = ("mnist", "fashion_mnist", "cifar10", "digits")
PROGRAMMES = {
    "quick": Programme(
        ("digits",),
        ("badnets", "blended-0.2", "sig", "flip-symmetric"),
        (ONE,),
        (0.01, 0.05),
        False,
        (),
        3,
        False,
        False,
        None,
    ),
    "standard": Programme(
        ALL, tuple(ATTACKS), (ONE,), (0.01, 0.003, 0.001), True, tuple(ODDITIES), 1, False, False, 15
    ),
    "full": Programme(
        ALL, tuple(ATTACKS), tuple(SENDERS), (0.01, 0.003, 0.001, 0.05), True, tuple(ODDITIES), 5, True, True, None
    ),
}


def nothing(collection: str) -> Cell:
    """The cell in which nobody attacks and nobody is odd."""
    return Cell(collection, "nothing", NOTHING)


def cells(programme: Programme, collections: Sequence[str]) -> list[Cell]:
    """The plan's cells, collections taking turns, what tells most first: a run stopped early has something of each."""
    by_collection = [list(_of(programme, name)) for name in collections]
    return [cell for row in zip_longest(*by_collection) for cell in row if cell is not None]


def _of(programme: Programme, collection: str) -> Iterator[Cell]:
    small = collection in SIZES
    yield nothing(collection)
    rates = [rate for rate in programme.rates if not small or rate in SMALL_RATES] or list(SMALL_RATES[:1])
    first = programme.senders[0]
    for rate in rates:
        yield from (Cell(collection, "attack", attack, first, rate) for attack in programme.attacks)
    yield from (Cell(collection, "odd", oddity) for oddity in programme.oddities if oddity != NOTHING)
    if programme.sybils:
        spread = [attack for attack in SPREAD if attack in programme.attacks] or programme.attacks
        for sender in SYBILS:
            if sender not in programme.senders:
                yield from (Cell(collection, "attack", attack, sender, programme.spread_rate) for attack in spread)
    for sender in programme.senders[1:]:
        for rate in rates:
            yield from (Cell(collection, "attack", attack, sender, rate) for attack in programme.attacks)


__all__ = [
    "ALL",
    "BLENDS",
    "FLIPS",
    "NOTHING",
    "ONE",
    "PATCHES",
    "PLAIN",
    "PROGRAMMES",
    "SUBTLE",
    "SYBILS",
    "Cell",
    "Kind",
    "Programme",
    "Size",
    "cells",
    "nothing",
]
