"""From test results to findings: who is flagged, which items, and the sentence that says why."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.calibrate import at_least, conformal, rejected
from sebrus.detect.coherence import Group, alignment
from sebrus.detect.evidence import neighbours, trigger
from sebrus.detect.examine import Examination, Prepared
from sebrus.detect.findings import ContributorFinding, Evidence, Findings, ItemFinding, Test
from sebrus.detect.labels import honest_odds, wrong_labels
from sebrus.detect.support import support_p_values

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


@dataclass(slots=True, eq=False)
class Marks:
    """Per row: is it flagged by the label, pattern or support test, and its p-value by the tests that were asked."""

    label: Bools
    pattern: Bools
    support: Bools
    p_value: Floats
    pattern_p: Floats

    @property
    def any(self) -> Bools:
        """Flagged by any test."""
        return self.label | self.pattern | self.support


def findings(
    ready: Prepared, seen: Examination, rate: float, names: Mapping[int, str] | None, limits: tuple[str, ...]
) -> Findings:
    """Write the findings of a settled examination."""
    pool = ready.pool
    accused = rejected(seen.p_values(), rate)
    marks = _mark(ready, seen, accused, rate)
    spoken = _Words(ready, seen, names)
    alike = neighbours(ready.described, ready.source, seen.active & ~pool.trusted, np.flatnonzero(marks.any))
    items = tuple(_item(row, ready, seen, marks, spoken, alike) for row in range(pool.items))
    contributors = tuple(
        _contributor(number, ready, seen, marks, spoken, bool(accused[number]), rate)
        for number in range(len(pool.names))
    )
    return Findings(items, contributors, rate, limits)


def _mark(ready: Prepared, seen: Examination, accused: Bools, rate: float) -> Marks:
    pool = ready.pool
    n = len(pool.labels)
    odds = honest_odds(seen.labels, [ready.members[number] for number in np.flatnonzero(accused)])
    odds[pool.trusted] = 1.0
    marks = Marks(
        wrong_labels(odds, rate), np.zeros(n, bool), np.zeros(n, bool), seen.labels.p_value.copy(), np.ones(n)
    )
    marks.label[pool.trusted] = False
    counts = np.bincount([group.contributor for group, _ in seen.groups], minlength=len(ready.members))
    for group, p in seen.groups:
        if accused[group.contributor] and p * counts[group.contributor] <= rate:
            _mark_pattern(ready, seen, group, marks, rate)
    for contributor in np.flatnonzero(accused):
        if seen.accusation[contributor][1] == "label":
            _mark_support(ready, seen, ready.members[contributor], marks, rate)
    return marks


def _mark_pattern(ready: Prepared, seen: Examination, group: Group, marks: Marks, rate: float) -> None:
    mine, everyone, _ = alignment(seen.residuals, group, bool(seen.active[group.rows[0]]))
    honest = seen.active & (ready.pool.source != group.contributor)
    p_values = conformal(mine, everyone[honest])
    marks.pattern[group.rows] = rejected(p_values, rate)
    marks.pattern_p[group.rows] = p_values
    marks.p_value[group.rows] = np.minimum(1.0, 2.0 * np.minimum(p_values, marks.p_value[group.rows]))


def _mark_support(ready: Prepared, seen: Examination, rows: Ints, marks: Marks, rate: float) -> None:
    donors = np.flatnonzero(seen.active & (ready.pool.source != ready.pool.source[rows[0]]))
    p_values = support_p_values(seen.model, ready.pool.labels, rows, donors)
    marks.support[rows] = rejected(p_values, rate) & seen.labels.tested[rows]


class _Words:
    """Class names and sentences."""

    def __init__(self, ready: Prepared, seen: Examination, names: Mapping[int, str] | None) -> None:
        self.classes = ready.pool.classes
        self.names = names or {}
        self.seen = seen

    def of(self, code: int) -> str:
        value = int(self.classes[code])
        return str(self.names.get(value, value))

    def item(self, row: int, label: int, marks: Marks) -> str:
        best = int(self.seen.labels.best[row])
        if marks.label[row]:
            return (
                f"Label test: items of others say {self.of(best)}, not {self.of(label)}; "
                f"honest labels this unlikely have p = {self.seen.labels.p_value[row]:.2g}."
            )
        if marks.pattern[row]:
            return (
                f"Pattern test: it carries a pattern that only this contributor's items of class {self.of(label)} "
                f"share (p = {marks.pattern_p[row]:.2g})."
            )
        return (
            f"Support test: only its own contributor's items support the label {self.of(label)}; "
            f"items of others say {self.of(best)}."
        )

    def contributor(self, number: int, marked: int, total: int, shared: int) -> str:
        p, test, label = self.seen.accusation[number]
        also = f"; its items of class {self.of(shared)} share a pattern of their own too" if shared >= 0 else ""
        if test == "pattern":
            return (
                f"Pattern test: {marked} of its {total} items are flagged; its items of class {self.of(label)} share "
                f"a pattern that nobody else's items of that class show (p = {p:.2g})."
            )
        return (
            f"Label test: {marked} of its {total} items are flagged; its labels contradict its images more often than "
            f"other contributors' labels do (p = {p:.2g}){also}."
        )


def _item(
    row: int, ready: Prepared, seen: Examination, marks: Marks, words: _Words, alike: dict[int, tuple[int, ...]]
) -> ItemFinding:
    pool = ready.pool
    label, flagged, p_value = int(pool.labels[row]), bool(marks.any[row]), float(marks.p_value[row])
    contributor = pool.names[pool.source[row]] if pool.names else None
    around = seen.accusation[pool.source[row]][0] if pool.names else 1.0
    raw = 1.0 - float(np.sqrt(p_value * max(around, 1e-4)))
    value = int(pool.classes[label])
    if not flagged:
        return ItemFinding(value, contributor, 0.4999 * raw, p_value, False)
    best = int(seen.labels.best[row])
    unlike = best != label and (marks.label[row] or marks.support[row] or p_value < 0.05)
    suggested = (
        int(pool.classes[best]) if unlike and seen.labels.tested[row] and seen.labels.p_value[row] < 0.5 else None
    )
    test: Test = "label" if marks.label[row] else "pattern" if marks.pattern[row] else "support"
    reason = words.item(row, label, marks)
    return ItemFinding(value, contributor, 0.5 + 0.5 * raw, p_value, True, reason, test, suggested, alike.get(row, ()))


def _contributor(
    number: int, ready: Prepared, seen: Examination, marks: Marks, words: _Words, flagged: bool, rate: float
) -> ContributorFinding:
    rows, (p_value, test, _) = ready.members[number], seen.accusation[number]
    name = ready.pool.names[number]
    if not flagged:
        return ContributorFinding(name, len(rows), p_value, False)
    marked = rows[marks.any[rows]]
    label = _shared_class(seen, number, rate)
    picture, shown = None, marked
    if label >= 0:
        shown = rows[marks.pattern[rows] & (ready.pool.labels[rows] == label)]
        picture = trigger(ready, shown, label, seen.active)
    evidence = Evidence(
        tuple(int(row) for row in shown), picture, int(ready.pool.classes[label]) if label >= 0 else None
    )
    bound = at_least(marks.p_value[rows], rate)
    reason = words.contributor(number, len(marked), len(rows), label)
    return ContributorFinding(name, len(rows), p_value, True, reason, test, bound, evidence)


def _shared_class(seen: Examination, number: int, rate: float) -> int:
    """The class in which a contributor's items share a pattern most clearly, -1 when in none."""
    shared = [(p, group.label) for group, p in seen.groups if group.contributor == number]
    return min(shared)[1] if shared and min(shared)[0] * len(shared) <= rate else -1


__all__ = ["findings"]
