"""Audit a copy of the pool with planted contributors, the same way, and count what is found."""

from dataclasses import dataclass

import numpy as np

from sebrus.detect.deep.look import Look, look_again
from sebrus.detect.deep.plants import Planting, Power, plant, power
from sebrus.detect.deep.roster import Roster, roster
from sebrus.detect.deep.standing import Bools
from sebrus.detect.deep.task import Task
from sebrus.detect.deep.verdict import accused
from sebrus.detect.deep.weigh import mark, weigh
from sebrus.detect.findings import Findings
from sebrus.detect.intake import Pool
from sebrus.detect.screening import scan


@dataclass(frozen=True, slots=True, eq=False)
class Suspects:
    """Contributors [contributors] and items [n] that the audit of the pool itself accused: nothing is taken of them."""

    contributors: Bools
    items: Bools


def measure(joined: Pool, seen: Look, known: Roster, suspects: Suspects, task: Task) -> Power | None:
    """Plant, scan the copy, ask the networks again and count; None when the pool is too small to plant in."""
    donors = ~known.trusted & ~suspects.items & ~np.isin(known.source, np.flatnonzero(suspects.contributors))
    planted = plant(np.asarray(joined.images), known.labels, known.source, seen.fold, donors, task.plants, task.seed)
    if planted is None:
        return None
    scanned = _scan(joined, planted, known, task)
    names, codes = np.unique(planted.source[~known.trusted], return_inverse=True)
    source = np.empty(len(codes) + int(known.trusted.sum()), dtype=np.intp)
    source[~known.trusted] = codes
    source[known.trusted] = len(names) + np.arange(int(known.trusted.sum()))
    copy = roster(planted.images, planted.labels, known.classes, source, known.trusted, len(names))

    def step(done: float) -> None:
        task.tell("training on the copy", done)

    again = look_again(seen, planted.images, planted.labels, known.classes, planted.changed, task.seed, step)
    weighed = weigh(again, copy)
    said = {int(str(one.contributor)): one.p_value for one in scanned.contributors}
    guilty = accused(np.array([said[int(name)] for name in names]), weighed.p_values(), task.fdr)
    flagged = mark(weighed, guilty, task.fdr / 2).flagged
    flagged[: joined.items] |= scanned.flagged
    return power(planted, {int(name) for name in names[guilty]}, flagged, planted.poison / joined.items)


def _scan(joined: Pool, planted: Planting, known: Roster, task: Task) -> Findings:
    items = joined.items
    return scan(
        planted.images[:items],
        planted.labels[:items],
        planted.source[:items].tolist(),
        (planted.images[items:], planted.labels[items:]) if known.trusted.any() else None,
        fdr=task.fdr / 2,
        progress=lambda stage, done: task.tell(f"{stage} of the copy", done),
    )


__all__ = ["Suspects", "measure"]
