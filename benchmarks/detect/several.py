"""A pool that several attackers share, each with an attack of its own: what an audit of a whole pool meets."""

import zlib
from collections.abc import Sequence

import numpy as np

from benchmarks.detect.make import ATTACKS, SENDERS, known, split
from benchmarks.detect.plan import Scene
from benchmarks.detect.pool import Collection, Pool
from benchmarks.detect.senders import Rows, arrivals, deal_several, names

ONE_AFTER_ANOTHER = 7


def make_several(
    collection: Collection, attacks: Sequence[str], poison: int, seed: int, items: int, trusted: int
) -> tuple[Pool, dict[str, str]]:
    """A pool of `items` in which each of the `attacks` is one contributor's, with `poison` items each.

    Also says who sends what: the attack by contributor. Each attack has a target of its own. Raises ValueError on an
    unknown attack or where the pool has too few items for all of them.
    """
    parts = split(collection, seed, items, trusted)
    rng = np.random.default_rng([seed, zlib.crc32(" ".join(attacks).encode()), poison])
    images, labels = collection.images[parts.pool].copy(), collection.labels[parts.pool].copy()
    true_labels, free = labels.copy(), np.ones(len(labels), dtype=np.bool_)
    bad, cover = np.zeros_like(free), np.zeros_like(free)
    planted: list[tuple[Rows, int]] = []
    for number, attack in enumerate(attacks):
        known(attack, ATTACKS, "attack")
        target, source = ((seed + number * ONE_AFTER_ANOTHER + step) % collection.classes for step in (0, 1))
        scene = Scene(
            collection, target, source, (collection.images[parts.private], collection.labels[parts.private]), seed
        )
        plan = ATTACKS[attack](scene, rng)
        fit = rng.permutation(np.flatnonzero(plan.fits(true_labels) & free))[:poison]
        free[fit] = False
        hide = rng.permutation(np.flatnonzero(free))[: plan.covers * poison]
        free[hide] = False
        if len(fit) < poison or len(hide) < plan.covers * poison:
            raise ValueError(f"The pool has too few items for {attack}: ask for more items or less poison.")
        images[fit], labels[fit] = plan.plant(images[fit], labels[fit], rng)
        if plan.cover is not None:
            images[hide] = plan.cover(images[hide], rng)
        bad[fit], cover[hide] = True, True
        planted.append((np.concatenate([fit, hide]), poison))
    owner = deal_several(true_labels, planted, rng)
    called = names(int(owner.max()) + 1, rng)
    pool = Pool(
        images,
        labels,
        called[owner],
        bad=bad,
        cover=cover,
        true_labels=true_labels,
        hostile=frozenset(called[: len(attacks)].tolist()),
        trusted=(collection.images[parts.trusted], collection.labels[parts.trusted]),
        strike=None,
        arrival=arrivals(owner, np.flatnonzero(bad), len(attacks), SENDERS["one"], rng),
    )
    return pool, dict(zip(called[: len(attacks)].tolist(), attacks, strict=True))


__all__ = ["make_several"]
