"""One look at the whole pool, given whose items serve as reference."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sebrus.detect.basis import fit_basis
from sebrus.detect.calibrate import genomic_control, rejected, smallest
from sebrus.detect.canvas import FloatArray
from sebrus.detect.coherence import CAMERA, CHANCE, Shown, add_up, compared, group_tests, of_a_camera
from sebrus.detect.dealing import chance_of
from sebrus.detect.findings import Test
from sebrus.detect.labels import LabelTest, blind_without, contributor_bet, label_test, rank_test
from sebrus.detect.light import in_own_light
from sebrus.detect.linking import Link, linked
from sebrus.detect.misfit import misfit
from sebrus.detect.outside import Outside
from sebrus.detect.prepare import Prepared, Progress
from sebrus.detect.ridge import Fit, fit
from sebrus.detect.views import PATTERNS

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

ROUNDS = 6
WIDEST = 32
ENOUGH = 20
TEST_OF: dict[str, Test] = {
    **dict.fromkeys(PATTERNS, "pattern"),
    "texture": "texture",
    "scores": "label",
    "fit": "label",
}


@dataclass(frozen=True, slots=True, eq=False)
class Accusation:
    """What speaks against a contributor most: p-value, the test that spoke, its group or -1."""

    p_value: float
    test: Test
    group: int


@dataclass(frozen=True, slots=True, eq=False)
class Examination:
    """What one look found: `scores` [n, classes] that others' items give, `group_p` [groups] and per view
    `view_p` [groups], links between accounts, and one accusation per contributor."""

    active: Bools
    model: Fit
    scores: Floats
    labels: LabelTest
    view_p: dict[str, Floats]
    group_p: Floats
    links: list[Link]
    accusation: list[Accusation]

    def p_values(self) -> Floats:
        """The contributors' p-values."""
        return np.array([accusation.p_value for accusation in self.accusation], dtype=np.float64)


class Beyond(Protocol):
    """What is known of items that are not at hand: all but their sums was left behind.

    The contributors in `aside` are not to be believed from the start, the one numbered `through` is the one in
    question, and of the groups [groups] that are `whole` every item is at hand.
    """

    aside: frozenset[int]
    through: int
    whole: Bools

    def outside(self, ready: Prepared, active: Bools, aside: Set[int]) -> Outside:
        """The model of all items but those of the contributors set aside."""
        ...

    def support(self, ready: Prepared, aside: Set[int]) -> Ints:
        """How many items of others carry each label, [n]."""
        ...


def examine(
    ready: Prepared, aside: Set[int] = frozenset(), links: Sequence[Link] = (), beyond: Beyond | None = None
) -> Examination:
    """Test every contributor against the items of the others that are not set aside.

    `links` between accounts are known already; `beyond` is what is known of items that are not at hand.
    """
    pool = ready.pool
    active = ~np.isin(pool.source, sorted(aside))
    if beyond:
        outside, support = beyond.outside(ready, active, aside), beyond.support(ready, aside)
    else:
        outside = Outside(fit(ready.described, ready.signs, active), pool.labels)
        support = _support(ready, active)
    scores = outside.scores(ready.source)
    tested = label_test(scores, pool.labels, support, active, pool.trusted)
    reference = ~np.isin(ready.groups.owner, sorted(aside))
    shown = {
        name: group_tests(sums, ready.measure.bases[name], ready.groups.label, reference)
        for name, sums in ready.sums.items()
    }
    for name, z in ready.lit.items():
        shown[name] = replace(shown[name], z=np.minimum(shown[name].z, z))
    if ready.groups.rows and len(pool.classes) > 1 and "scores" not in ready.without:
        shown["scores"] = _by_scores(ready, scores, tested.tested & active, reference)
    judged = {name: _judged(one, ready.groups.owner) for name, one in shown.items()}
    for name in {"texture", "scores"} & judged.keys():
        # Noise, focus and what an image looks like to a model are the first things in which cameras differ.
        judged[name][~compared(shown[name], ready.groups.owner)] = 0.0
    if ready.groups.rows and "fit" not in ready.without:
        place, counted = ready.groups.place(len(pool.labels)), active & ~ready.repeated
        unfit = misfit(tested, pool.labels, place, ready.groups.label, reference, counted)
        judged["fit"] = _judged(unfit, ready.groups.owner, float(np.sqrt(CAMERA)))
    group_p = _together(np.array(list(judged.values())), beyond.whole if beyond else None) if judged else np.ones(0)
    view_p = {name: np.asarray(stats.norm.sf(z)) for name, z in judged.items()}
    accusation = _accuse(ready, tested, view_p, group_p, links, active)
    return Examination(active, outside.model, scores, tested, view_p, group_p, list(links), accusation)


def link(ready: Prepared, aside: Set[int], rate: float, through: int | None = None) -> list[Link]:
    """The accounts not set aside that share a pattern, with p-values for having looked in every view.

    `through` asks for links of one contributor only. A link must also be clearer than among items dealt by chance.
    """
    groups = ready.groups
    reference = ~np.isin(groups.owner, sorted(aside))
    found: list[Link] = []
    for name, sums in ready.sums.items() if "linking" not in ready.without else ():
        basis, share = ready.measure.bases[name], rate / len(ready.sums)
        of_light = ready.lit[name] <= CHANCE if name in ready.lit else None
        some = linked(name, sums, basis, groups.owner, groups.label, reference, share, through, of_light)
        for one in some:
            p_values = np.maximum(one.p_values, _chance(ready, one, reference)) * len(ready.sums)
            if (p_values <= rate).sum() > 1:
                found.append(replace(one, p_values=np.minimum(1.0, p_values)))
    return found


def _chance(ready: Prepared, link: Link, reference: Bools) -> float:
    """How likely as clear a link is among the same items dealt out by chance; 0 where not all of them are at hand."""
    groups, sums = ready.groups, ready.sums[link.view]
    at = np.flatnonzero((groups.label == link.label) & reference & (sums.n > 0))
    held = [groups.distinct[group] for group in at]
    if [len(rows) for rows in held] != sums.n[at].tolist():
        return 0.0
    units = ready.units(np.concatenate(held), [link.view])[link.view].astype(np.float32)
    classes = len(np.unique(groups.label[reference]))
    return classes * chance_of(link.clear, units, sums.n[at], sums, ready.measure.bases[link.view], link.label)


def narrowed(scores: Floats) -> FloatArray:
    """Scores [n, classes], or their most varied 32 directions where classes are more."""
    if scores.shape[1] <= WIDEST:
        return scores.astype(np.float32)
    some = scores[:: max(1, len(scores) // 5000)]
    _, vectors = np.linalg.eigh(np.cov(some.T))
    return np.asarray(scores @ vectors[:, -WIDEST:], dtype=np.float32)


def _by_scores(ready: Prepared, scores: Floats, usable: Bools, reference: Bools) -> Shown:
    """The two-sample test in the space of what others' items say each image is."""
    pool = ready.pool
    raw = narrowed(scores)
    rows = np.flatnonzero(usable & ~ready.repeated)
    basis = fit_basis(raw[rows], pool.labels[rows], len(pool.classes), whiten=True)
    once = ~ready.repeated
    place = ready.groups.place(len(pool.labels))
    sums = add_up(basis, raw[once], pool.labels[once], place[once], len(ready.groups.rows))
    return group_tests(sums, basis, ready.groups.label, reference)


def _judged(shown: Shown, owner: Ints, camera: float = CAMERA) -> Floats:
    """Normal scores [groups] in one view; at most 0 where a camera explains it, 0 where the group is too small."""
    z = np.nan_to_num(genomic_control(shown.z))
    return np.asarray(np.where(of_a_camera(shown, owner, camera), np.minimum(z, 0.0), z))


def _together(judged: Floats, whole: Bools | None) -> Floats:
    """One p-value per group from scores [views, groups]: the loudest view, or all together, which hear a whisper.

    How much views agree by chance is measured on the groups themselves (those that are `whole`, without it all), none
    counting for more than three deviations.
    """
    count = len(judged)
    calm = np.clip(judged if whole is None else judged[:, whole], -3.0, 3.0)
    groups = calm.shape[1]
    spread = np.sqrt(max(count, float((calm.sum(axis=0) ** 2).mean()))) if groups >= ENOUGH else float(count)
    each = np.concatenate([judged, judged.sum(axis=0, keepdims=True) / spread])
    return np.asarray(np.minimum(1.0, stats.norm.sf(each.max(axis=0)) * (count + 1)))


def _support(ready: Prepared, active: Bools) -> Ints:
    """How many active items of other sources carry each item's label, [n]."""
    source, labels, classes = ready.source, ready.pool.labels, len(ready.pool.classes)
    cell = source * classes + labels
    _, place = np.unique(cell, return_inverse=True)
    own = np.bincount(place, weights=active)[place]
    return np.asarray(np.bincount(labels, weights=active, minlength=classes)[labels] - own, dtype=np.intp)


def _accuse(
    ready: Prepared, tested: LabelTest, view_p: dict[str, Floats], group_p: Floats, links: Sequence[Link], active: Bools
) -> list[Accusation]:
    blind = blind_without(tested, ready.members, active & ~ready.pool.trusted)
    groups_of: list[list[int]] = [[] for _ in ready.members]
    for number, contributor in enumerate(ready.groups.owner):
        groups_of[contributor].append(number)
    through: dict[int, tuple[float, Link, int]] = {}
    for link in links:
        for group, p in zip(link.groups, link.p_values, strict=True):
            contributor = int(ready.groups.owner[group])
            if contributor not in through or p < through[contributor][0]:
                through[contributor] = (float(p), link, int(group))
    accusation = []
    for contributor, rows in enumerate(ready.members):
        asked = "label" not in ready.without
        label_p = _label_p(ready, tested, rows, contributor, blind[contributor], active) if asked else 1.0
        mine = groups_of[contributor]
        pattern_p = smallest(group_p[mine]) if mine else 1.0
        link_p = through[contributor][0] if contributor in through else 1.0
        p = smallest([label_p, pattern_p, link_p])
        if label_p <= min(pattern_p, link_p):
            accusation.append(Accusation(p, "label", -1))
        elif pattern_p <= link_p:
            group = mine[int(np.argmin(group_p[mine]))]
            loudest = min(view_p, key=lambda name: float(view_p[name][group]))
            accusation.append(Accusation(p, TEST_OF[loudest], group))
        else:
            accusation.append(Accusation(p, TEST_OF[through[contributor][1].view], through[contributor][2]))
    return accusation


def _label_p(ready: Prepared, tested: LabelTest, rows: Ints, contributor: int, blind: float, active: Bools) -> float:
    labels = ready.pool.labels
    once = rows[~ready.repeated[rows]]
    p_value = contributor_bet(replace(tested.of(once), blind=blind), labels[once])
    if p_value < 1.0:
        others = np.flatnonzero(active & (ready.pool.source != contributor))
        p_value = max(p_value, rank_test(tested, labels, once, others))
    return p_value


def settle(ready: Prepared, rate: float, progress: Progress, beyond: Beyond | None = None) -> Examination:
    """Look again without those already accused, worst first, so that they do not blur the reference for others.

    Each round sets aside the accused whose p-value is within the square root of the worst for the same test and
    class; when nobody is left to accuse alone, accounts that share a pattern are. Without a trusted seed at most half
    of the contributors are set aside.
    """
    ready = in_own_light(ready)
    aside = set(beyond.aside) if beyond else set()
    most = len(ready.members) if ready.pool.trusted.any() else (len(ready.members) - 1) // 2
    links: list[Link] = []
    seen = examine(ready, aside, links, beyond)
    for turn in range(1, ROUNDS):
        progress("tests", turn / ROUNDS)
        fresh = [c for c in _worst(ready, seen, rate) if c not in aside]
        if not fresh and (beyond is None or beyond.through not in aside):
            more = link(ready, aside, rate / 2, beyond.through if beyond else None)
            links += more
            fresh = sorted({int(ready.groups.owner[group]) for one in more for group in one.groups} - aside)
        fresh = fresh[: max(0, most - len(aside))]
        if not fresh:
            break
        aside.update(fresh)
        seen = examine(ready, aside, links, beyond)
    progress("tests", 1.0)
    return seen


def _worst(ready: Prepared, seen: Examination, rate: float) -> list[int]:
    p_values = seen.p_values()
    accused = np.flatnonzero(rejected(p_values, rate)).tolist()
    least: dict[tuple[Test, int], float] = {}

    def kind(contributor: int) -> tuple[Test, int]:
        accusation = seen.accusation[contributor]
        return accusation.test, int(ready.groups.label[accusation.group]) if accusation.group >= 0 else -1

    for contributor in accused:
        least[kind(contributor)] = min(p_values[contributor], least.get(kind(contributor), 1.0))
    chosen = [c for c in accused if p_values[c] <= np.sqrt(least[kind(c)])]
    return sorted(chosen, key=lambda c: float(p_values[c]))


__all__ = ["Accusation", "Beyond", "Examination", "examine", "narrowed", "settle"]
