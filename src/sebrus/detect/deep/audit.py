"""The way in: audit a whole pool with trained networks, and measure how much such an audit finds."""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sebrus.detect.deep.device import choose
from sebrus.detect.deep.plants import Power
from sebrus.detect.deep.standing import Ints
from sebrus.detect.deep.task import Task
from sebrus.detect.errors import DetectError
from sebrus.detect.findings import Findings
from sebrus.detect.intake import Pool, pool
from sebrus.detect.prepare import Progress, silent
from sebrus.detect.screening import scan

if TYPE_CHECKING:
    from sebrus.detect.deep.look import Look
    from sebrus.detect.deep.measure import Suspects
    from sebrus.detect.deep.roster import Roster
    from sebrus.detect.deep.transplant import Transplant

FEWEST_ITEMS = 100
MOST_TRANSPLANTS = 20
FEWEST_SHARING = 5


@dataclass(frozen=True, slots=True, eq=False)
class Audit:
    """What an audit found. `power` is None when nothing was planted; `transplants` name contributors by their place in
    `findings.contributors` and classes by their place among the sorted labels."""

    findings: Findings
    transplants: "tuple[Transplant, ...]"
    power: Power | None
    seed: int
    device: str


def audit(
    images: Any,
    labels: Any,
    contributors: Any = None,
    trusted: tuple[Any, Any] | None = None,
    *,
    fdr: float = 0.05,
    plants: int = 10,
    seed: int = 0,
    device: str = "auto",
    linked: Sequence[Collection[Hashable]] = (),
    progress: Progress | None = None,
    class_names: Mapping[int, str] | None = None,
) -> Audit:
    """Scan a pool, train networks on it, and say who and what is suspicious by either.

    Arguments as for `sebrus.detect.scan`; `plants` poisoned contributors (and half as many honest ones) are planted in
    a copy to measure power, 0 for none; `device` is "auto" (CUDA when there), "cpu" or "cuda"; `linked` are sets of
    contributors to be left out together. Equal arguments give equal results on one machine. Raises `DetectError`.
    """
    tell = progress or silent
    place = choose(device)
    if not isinstance(plants, int) or plants < 0 or not isinstance(seed, int) or seed < 0:
        raise DetectError("plants and seed must be whole numbers of 0 or more.")
    joined = pool(images, labels, contributors, trusted)
    scanned = scan(images, labels, contributors, trusted, fdr=fdr / 2, progress=progress, class_names=class_names)
    if len(joined.classes) < 2 or len(joined.labels) < FEWEST_ITEMS:
        why = "is one class" if len(joined.classes) < 2 else f"are fewer than {FEWEST_ITEMS} items"
        return Audit(_scan_only(scanned, fdr, f"Networks were not trained: there {why}."), (), None, seed, place)
    return _deep(joined, scanned, Task(fdr, plants, seed, place, tuple(linked), tell, class_names or {}))


def _deep(joined: Pool, scanned: Findings, task: Task) -> Audit:
    from sebrus.detect.deep.look import look
    from sebrus.detect.deep.measure import Suspects, measure
    from sebrus.detect.deep.verdict import Verdict, accused
    from sebrus.detect.deep.weigh import mark, weigh

    roster = _roster(joined, _source(joined), _compared(joined))
    found = tuple((one.contributor, *one.linked) for one in scanned.contributors if one.linked)
    together = _linked(roster.source, joined.names, task.linked + found)
    stage = _stage(task.tell, "training")
    seen = look(np.asarray(joined.images), joined.labels, roster.classes, together, task.device, task.seed, stage)
    weighed = weigh(seen, roster)
    shallow = np.array([one.p_value for one in scanned.contributors[: len(roster.members)]], dtype=np.float64)
    guilty = accused(shallow, weighed.p_values(), task.fdr)
    marked = mark(weighed, guilty, task.fdr / 2)
    flagged = marked.flagged.copy()
    flagged[: joined.items] |= scanned.flagged
    suspects = Suspects(guilty, flagged)
    moved = _transplants(seen, roster, suspects, task)
    measured = measure(joined, seen, roster, suspects, task) if task.plants and roster.members else None
    limits = scanned.limits + _limits(roster, measured, task.plants)
    all_found = Verdict(joined, scanned, weighed, marked, guilty, moved, task.names, limits).findings()
    return Audit(all_found, moved, measured, task.seed, task.device)


def _scan_only(scanned: Findings, fdr: float, why: str) -> Findings:
    return Findings(scanned.items, scanned.contributors, fdr, (*scanned.limits, why))


def _compared(joined: Pool) -> int:
    """How many contributors there are that can be compared with somebody."""
    return len(joined.names) if len(joined.names) > 1 or joined.trusted.any() else 0


def _source(joined: Pool) -> Ints:
    """Who is left out together; trusted rows, and all rows when nobody can be compared, each alone."""
    alone = joined.trusted if _compared(joined) else np.ones(len(joined.labels), dtype=np.bool_)
    numbers = len(joined.names) + np.arange(len(joined.labels))
    return np.unique(np.where(alone, numbers, joined.source), return_inverse=True)[1].astype(np.intp)


def _linked(source: Ints, names: tuple[Hashable, ...], linked: tuple[Collection[Hashable], ...]) -> Ints:
    """The source of each row, linked contributors having one."""
    place = {name: number for number, name in enumerate(names)}
    together = np.arange(int(source.max()) + 1)
    for group in linked:
        numbers = [together[place[name]] for name in group if name in place]
        if numbers:
            together[np.isin(together, numbers)] = min(numbers)
    return np.asarray(np.unique(together[source], return_inverse=True)[1], dtype=np.intp)


def _roster(joined: Pool, source: Ints, contributors: int) -> "Roster":
    """Contributors are the sources 0..contributors-1."""
    from sebrus.detect.deep.roster import roster

    return roster(np.asarray(joined.images), joined.labels, len(joined.classes), source, joined.trusted, contributors)


def _transplants(seen: "Look", roster: "Roster", suspects: "Suspects", task: Task) -> "tuple[Transplant, ...]":
    """What the flagged items of each accused contributor's cells share, pasted on other images."""
    from sebrus.detect.deep.transplant import transplant

    barred, counted = np.flatnonzero(suspects.contributors), []
    for cell in roster.cells:
        rows = cell.rows[suspects.items[cell.rows]]
        if suspects.contributors[cell.source] and len(rows) >= FEWEST_SHARING:
            counted.append((cell, rows))
    done = []
    for number, (cell, rows) in enumerate(counted[:MOST_TRANSPLANTS]):
        task.tell("transplant", number / len(counted))
        one = transplant(seen, roster, cell, rows, barred, task.seed)
        if one is not None:
            done.append(one)
    return tuple(done)


def _limits(roster: "Roster", measured: Power | None, plants: int) -> tuple[str, ...]:
    if not plants:
        return ("Nothing was planted: the power of this audit on this pool was not measured.",)
    if not roster.members:
        return ("Nothing was planted: there are no contributors to compare planted ones with.",)
    if measured is None:
        return ("Nothing was planted: the pool is too small to take planted contributors' items from.",)
    return ()


def _stage(tell: Progress, name: str) -> Callable[[float], None]:
    return lambda done: tell(name, done)


__all__ = ["Audit", "audit"]
