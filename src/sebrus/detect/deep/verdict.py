"""The scan's findings and the networks' together, in sentences."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from sebrus.detect.calibrate import at_least, rejected
from sebrus.detect.deep.standing import Bools, Floats, Ints
from sebrus.detect.deep.transplant import Transplant
from sebrus.detect.deep.weigh import DeepTest, Marked, Weighed, likeliest
from sebrus.detect.findings import ContributorFinding, Evidence, Findings, ItemFinding
from sebrus.detect.intake import Pool

UNLIKELY = 0.05

SAYS: dict[DeepTest, str] = {
    "dynamics": "networks that never saw its contributor do not expect its label",
    "spectrum": "the network's features set it apart from others' items of class {label}",
    "gradient": "what makes the network say {label} differs from others' items of that class",
}
ACCUSES: dict[DeepTest, str] = {
    "dynamics": "networks trained without it contradict its labels {where} more often than others'",
    "spectrum": "in the trained network its items {where} lie apart from everybody else's",
    "gradient": "the trained network sees its class in its items {where} by something nobody else's show",
}


def both(shallow: Floats, deep: Floats) -> Floats:
    """Two p-values for the same hypothesis as one (Bonferroni)."""
    return np.asarray(np.minimum(1.0, 2.0 * np.minimum(shallow, deep)))


def accused(shallow: Floats, deep: Floats, rate: float) -> Bools:
    """Which contributors are accused, by either stage, at a false discovery rate over all of them."""
    return rejected(both(shallow, deep), rate)


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """All that the sentences are written from."""

    pool: Pool
    scanned: Findings
    weighed: Weighed
    marked: Marked
    guilty: Bools
    transplants: tuple[Transplant, ...]
    names: Mapping[int, str]
    limits: tuple[str, ...]

    def findings(self) -> Findings:
        """One finding per item and per contributor, in the scan's order."""
        best, chance = likeliest(self.weighed.said)
        items = tuple(self._item(row, int(best[row]), float(chance[row])) for row in range(self.pool.items))
        contributors = tuple(self._contributor(number) for number in range(len(self.pool.names)))
        return Findings(items, contributors, 2 * self.scanned.fdr, self.limits)

    def _of(self, code: int) -> str:
        value = int(self.pool.classes[code])
        return str(self.names.get(value, value))

    def _item(self, row: int, best: int, chance: float) -> ItemFinding:
        before = self.scanned.items[row]
        p = float(both(np.array(before.p_value), np.array(self.marked.p_value[row])))
        test = self.marked.test[row]
        if before.flagged or not self.marked.flagged[row] or test is None:
            return replace(before, p_value=p)
        label = int(self.pool.labels[row])
        around = self.weighed.accusations[self.pool.source[row]].p_value if self.weighed.accusations else 1.0
        score = 1.0 - 0.5 * float(np.sqrt(self.marked.p_value[row] * max(around, 1e-4)))
        doubted = (
            best != label and float(np.exp(self.weighed.said.log_given(self.weighed.roster.labels)[row])) < UNLIKELY
        )
        suggested = int(self.pool.classes[best]) if doubted and chance > 0.5 else None
        said = SAYS[test].format(label=self._of(label))
        reason = f"{test.capitalize()} test: {said} (p = {self.marked.p_value[row]:.2g})."
        return replace(
            before, score=score, p_value=p, flagged=True, reason=reason, test=test, suggested_label=suggested
        )

    def _contributor(self, number: int) -> ContributorFinding:
        before = self.scanned.contributors[number]
        if not self.weighed.roster.members:
            return before
        accusation = self.weighed.accusations[number]
        p = float(both(np.array(before.p_value), np.array(accusation.p_value)))
        if not self.guilty[number]:
            return replace(before, p_value=p, flagged=False, reason="", test=None, min_bad_items=0, evidence=None)
        rows = self.weighed.roster.members[number]
        deep = rows[self.marked.flagged[rows]]
        bound = max(before.min_bad_items, at_least(self.marked.p_value[rows], self.scanned.fdr))
        moved = [one for one in self.transplants if one.contributor == number]
        told = " ".join(self._told(one) for one in moved if one.flip_rate > max(one.honest_rates, default=0.0))
        if before.flagged and before.p_value <= accusation.p_value:
            return replace(before, p_value=p, reason=f"{before.reason} {told}".strip(), min_bad_items=bound)
        where = "" if accusation.label < 0 else f"of class {self._of(accusation.label)}"
        said = " ".join(ACCUSES[accusation.test].format(where=where).split())
        reason = (
            f"{accusation.test.capitalize()} test: {len(deep)} of its {len(rows)} items are flagged; {said} "
            f"(p = {accusation.p_value:.2g}). {told}"
        ).strip()
        return replace(
            before,
            p_value=p,
            flagged=True,
            reason=reason,
            test=accusation.test,
            min_bad_items=bound,
            evidence=self._evidence(deep, moved) or before.evidence,
        )

    def _told(self, one: Transplant) -> str:
        honest = f"the same paste from {len(one.honest_rates)} other contributors at most {max(one.honest_rates):.0%}"
        return (
            f"Pasted on {one.hosts} images of other classes, what they share turns {one.flip_rate:.0%} into class "
            f"{self._of(one.label)}" + (f"; {honest}." if one.honest_rates else ".")
        )

    def _evidence(self, rows: Ints, moved: list[Transplant]) -> Evidence | None:
        if not len(rows):
            return None
        best = max(moved, key=lambda one: one.flip_rate, default=None)
        if best is None:
            return Evidence(tuple(int(row) for row in rows))
        pattern = best.pattern[..., 0] if self.pool.grey else best.pattern
        shown = rows[self.weighed.roster.labels[rows] == best.label]
        return Evidence(tuple(int(row) for row in shown), pattern, int(self.pool.classes[best.label]))


__all__ = ["Verdict", "accused", "both"]
