"""Screen a batch against a state: its items, a sample of whole contributors and the seed are at hand, of the rest sums.

The model is fitted on everybody's items and leaves out exactly whose items it judges; groups are compared with the
sums of all. Only what calibrates the label test and shows honest items is taken from the sample.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from sebrus.detect.coherence import Sums
from sebrus.detect.examine import settle
from sebrus.detect.findings import Findings
from sebrus.detect.intake import Pool
from sebrus.detect.outside import Outside
from sebrus.detect.prepare import Groups, Prepared, Progress, silent
from sebrus.detect.ridge import fit_sums, targets
from sebrus.detect.shards import ranges
from sebrus.detect.state import SEED, Keys, State
from sebrus.detect.verdict import findings, limits, of_batch

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

AT_HAND = 2000
LARGE = 600


@dataclass(frozen=True, slots=True, eq=False)
class Screened:
    """The findings, and the state with the batch and the test taken in."""

    findings: Findings
    state: State


def screen_stream(
    state: State,
    images: Any,
    labels: Any,
    *,
    contributor: str,
    keys: Sequence[str] | Keys | None = None,
    fdr: float = 0.05,
    progress: Progress | None = None,
    class_names: Mapping[int, str] | None = None,
) -> Screened:
    """Screen one contributor's batch against a state, what the contributor sent before read together with it.

    Shapes as in `scan`. The findings are those of the batch's items and of its contributor, who is accused at the
    level that the record of tests leaves (`online.Record`); neighbours are rows of the state. Raises `DetectError`.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        before = len(state.items.labels)
        grown = state.plus(images, labels, [contributor] * len(images), keys=keys)
        batch = np.arange(before, len(grown.items.labels))
        if not len(batch):
            return Screened(Findings((), (), fdr), state)
        hand = _Hand(grown, grown.names.index(contributor), batch)
        ready = hand.prepared()
        seen = settle(ready, fdr, progress or silent, _Rest(grown, hand))
        p_value = seen.accusation[0].p_value
        record = grown.record.after(contributor, p_value, fdr)
        accused = np.zeros(len(ready.members), dtype=np.bool_)
        accused[0] = record.latest[contributor][1]
        untested = int((~seen.labels.tested[: len(batch)]).sum())
        whole = findings(ready, seen, fdr, class_names, limits(ready.pool, not ready.sums, untested), accused)
    return Screened(of_batch(whole, len(batch), hand.rows), replace(grown, record=record))


class _Hand:
    """Which rows are at hand, and contributors renumbered: who is screened first, then all others by name."""

    def __init__(self, state: State, who: int, batch: Ints) -> None:
        self.state = state
        items = state.items
        counts = np.bincount(items.who[items.who >= 0], minlength=len(state.names))
        others = sorted((c for c in np.flatnonzero(counts).tolist() if c != who), key=lambda c: state.names[c])
        self.order = [who, *others]
        self.number = np.full(len(state.names) + 1, len(self.order), dtype=np.intp)
        self.number[self.order] = np.arange(len(self.order))
        accused = state.record.accused()
        self.aside = frozenset(i for i, c in enumerate(self.order) if i and state.names[c] in accused)
        picked = [who, *self._sample([c for c in others if state.names[c] not in accused], counts)]
        self.local = np.isin(np.arange(len(self.order)), self.number[picked])
        mine = np.setdiff1d(np.flatnonzero(items.who == who), batch)
        rest = [self._by_key(np.flatnonzero(items.who == c)) for c in sorted(picked[1:], key=lambda c: state.names[c])]
        seed = self._by_key(np.flatnonzero(items.who == SEED))[:AT_HAND]
        self.rows = np.concatenate([batch, self._by_key(mine), *rest, seed])

    def _by_key(self, rows: Ints) -> Ints:
        return rows[np.argsort(self.state.items.keys[rows], kind="stable")]

    def _sample(self, others: list[int], counts: Ints) -> list[int]:
        """Whole contributors by the digests of their names, those of more than 600 items only if need be."""
        names = self.state.names
        ranked = sorted(others, key=lambda c: (counts[c] > LARGE, blake2b(names[c].encode()).digest()))
        before = np.cumsum([0, *(counts[c] for c in ranked)])
        return [c for c, so_far in zip(ranked, before, strict=False) if so_far < AT_HAND]

    def prepared(self) -> Prepared:
        """The rows at hand as a pool, with the groups and sums of all."""
        state, rows = self.state, self.rows
        items, names = state.items.of(rows), tuple(state.names[c] for c in self.order)
        source, trusted = self.number[items.who], items.who == SEED
        pool = Pool(
            items.images[:],
            items.labels,
            state.standard.classes,
            source,
            names,
            trusted,
            items.images.shape[3] == 1,
        )
        comparable = len(names) > 1 or bool((state.items.who == SEED).any())
        alone = trusted if comparable else np.ones(len(rows), dtype=np.bool_)
        apart = np.where(alone, len(names) + np.arange(len(rows)), source)
        members = [np.flatnonzero(source == number) if here else rows[:0] for number, here in enumerate(self.local)]
        groups, sums = self._groups(items.counts, items.labels, members) if comparable else (_no_groups(), {})
        signs = targets(items.labels, len(pool.classes))
        described = items.described[:].astype(np.float32)
        return Prepared(pool, apart, described, signs, members, groups, ~items.counts, state.standard.measure, sums)

    def _groups(self, counts: Bools, labels: Ints, members: list[Ints]) -> tuple[Groups, dict[str, Sums]]:
        """All groups of two distinct items or more, in order; single items count for nobody's group."""
        state = self.state
        owner = self.number[state.owner]
        size = next(iter(state.sums.values())).n
        order = np.lexsort((state.label, owner))
        kept, single = order[size[order] >= 2], order[size[order] < 2]
        held = [members[owner[g]][labels[members[owner[g]]] == state.label[g]] for g in kept]
        groups = Groups(owner[kept], state.label[kept], held, [rows[counts[rows]] for rows in held])
        sums = {}
        for name, one in state.sums.items():
            rest, length, n = one.rest.copy(), one.rest_length.copy(), one.rest_n.copy()
            for at, own in one.blocks(single):
                np.add.at(rest, state.label[at], own)
            np.add.at(length, state.label[single], one.length[single])
            np.add.at(n, state.label[single], one.n[single])
            sums[name] = replace(one.only(kept), rest=rest, rest_length=length, rest_n=n)
        return groups, sums


class _Rest:
    """What is known of the items that are not at hand; see `examine.Beyond`."""

    def __init__(self, state: State, hand: _Hand) -> None:
        self.state, self.hand = state, hand
        self.aside, self.through = hand.aside, 0
        size = next(iter(state.sums.values())).n
        self.whole = hand.local[np.sort(hand.number[state.owner[size >= 2]])]
        self.counts = np.bincount(state.items.labels, minlength=len(state.standard.classes))

    def outside(self, ready: Prepared, active: Bools, aside: Set[int]) -> Outside:
        """The model of all items but those of the contributors set aside."""
        gram, by_class, counts = self.state.gram, self.state.by_class, self.counts
        gone = self._of(aside)
        if len(gone):
            gram, by_class = gram.copy(), by_class.copy()
            for first, last in ranges(len(gone)):
                some = gone[first:last]
                features = self.state.items.described[some].astype(np.float64)
                gram -= features.T @ features
                np.subtract.at(by_class, self.state.items.labels[some], features)
            counts = counts - np.bincount(self.state.items.labels[gone], minlength=len(counts))
        product = (2.0 * by_class - by_class.sum(axis=0)).T
        model, basis = fit_sums(ready.described, ready.signs, active, gram, product)
        return Outside(model, ready.pool.labels, (counts, by_class @ basis))

    def support(self, ready: Prepared, aside: Set[int]) -> Ints:
        """How many items of others carry each label, [n]."""
        gone, labels = self._of(aside), ready.pool.labels
        counts = self.counts - np.bincount(self.state.items.labels[gone], minlength=len(self.counts))
        active = ~np.isin(ready.pool.source, sorted(aside))
        _, place = np.unique(ready.source * len(counts) + labels, return_inverse=True)
        return np.asarray(counts[labels] - np.bincount(place, weights=active)[place], dtype=np.intp)

    def _of(self, aside: Set[int]) -> Ints:
        return np.flatnonzero(np.isin(self.state.items.who, [self.hand.order[number] for number in sorted(aside)]))


def _no_groups() -> Groups:
    none = np.zeros(0, dtype=np.intp)
    return Groups(none, none, [], [])


__all__ = ["Screened", "screen_stream"]
