"""Pools for the benchmark: `make` plants an attack, `make_odd` plants nothing but has unusual honest contributors."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from benchmarks.detect import adaptive, cleanlabel, flips, triggers, warps
from benchmarks.detect.oddities import ODDITIES, make_unlike, odd_ones, one_class
from benchmarks.detect.plan import Attack, Plan, Rng, Scene
from benchmarks.detect.pool import Collection, Labels, Pool
from benchmarks.detect.senders import SENDERS, Owners, Rows, arrivals, copy_others, deal, deal_honest, names

ATTACKS: dict[str, Attack] = {
    "flip-symmetric": flips.symmetric,
    "flip-pair": flips.pair,
    "flip-targeted": flips.targeted,
    "badnets": triggers.badnets,
    "badnets-white": triggers.badnets_white,
    "badnets-jitter": triggers.badnets_jitter,
    "all-to-all": triggers.all_to_all,
    "blended-0.1": triggers.blended(0.1, "noise"),
    "blended-0.2": triggers.blended(0.2, "noise"),
    "blended-picture": triggers.blended(0.2, "drawing"),
    "trojan": triggers.trojan,
    "low-frequency": triggers.low_frequency,
    "sig": triggers.sig,
    "wanet": warps.wanet,
    "sample-specific": triggers.sample_specific,
    "adap-blend": adaptive.adap_blend,
    "adap-patch": adaptive.adap_patch,
    "label-consistent": cleanlabel.label_consistent,
    "narcissus": cleanlabel.narcissus,
    "feature-collision": cleanlabel.feature_collision,
}
NEED_TORCH = frozenset({"label-consistent", "narcissus", "feature-collision"})
RATES = (0.001, 0.003, 0.01, 0.05)
PRIVATE = 6_000


@dataclass(frozen=True, eq=False)
class Split:
    """Rows of a collection's training images: the pool, the trusted seed, and what the attacker has for itself.

    `private` is apart from pool and seed where the collection is large enough; else the attacker has seen some of the
    pool too, as in the papers, whose surrogates train on all of it.
    """

    pool: Rows
    trusted: Rows
    private: Rows


def split(collection: Collection, seed: int, items: int, trusted: int) -> Split:
    """The same split for every attack of one seed."""
    if items + trusted > len(collection.images):
        raise ValueError(
            f"{collection.name} has {len(collection.images):,} training images: "
            f"ask for at most {len(collection.images) - trusted:,} items beside {trusted:,} trusted ones."
        )
    order = np.random.default_rng([seed, zlib.crc32(b"split")]).permutation(len(collection.images))
    return Split(order[:items], order[items : items + trusted], order[-PRIVATE:])


def make(
    collection: Collection, attack: str, sender: str, rate: float, seed: int, items: int = 10_000, trusted: int = 500
) -> Pool:
    """A pool of `items` with round(rate x items) poison (at least 1), the same for the same arguments.

    Raises ValueError on an unknown attack or sender, a rate outside 0..0.3, or more items than the collection has.
    """
    known(attack, ATTACKS, "attack")
    known(sender, SENDERS, "sender")
    if not 0 < rate <= 0.3:
        raise ValueError(f"A rate of {rate} is not between 0 and 0.3 (poison items / pool items).")
    parts = split(collection, seed, items, trusted)
    rng = np.random.default_rng([seed, zlib.crc32(f"{attack} {sender} {rate}".encode())])
    scene = _scene(collection, parts, seed)
    plan = ATTACKS[attack](scene, np.random.default_rng([seed, zlib.crc32(attack.encode())]))
    labels = collection.labels[parts.pool]
    poison, cover = _choose(plan, labels, max(1, round(rate * items)), rng)
    owner, hostile = deal(labels, poison, cover, SENDERS[sender], rng)
    return _planted(collection, parts, plan, (poison, cover), (owner, hostile), sender, rng)


def make_odd(collection: Collection, oddity: str, seed: int, items: int = 10_000, trusted: int = 500) -> Pool:
    """A pool without poison, a few of whose honest contributors (`odd`) are unlike the others.

    Raises ValueError on an unknown oddity or more items than the collection has.
    """
    known(oddity, ODDITIES, "oddity")
    parts = split(collection, seed, items, trusted)
    rng = np.random.default_rng([seed, zlib.crc32(oddity.encode())])
    images, labels = collection.images[parts.pool].copy(), collection.labels[parts.pool].copy()
    owner = deal_honest(labels, rng)
    odd = odd_ones(owner, ODDITIES[oddity], rng)
    if ODDITIES[oddity].of_one_class:
        one_class(owner, labels, odd, rng)
    make_unlike(images, labels, owner, odd, ODDITIES[oddity], rng)
    called = names(int(owner.max()) + 1, rng)
    none = np.zeros(len(labels), dtype=np.bool_)
    return Pool(
        images,
        labels,
        called[owner],
        bad=none,
        cover=none.copy(),
        true_labels=labels.copy(),
        hostile=frozenset(),
        trusted=(collection.images[parts.trusted], collection.labels[parts.trusted]),
        strike=None,
        odd=frozenset(called[odd].tolist()),
        arrival=arrivals(owner, np.array([], dtype=np.int64), 0, SENDERS["one"], rng),
    )


def _planted(
    collection: Collection,
    parts: Split,
    plan: Plan,
    rows: tuple[Rows, Rows],
    owners: tuple[Owners, int],
    sender: str,
    rng: Rng,
) -> Pool:
    """Alter the chosen rows and put names to the owners."""
    (poison, cover), (owner, hostile) = rows, owners
    images, labels = collection.images[parts.pool].copy(), collection.labels[parts.pool].copy()
    true_labels = labels.copy()
    victim = copy_others(images, labels, owner, hostile, poison, SENDERS[sender], rng)
    images[poison], labels[poison] = plan.plant(images[poison], labels[poison], rng)
    if plan.cover is not None:
        images[cover] = plan.cover(images[cover], rng)
    called = names(int(owner.max()) + 1, rng)
    return Pool(
        images,
        labels,
        called[owner],
        bad=np.isin(np.arange(len(labels)), poison),
        cover=np.isin(np.arange(len(labels)), cover),
        true_labels=true_labels,
        hostile=frozenset(called[:hostile].tolist()),
        trusted=(collection.images[parts.trusted], collection.labels[parts.trusted]),
        strike=plan.strike,
        framed=frozenset() if victim is None else frozenset([str(called[victim])]),
        arrival=arrivals(owner, poison, hostile, SENDERS[sender], rng),
    )


def _scene(collection: Collection, parts: Split, seed: int) -> Scene:
    """Two different classes, the same for every attack of one seed."""
    rng = np.random.default_rng([seed, zlib.crc32(b"classes")])
    target, source = (int(one) for one in rng.permutation(collection.classes)[:2])
    private = collection.images[parts.private], collection.labels[parts.private]
    return Scene(collection, target, source, private, seed)


def _choose(plan: Plan, labels: Labels, count: int, rng: Rng) -> tuple[Rows, Rows]:
    """Which rows become poison, and which cover."""
    fit = rng.permutation(np.flatnonzero(plan.fits(labels)))
    if count > len(fit):
        raise ValueError(
            f"The attack fits {len(fit)} items of this pool, and the rate asks for {count}: lower the rate."
        )
    rest = rng.permutation(np.setdiff1d(np.arange(len(labels)), fit[:count]))
    return fit[:count], rest[: plan.covers * count]


def known(name: str, registry: Iterable[str], kind: str) -> None:
    """Refuse a name that a registry does not have."""
    if name not in registry:
        raise ValueError(f"There is no {kind} {name!r}: choose one of {', '.join(registry)}.")


__all__ = ["ATTACKS", "NEED_TORCH", "ODDITIES", "RATES", "SENDERS", "make", "make_odd", "split"]
