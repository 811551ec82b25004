"""All that screening needs of a pool, kept so that a batch is looked at without looking at the pool again.

A state is a value: `plus` and `without` give new ones. Everything in it adds up, so that the same items give the same
state in whatever order and parts they came, sums to rounding, as long as the standard they are held against is one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.coherence import Sums, nothing
from sebrus.detect.errors import DetectError
from sebrus.detect.intake import pool
from sebrus.detect.online import Record
from sebrus.detect.prepare import shard_sums
from sebrus.detect.rows import Rows
from sebrus.detect.shards import ranges
from sebrus.detect.standard import Floats, Ints, Pictures, Standard, learn_standard, reduced
from sebrus.detect.views import VIEWS

Bools = NDArray[np.bool_]
Keys = NDArray[np.uint64]

SEED = -1
ENOUGH = 6000


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """Items row by row: `images` uint8 of at most 48 pixels a side, `described` features float16 [n, d], `labels` and
    `who` (numbers of class and contributor, -1 the trusted seed), `keys` that tell items apart whatever their row, and
    `counts`, false for near-duplicates of another item of its contributor and class. Of a state that was read, images
    and features lie in files."""

    images: Rows
    described: Rows
    labels: Ints
    who: Ints
    keys: Keys
    counts: Bools

    def plus(self, other: "Items") -> "Items":
        """Rows of both."""
        small = (np.concatenate([getattr(self, name), getattr(other, name)]) for name in SMALL)
        return Items(self.images.plus(other.images), self.described.plus(other.described), *small)

    def of(self, rows: Any) -> "Items":
        """Some rows, images and features unread."""
        return Items(self.images.only(rows), self.described.only(rows), *(getattr(self, name)[rows] for name in SMALL))


OF_GROUPS = ("own", "length", "n")
LARGE, SMALL = ("images", "described"), ("labels", "who", "keys", "counts")


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A pool as screening needs it.

    `names` by contributor number; `gram` F'F [d, d] of the features; `by_class` [classes, d] their sums per class; the
    groups' `owner` and `label` [groups] and every view's `sums`, those of the trusted seed in `rest`; the `record` of
    the tests made.
    """

    standard: Standard
    names: tuple[str, ...]
    items: Items
    gram: Floats
    by_class: Floats
    owner: Ints
    label: Ints
    sums: dict[str, Sums]
    record: Record = field(default_factory=Record)

    @classmethod
    def begin(
        cls,
        images: Any,
        labels: Any,
        contributors: Any,
        trusted: tuple[Any, Any] | None = None,
        *,
        classes: Iterable[int] = (),
        keys: Sequence[str] | Keys | None = None,
    ) -> "State":
        """Learn what is usual from the first images and the seed, once, and take them in.

        Shapes as in `scan`, contributors are strings; images may be none when there is a seed. `classes` are labels
        that may come later. Raises `DetectError`.
        """
        seed = trusted if trusted is not None and len(trusted[0]) else None
        if not len(images) and seed is None:
            raise DetectError("There is nothing to learn from: give at least one image or a trusted one.")
        first = pool(images, labels, contributors, seed) if len(images) else pool(*_checked(seed), None, None)
        every = np.unique(np.concatenate([first.classes, np.array(list(classes), dtype=np.int64)]))
        codes = np.searchsorted(every, first.classes[first.labels]).astype(np.intp)
        standard = learn_standard(reduced(np.asarray(first.images)), codes, first.source, every)
        state = cls._empty(standard, first.images.shape[1:])
        if seed is not None:
            state = state._plus(np.asarray(seed[0]), np.asarray(seed[1]), None, None)
        return state.plus(images, labels, contributors, keys=keys) if len(images) else state

    @classmethod
    def _empty(cls, standard: Standard, shape: tuple[int, ...]) -> "State":
        blank = reduced(np.zeros((0, *shape), dtype=np.uint8))
        width, none = standard.measure.filters.width, np.zeros(0, dtype=np.intp)
        described = Rows.of(np.zeros((0, width), dtype=np.float16))
        keys, counts = np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.bool_)
        items = Items(Rows.of(blank), described, none, none, keys, counts)
        sums = {name: nothing(standard.measure.bases[name], 0) for name in VIEWS}
        by_class = np.zeros((len(standard.classes), width))
        return cls(standard, (), items, np.zeros((width, width)), by_class, none, none, sums)

    @property
    def outgrown(self) -> bool:
        """Whether the standard was learned from few items and there are four times as many now: see `anew`."""
        return self.standard.learned < ENOUGH and len(self.items.labels) >= 4 * self.standard.learned

    def plus(self, images: Any, labels: Any, contributors: Any, *, keys: Sequence[str] | Keys | None = None) -> "State":
        """The state with more items; `keys` (one per item, else made of image, label and contributor) name them: texts,
        or their numbers (`key_number`).

        Classes and contributors may be new: the mean of a class is learned from the first of it. Raises `DetectError`.
        """
        if not len(images):
            return self
        if contributors is None:
            raise DetectError("A state keeps contributors by name: give one per image.")
        return self._plus(images, labels, contributors, keys)

    def rows_of(self, keys: Iterable[str] | Keys) -> Ints:
        """The rows of the items with these keys, in order of row."""
        return np.flatnonzero(np.isin(self.items.keys, _numbers(keys)))

    def holds(self, keys: Iterable[str] | Keys) -> Bools:
        """Of which of these keys there is an item, one answer per key."""
        return np.isin(_numbers(keys), self.items.keys)

    def without(self, rows: Any) -> "State":
        """The state without some rows, as if they had never come, the record of tests aside."""
        gone = np.zeros(len(self.items.labels), dtype=np.bool_)
        gone[rows] = True
        if not gone.any():
            return self
        left, items = self.items.of(gone), self.items
        touched = np.unique(left.who[left.who >= 0] * len(self.standard.classes) + left.labels[left.who >= 0])
        before = items.counts.copy()
        after = items.counts & ~gone
        state = replace(self, items=replace(items, counts=after))
        state = state._counted_anew(touched, ~gone, before)
        gram, by_class = self.gram.copy(), self.by_class.copy()
        for first, last in ranges(len(left.labels)):
            features = left.described[first:last].astype(np.float64)
            gram -= features.T @ features
            by_class -= _per_class(features, left.labels[first:last], len(by_class))
        return replace(state, items=state.items.of(~gone), gram=gram, by_class=by_class)._tidied()

    def anew(self) -> "State":
        """The same items and record, with what is usual learned again from all of them."""
        items, classes = self.items, self.standard.classes
        standard = learn_standard(items.images, items.labels, items.who, classes)
        state = replace(State._empty(standard, items.images.shape[1:]), names=self.names, record=self.record)
        for first, last in ranges(len(items.labels)):
            state = state._taken_in(items.of(slice(first, last)))
        return state

    def _plus(self, images: Any, labels: Any, contributors: Any, keys: Sequence[str] | Keys | None) -> "State":
        fresh = pool(images, labels, contributors, None)
        pictures, given = reduced(np.asarray(fresh.images)), fresh.classes[fresh.labels]
        if pictures.shape[1:] != self.items.images.shape[1:]:
            raise DetectError(
                f"Images are {list(pictures.shape[1:])} as kept but the state's are "
                f"{list(self.items.images.shape[1:])}: bring them to one size."
            )
        senders = _senders(fresh.names, fresh.source) if contributors is not None else None
        state = self._with_classes(fresh.classes)._with_names(senders or ())
        number = {name: at for at, name in enumerate(state.names)}
        who = np.array([number[name] for name in senders] if senders else [SEED] * len(given), dtype=np.intp)
        named = _keys(pictures, given, senders, keys)
        for first, last in ranges(len(given)):
            some = slice(first, last)
            none = Rows.of(np.zeros((len(given[some]), 0), dtype=np.float16))
            codes = state.standard.codes(given[some])
            counts = np.zeros(len(codes), dtype=np.bool_)
            state = state._taken_in(Items(Rows.of(pictures[some]), none, codes, who[some], named[some], counts))
        return state

    def _with_classes(self, classes: NDArray[np.int64]) -> "State":
        standard = self.standard.with_classes(classes)
        if standard is self.standard:
            return self
        place = standard.codes(self.standard.classes)
        by_class = np.zeros((len(standard.classes), self.by_class.shape[1]))
        by_class[place] = self.by_class
        sums = {}
        for name, old in self.sums.items():
            wide = nothing(standard.measure.bases[name], 0)
            wide.rest[place], wide.rest_length[place], wide.rest_n[place] = old.rest, old.rest_length, old.rest_n
            sums[name] = replace(wide, own=old.own, length=old.length, n=old.n)
        items = replace(self.items, labels=place[self.items.labels])
        return replace(self, standard=standard, items=items, by_class=by_class, label=place[self.label], sums=sums)

    def _with_names(self, names: Iterable[str]) -> "State":
        known = set(self.names)
        return replace(self, names=self.names + tuple(name for name in dict.fromkeys(names) if name not in known))

    def _taken_in(self, fresh: Items) -> "State":
        """With items whose features are not known yet."""
        images = fresh.images[:]
        described = self.standard.described(images)
        standard = self.standard.having_met(images, fresh.labels)
        seed = fresh.who == SEED
        counts = np.zeros(len(seed), dtype=np.bool_)
        joined = self.items.plus(replace(fresh, described=Rows.of(described), counts=counts))
        before = joined.counts.copy()
        joined.counts[len(before) - len(seed) :] = seed
        classes = len(standard.classes)
        touched = np.unique(fresh.who[~seed] * classes + fresh.labels[~seed])
        features = described.astype(np.float64)
        grown = replace(
            self,
            standard=standard,
            items=joined,
            gram=self.gram + features.T @ features,
            by_class=self.by_class + _per_class(features, fresh.labels, classes),
        )
        return grown._counted_anew(touched, np.ones(len(before), dtype=np.bool_), before)

    def _counted_anew(self, touched: Ints, present: Bools, before: Bools) -> "State":
        """Find again what counts in the touched groups, and bring the sums from what counted `before` to that."""
        items, classes = self.items, len(self.standard.classes)
        cell = np.where(items.who >= 0, items.who * classes + items.labels, SEED)
        rows = np.flatnonzero(present & np.isin(cell, touched))
        rows = rows[np.lexsort((items.keys[rows], cell[rows]))]
        counts = items.counts.copy()
        for part in np.split(rows, np.flatnonzero(np.diff(cell[rows])) + 1):
            if len(part):
                label = int(items.labels[part[0]])
                counts[part] = self.standard.distinct(items.images[part], label)
        come, gone = np.flatnonzero(counts & ~before), np.flatnonzero(before & ~counts)
        return replace(self, items=replace(items, counts=counts))._summed_anew(touched, cell, come, gone)

    def _summed_anew(self, cells: Ints, cell: Ints, come: Ints, gone: Ints) -> "State":
        """With a group for each of these contributors' classes, and in the sums the rows that `come` and not those
        that are `gone`; the changed groups are behind the others, which stay unread."""
        known = self.owner * len(self.standard.classes) + self.label
        old = np.isin(known, cells)
        new = np.setdiff1d(cells, known)
        changed = {}
        for name, one in self.sums.items():
            more = nothing(self.standard.measure.bases[name], len(new))
            own, length, n = (np.concatenate([getattr(one, key)[old], getattr(more, key)]) for key in OF_GROUPS)
            changed[name] = Sums(own, length, n, one.rest.copy(), one.rest_length.copy(), one.rest_n.copy())
        self._add(changed, np.concatenate([known[old], new]), cell, come, 1.0)
        self._add(changed, np.concatenate([known[old], new]), cell, gone, -1.0)
        known = np.concatenate([known[~old], known[old], new])
        sums = {name: one.only(~old).followed_by(changed[name]) for name, one in self.sums.items()}
        classes = len(self.standard.classes)
        return replace(self, owner=known // classes, label=known % classes, sums=sums)

    def _add(self, sums: dict[str, Sums], cells: Ints, cell: Ints, rows: Ints, sign: float) -> None:
        """Add rows to the sums of the groups of these cells, in place."""
        order = np.argsort(cells)
        for first, last in ranges(len(rows)):
            some = rows[first:last]
            images, labels = self.items.images[some], self.items.labels[some]
            present, found = shard_sums(self.standard.measure, images, labels, cell[some])
            groups = order[np.searchsorted(cells, present, sorter=order)]
            for name, one in found.items():
                n, rest_n = int(sign) * one.n, int(sign) * one.rest_n
                own, rest = sign * one.own[:], sign * one.rest
                sums[name].take_in(groups, Sums(own, sign * one.length, n, rest, sign * one.rest_length, rest_n))

    def _tidied(self) -> "State":
        """Without groups of no items."""
        classes = len(self.standard.classes)
        kept = np.isin(self.owner * classes + self.label, self.items.who * classes + self.items.labels)
        sums = {name: one.only(kept) for name, one in self.sums.items()}
        return replace(self, owner=self.owner[kept], label=self.label[kept], sums=sums)


def _checked(seed: tuple[Any, Any] | None) -> tuple[Any, Any]:
    if seed is None or len(seed) != 2:
        raise DetectError("trusted must be a pair (images, labels) or None.")
    return seed


def _senders(names: tuple[Any, ...], source: Ints) -> list[str]:
    if any(not isinstance(name, str) for name in names):
        raise DetectError("A state keeps contributors by name: give each as a string.")
    return [str(names[number]) for number in source]


def _keys(images: Pictures, labels: Any, senders: list[str] | None, keys: Sequence[str] | Keys | None) -> Keys:
    if keys is not None and len(keys) != len(labels):
        raise DetectError(f"There are {len(labels)} images but {len(keys)} keys: give one per image.")
    if keys is not None:
        return _numbers(keys)
    given = zip(images, labels, senders or [""] * len(labels), strict=True)
    return np.array([_key(image.tobytes(), f"{label} {name}") for image, label, name in given], dtype=np.uint64)


def _numbers(keys: Iterable[str] | Keys) -> Keys:
    return keys if isinstance(keys, np.ndarray) else np.array([key_number(key) for key in keys], dtype=np.uint64)


def key_number(key: str) -> int:
    """What a state keeps of a key: 64 bits of its hash."""
    return _key(key.encode())


def _key(data: bytes, more: str = "") -> int:
    return int.from_bytes(blake2b(data + more.encode(), digest_size=8).digest(), "little")


def _per_class(features: Floats, labels: Ints, classes: int) -> Floats:
    sums = np.zeros((classes, features.shape[1]))
    np.add.at(sums, labels, features)
    return sums


__all__ = ["Items", "State", "key_number"]
