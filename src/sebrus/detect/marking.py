"""Which items of the accused are flagged, and how suspicious every item is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sebrus.detect.calibrate import conformal
from sebrus.detect.coherence import alignment
from sebrus.detect.examine import TEST_OF, Examination
from sebrus.detect.findings import Test
from sebrus.detect.labels import falsely_few, honest_odds
from sebrus.detect.mixture import poison_odds
from sebrus.detect.prepare import Prepared

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

SPEAKS = 0.01
MOST_HONEST = 1000
FEWEST_HONEST = 5
EVEN = 0.5


@dataclass(slots=True, eq=False)
class Marks:
    """Per row: flagged for its `label`, flagged for what its `group` shares and by which `test`; `p_value` by the tests
    that were asked, `group_p` that of the group's alone, and `suspicion`, the log-odds that it is bad."""

    label: Bools
    group: Bools
    test: list[Test]
    p_value: Floats
    group_p: Floats
    suspicion: Floats

    @property
    def any(self) -> Bools:
        """Flagged by any test."""
        return self.label | self.group


def mark(ready: Prepared, seen: Examination, accused: Bools, rate: float) -> Marks:
    """Mark every row, given which contributors are accused: as many as hold the share of honest ones to `rate`.

    An item is as honest as the less honest of its label and of what its group shares. Those of nobody accused are
    marked only when likelier bad than honest.
    """
    pool = ready.pool
    n = len(pool.labels)
    doubted = np.zeros(n, dtype=np.bool_)
    for number in np.flatnonzero(accused):
        doubted[ready.members[number]] = True
    everyone = honest_odds(seen.labels, pool.labels, ready.members)
    suspicion = np.log1p(-np.minimum(everyone, 1.0 - 1e-12)) - np.log(np.maximum(everyone, 1e-300))
    unmarked = np.zeros(n, dtype=np.bool_)
    marks = Marks(unmarked, unmarked, ["label"] * n, seen.labels.p_value.copy(), np.ones(n), suspicion)
    by_label = honest_odds(seen.labels, pool.labels, [ready.members[number] for number in np.flatnonzero(accused)])
    by_group = np.ones(n)
    for groups, names in _accused_groups(ready, seen, accused, rate):
        _look_into(ready, seen, groups, names, marks, by_group)
    honest = np.where(pool.trusted, 1.0, np.minimum(by_label, by_group))
    chosen = np.zeros(n, dtype=np.bool_)
    for rows in (np.flatnonzero(doubted), np.flatnonzero(~doubted)):
        chosen[rows] = falsely_few(honest[rows], rate)
    chosen &= (doubted | (honest < EVEN)) & ~pool.trusted
    marks.label = chosen & ((by_label < EVEN) | (by_label <= by_group))
    marks.group = chosen & ((by_group < EVEN) | (by_group < by_label))
    return marks


def _accused_groups(ready: Prepared, seen: Examination, accused: Bools, rate: float) -> list[tuple[Ints, list[str]]]:
    """The groups to look into, those of linked accounts together, with the views that speak against them."""
    owner = ready.groups.owner
    together = [
        (link.groups[accused[owner[link.groups]]], [link.view])
        for link in seen.links
        if accused[owner[link.groups]].any()
    ]
    inside = set(np.concatenate([groups for groups, _ in together]).tolist()) if together else set()
    counts = np.bincount(owner, minlength=len(ready.members))
    alone = np.flatnonzero(accused[owner] & (seen.group_p * counts[owner] <= rate))
    single = [
        (np.array([group]), [name for name, p in seen.view_p.items() if p[group] <= SPEAKS])
        for group in alone
        if int(group) not in inside
    ]
    return together + single


def _look_into(
    ready: Prepared, seen: Examination, groups: Ints, names: list[str], marks: Marks, by_group: Floats
) -> None:
    """Learn which items of accused groups carry what they share: writes to `marks`, and to `by_group` how honest."""
    rows = np.concatenate([ready.groups.rows[group] for group in groups])
    once = np.concatenate([ready.groups.distinct[group] for group in groups])
    label = int(ready.groups.label[groups[0]])
    owners = ready.groups.owner[groups]
    honest = np.flatnonzero(seen.active & (ready.pool.labels == label) & ~np.isin(ready.pool.source, owners))
    if len(honest) > MOST_HONEST:
        honest = np.sort(np.random.default_rng(0).choice(honest, MOST_HONEST, replace=False))
    if len(honest) < FEWEST_HONEST or len(once) < 2:
        return
    looked = [name for name in names if name in ready.sums]
    mine: list[Floats] = []
    others: list[Floats] = []
    if not looked or any(TEST_OF[name] == "label" for name in names):
        mine, others = [-seen.labels.log_given[rows]], [-seen.labels.log_given[honest]]
    units, usual = ready.units(rows, looked), ready.units(honest, looked)
    inside = np.isin(rows, once)
    for name in looked:
        along, around = alignment(units[name], usual[name], inside)
        mine.append(along)
        others.append(around)
    here, there = poison_odds(np.stack(mine, axis=1), np.stack(others, axis=1))
    p_values = conformal(here, there)
    loudest: Test = TEST_OF[looked[0]] if looked else "label"
    for row in rows:
        marks.test[row] = loudest
    by_group[rows] = np.minimum(by_group[rows], special.expit(-here))
    marks.group_p[rows] = np.minimum(marks.group_p[rows], p_values)
    marks.p_value[rows] = np.minimum(1.0, 2.0 * np.minimum(p_values, marks.p_value[rows]))
    marks.suspicion[rows] = np.maximum(marks.suspicion[rows], here)


__all__ = ["Marks", "mark"]
