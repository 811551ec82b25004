"""The bars that the detector has to reach, each beside what was measured."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.detect.cells import FLIPS, ONE, PLAIN, SUBTLE
from benchmarks.detect.ours import OURS
from benchmarks.detect.summary import Found, pick

USUAL = (0.003, 0.01)
LOW = 0.001
FLIP_BARS = {"mnist": 0.97, "fashion_mnist": 0.85}
# A peer finds more where its mean TPR at 1 % false flags is higher by more than this.
SLACK = 0.005


@dataclass(frozen=True)
class Bar:
    """One bar on one collection: what was asked, the figure (None: not measured), its worst cell, whether it holds."""

    collection: str
    what: str
    asked: str
    figure: float | None
    worst: str
    holds: bool | None


def bars(found: Sequence[Found], collection: str) -> list[Bar]:
    """Every bar of one collection."""
    here = pick(found, collection=collection)
    ours = pick(here, detector=OURS)
    usual = pick(ours, sender=ONE, rate=USUAL)
    every_attack = PLAIN + SUBTLE
    return [
        _least(collection, "plain attacks, 0.3-1 %: least mean TPR", 0.95, _by_attack(usual, PLAIN)),
        _least(collection, "subtle attacks, 0.3-1 %: least mean TPR", 0.80, _by_attack(usual, SUBTLE)),
        _most(collection, "0.3-1 %: false flags among honest items, mean", 0.01, _mean(usual, every_attack, "fpr")),
        _most(collection, "0.3-1 %: attack success after training, mean", 0.03, _succeeding(usual)),
        _most(collection, "0.3-1 %: clean accuracy lost, mean", 0.003, _mean(usual, every_attack, "lost_accuracy")),
        _least(collection, "0.1 %: mean TPR", 0.80, _mean(pick(ours, sender=ONE, rate=LOW), every_attack, "tpr")),
        _least(collection, "five Sybils: mean TPR", 0.80, _mean(pick(ours, sender="sybils-5"), every_attack, "tpr")),
        _least(collection, "twenty Sybils: mean TPR", 0.50, _mean(pick(ours, sender="sybils-20"), every_attack, "tpr")),
        *_flips(here, collection),
        _most(
            collection, "nothing planted: honest items flagged, mean", 0.005, _worst(pick(ours, kind="nothing"), "fpr")
        ),
        _most(collection, "nothing planted: contributors accused, mean", 0.05, _accused(pick(ours, kind="nothing"))),
        _most(collection, "worst oddity: honest items flagged, mean", 0.005, _worst(pick(ours, kind="odd"), "fpr")),
        _most(collection, "worst oddity: contributors accused, mean", 0.05, _accused(pick(ours, kind="odd"))),
        _beaten(here, collection),
    ]


Figure = tuple[float, str] | None


def _least(collection: str, what: str, bar: float, figure: Figure) -> Bar:
    value, where = figure or (None, "")
    return Bar(collection, what, f">= {bar:g}", value, where, None if value is None else value >= bar)


def _most(collection: str, what: str, bar: float, figure: Figure) -> Bar:
    value, where = figure or (None, "")
    return Bar(collection, what, f"<= {bar:g}", value, where, None if value is None else value <= bar)


def _values(found: Iterable[Found], figure: str) -> list[tuple[float, Found]]:
    return [(value, one) for one in found if (value := one.value(figure)) is not None]


def _by_attack(found: Sequence[Found], attacks: Sequence[str]) -> Figure:
    """The least, over attacks, of the mean over rates."""
    means = []
    for attack in attacks:
        values = [value for value, _ in _values(pick(found, name=attack), "tpr")]
        if values:
            means.append((sum(values) / len(values), attack))
    return min(means, default=None)


def _mean(found: Sequence[Found], attacks: tuple[str, ...], figure: str) -> Figure:
    """The mean over attacks and rates, and the cell farthest to the wrong side."""
    values = _values(pick(found, name=attacks), figure)
    if not values:
        return None
    farthest = min if figure == "tpr" else max
    value, one = farthest(values, key=lambda pair: pair[0])
    return sum(value for value, _ in values) / len(values), f"{one.name} {one.rate:g}: {value:.3f}"


def _succeeding(found: Sequence[Found]) -> Figure:
    return _mean([one for one in found if one.works], PLAIN + SUBTLE, "kept_success")


def _worst(found: Sequence[Found], figure: str) -> Figure:
    values = _values(found, figure)
    if not values:
        return None
    value, one = max(values, key=lambda pair: pair[0])
    return value, one.name


def _accused(found: Sequence[Found]) -> Figure:
    return _worst(found, "honest_accused")


def _flips(here: Sequence[Found], collection: str) -> list[Bar]:
    flips = pick(here, name=FLIPS, sender=ONE)
    ours = pick(flips, detector=OURS)
    if collection in FLIP_BARS:
        figure = _mean(ours, ("flip-symmetric", "flip-targeted"), "tpr_at_1")
        return [_least(collection, "flips: mean TPR at 1 % false flags", FLIP_BARS[collection], figure)]
    behind = [
        one.rate
        for one, peer in pairs(ours, pick(flips, detector="cleanlab"))
        if (one.value("tpr_at_1") or 0) <= (peer.value("tpr_at_1") or 0)
    ]
    count = len(pairs(ours, pick(flips, detector="cleanlab")))
    figure = (1 - len(behind) / count, f"of {count} cells") if count else None
    return [_least(collection, "flips: cells above cleanlab with the same features, TPR at 1 %", 1.0, figure)]


def pairs(ours: Iterable[Found], theirs: Sequence[Found]) -> list[tuple[Found, Found]]:
    """Cells that both have judged."""
    place = {(one.collection, one.name, one.sender, one.rate): one for one in theirs if "tpr_at_1" in one.figures}
    return [
        (one, place[key])
        for one in ours
        if (key := (one.collection, one.name, one.sender, one.rate)) in place and "tpr_at_1" in one.figures
    ]


def behind(found: Sequence[Found]) -> list[tuple[Found, Found]]:
    """Cells with poison where a peer finds more than we do at 1 % false flags, each with that peer."""
    ours = pick(found, detector=OURS, kind="attack")
    theirs = [one for one in found if not one.detector.startswith(OURS)]
    names = dict.fromkeys(one.detector for one in theirs)
    return [
        (one, peer)
        for name in names
        for one, peer in pairs(ours, pick(theirs, detector=name))
        if (peer.value("tpr_at_1") or 0) > (one.value("tpr_at_1") or 0) + SLACK
    ]


def _beaten(here: Sequence[Found], collection: str) -> Bar:
    theirs = [one for one in here if one.kind == "attack" and not one.detector.startswith(OURS)]
    met = pairs(pick(here, detector=OURS), [one for one in theirs if one.detector != "none"])
    cells = {(one.name, one.sender, one.rate) for one, _ in met}
    lost = {(one.name, one.sender, one.rate) for one, _ in behind(here)}
    what = "cells where no peer finds more at 1 % false flags"
    if not met:
        return Bar(collection, what, "all", None, "", None)
    return Bar(collection, what, "all", 1 - len(lost) / len(cells), f"of {len(cells)} cells", not lost)


__all__ = ["LOW", "USUAL", "Bar", "bars", "behind", "pairs"]
