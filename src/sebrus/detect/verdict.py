"""From test results to findings: who is flagged, which items, and the sentence that says why."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.calibrate import at_least, rejected
from sebrus.detect.evidence import neighbours, trigger
from sebrus.detect.examine import Examination
from sebrus.detect.findings import ContributorFinding, Evidence, Findings, ItemFinding, Test
from sebrus.detect.intake import Pool
from sebrus.detect.marking import Marks, mark
from sebrus.detect.prepare import Prepared
from sebrus.detect.words import Words, accomplices

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


def findings(
    ready: Prepared,
    seen: Examination,
    rate: float,
    names: Mapping[int, str] | None,
    limits: tuple[str, ...],
    accused: Bools | None = None,
) -> Findings:
    """Write the findings of a settled examination; who is `accused` [contributors] is decided here if not before."""
    pool = ready.pool
    accused = rejected(seen.p_values(), rate) if accused is None else accused
    marks = mark(ready, seen, accused, rate)
    spoken = Words(ready, seen, names)
    alike = neighbours(ready.described, ready.source, seen.active & ~pool.trusted, np.flatnonzero(marks.any))
    scores = _scores(marks)
    items = tuple(_item(row, ready, seen, marks, spoken, alike, float(scores[row])) for row in range(pool.items))
    contributors = tuple(
        _contributor(number, ready, seen, marks, spoken, bool(accused[number]), rate)
        for number in range(len(pool.names))
    )
    return Findings(items, contributors, rate, limits)


def limits(pool: Pool, alone: bool, untested: int) -> tuple[str, ...]:
    """What could not be seen, in sentences; `alone`: there was nobody to compare the one contributor with."""
    said = []
    if not pool.names:
        said.append("No contributors were given: patterns that one contributor's items share were not tested.")
    elif alone:
        said.append("There is one contributor and no trusted seed: there was nobody to compare its items with.")
    if len(pool.classes) == 1:
        said.append("There is one class: labels were not tested.")
    elif untested:
        said.append(f"{untested} labels were not tested: fewer than 3 items of others show their class.")
    return tuple(said)


def of_batch(whole: Findings, size: int, rows: Ints) -> Findings:
    """The findings of the first `size` items and of the first contributor.

    `rows` [n] say where the items at hand came from: neighbours are named so, those with -1 left out.
    """
    items = tuple(
        replace(item, neighbours=tuple(int(rows[at]) for at in item.neighbours if rows[at] >= 0))
        for item in whole.items[:size]
    )
    first = whole.contributors[0]
    if first.evidence is not None:
        shown = tuple(at for at in first.evidence.items if at < size)
        first = replace(first, evidence=Evidence(shown, first.evidence.trigger, first.evidence.label))
    return Findings(items, (replace(first, items=size),), whole.fdr, whole.limits)


def _scores(marks: Marks) -> Floats:
    """Suspicion as 0..1, above a half exactly for the flagged; it grows with the log-odds, without reaching 1."""
    grown = 0.5 + np.arctan(marks.suspicion / 4.0) / np.pi
    return np.asarray(np.where(marks.any, 0.5 + 0.5 * np.maximum(grown, 1e-6), 0.4999 * grown))


def _item(
    row: int,
    ready: Prepared,
    seen: Examination,
    marks: Marks,
    words: Words,
    alike: dict[int, tuple[int, ...]],
    score: float,
) -> ItemFinding:
    pool = ready.pool
    label, p_value = int(pool.labels[row]), float(marks.p_value[row])
    contributor = pool.names[pool.source[row]] if pool.names else None
    value = int(pool.classes[label])
    if not marks.any[row]:
        return ItemFinding(value, contributor, score, p_value, False)
    best = int(seen.labels.best[row])
    unlike = best != label and seen.labels.tested[row] and seen.labels.p_value[row] < 0.5
    suggested = int(pool.classes[best]) if unlike else None
    test: Test = "label" if marks.label[row] else marks.test[row]
    reason = words.item(row, label, marks)
    return ItemFinding(value, contributor, score, p_value, True, reason, test, suggested, alike.get(row, ()))


def _contributor(
    number: int, ready: Prepared, seen: Examination, marks: Marks, words: Words, flagged: bool, rate: float
) -> ContributorFinding:
    rows, accusation = ready.members[number], seen.accusation[number]
    name = ready.pool.names[number]
    if not flagged:
        return ContributorFinding(name, len(rows), accusation.p_value, False)
    marked = rows[marks.any[rows]]
    label = _shared_class(ready, seen, number, rate)
    picture, shown = None, marked
    if label >= 0:
        shown = rows[marks.group[rows] & (ready.pool.labels[rows] == label)]
        picture = trigger(ready, shown, label, seen.active)
    evidence = Evidence(
        tuple(int(row) for row in shown), picture, int(ready.pool.classes[label]) if label >= 0 else None
    )
    bound = at_least(marks.p_value[rows], rate)
    reason = words.contributor(number, len(marked), len(rows), label)
    with_whom = tuple(ready.pool.names[other] for other in accomplices(seen, ready.groups.owner, number))
    return ContributorFinding(
        name, len(rows), accusation.p_value, True, reason, accusation.test, bound, evidence, with_whom
    )


def _shared_class(ready: Prepared, seen: Examination, number: int, rate: float) -> int:
    """The class in which a contributor's items stand out most clearly together, -1 when in none."""
    accused = seen.accusation[number].group
    if accused >= 0:
        return int(ready.groups.label[accused])
    mine = np.flatnonzero(ready.groups.owner == number)
    if not len(mine) or seen.group_p[mine].min() * len(mine) > rate:
        return -1
    return int(ready.groups.label[mine[int(np.argmin(seen.group_p[mine]))]])


__all__ = ["findings", "limits", "of_batch"]
