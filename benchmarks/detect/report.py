"""The tables of detect.md."""

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.detect.bars import bars, behind
from benchmarks.detect.cells import ONE
from benchmarks.detect.ours import OURS
from benchmarks.detect.summary import FLOOR, Found, pick
from benchmarks.records import says, table

FAILED = "attack failed"
BARRED = ("mnist", "fashion_mnist", "cifar10")


def render(found: Sequence[Found], known: dict[str, Any]) -> str:
    """Every table that has a row."""
    parts = [_intro(known)]
    for collection in dict.fromkeys(one.collection for one in found):
        here = pick(found, collection=collection)
        tables = (acceptance, attacks, senders, oddities, detectors, cell_by_cell, losses, refused)
        shown = [text for make in tables if (text := make(here))]
        parts += [f"## {collection}", *shown]
    parts.append(says(known))
    return "\n\n".join(parts)


def _intro(known: dict[str, Any]) -> str:
    done = f"{known['trials']:,} trials"
    if known["left"]:
        done += f" ({known['left']:,} more were planned: go on with --resume --minutes 0)"
    return (
        f"Plan `{known['plan']}`, {known['seeds']} seeds, {done}. TPR is the share of poison flagged at the detector's "
        "own cut, FPR that of honest items; means over seeds with 95 % intervals (none with one seed). Cover items of "
        f"an attacker count as neither. An attack works where its success is {FLOOR:g} above a "
        f"clean network's; where it is not, the tables say *{FAILED}*. Contributor figures are shares of accounts."
    )


def acceptance(here: Sequence[Found]) -> str:
    """The bars, each beside the figure."""
    rows = [
        [bar.what, bar.asked, _number(bar.figure), bar.worst, _verdict(bar.holds)]
        for bar in bars(here, here[0].collection)
    ]
    for_what = "" if here[0].collection in BARRED else ", set for larger images and shown here for comparison"
    return f"Bars{for_what}:\n\n" + table(["bar", "asked", "measured", "worst, or of what", "holds"], rows)


def _verdict(holds: bool | None) -> str:
    return "not measured" if holds is None else ("pass" if holds else "**miss**")


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _mean(one: Found, figure: str) -> str:
    return str(one.figures[figure]) if figure in one.figures else "-"


def attacks(here: Sequence[Found]) -> str:
    """Ours by attack and rate, one hostile contributor."""
    ours = pick(here, detector=OURS, kind="attack", sender=ONE)
    if not ours:
        return ""
    rates = sorted({one.rate for one in ours})
    rows = []
    for name in dict.fromkeys(one.name for one in ours):
        by_rate = {one.rate: one for one in pick(ours, name=name)}
        rows.append([name, *(_found(by_rate.get(rate)) for rate in rates)])
    return "One hostile contributor, TPR (FPR) of ours:\n\n" + table(
        ["attack", *(f"{rate:.1%}" for rate in rates)], rows
    )


def _found(one: Found | None) -> str:
    if one is None:
        return "-"
    if "tpr" not in one.figures:
        return "no figure"
    note = f", {FAILED}" if one.works is False else ""
    return f"{one.figures['tpr']} ({_number(one.value('fpr'), 4)}){note}"


DETAILS: dict[str, Callable[[Found], str]] = {
    "TPR": lambda one: _mean(one, "tpr"),
    "FPR": lambda one: _number(one.value("fpr"), 4),
    "TPR at 1 % FPR": lambda one: _mean(one, "tpr_at_1"),
    "AUROC": lambda one: _number(one.value("auroc")),
    "hostile found": lambda one: _number(one.value("hostile_found"), 2),
    "honest accused": lambda one: _number(one.value("honest_accused"), 4),
    "framed accused": lambda one: _number(one.value("framed_accused"), 2),
    "success undefended": lambda one: _number(one.value("undefended_success")),
    "success, clean items": lambda one: _number(one.value("clean_success")),
    "success after": lambda one: FAILED if one.works is False else _mean(one, "kept_success"),
    "accuracy lost": lambda one: _number(one.value("lost_accuracy"), 4),
}


def senders(here: Sequence[Found]) -> str:
    """Ours in every cell with an attack, in full."""
    ours = [one for one in here if one.kind == "attack" and one.detector.startswith(OURS) and one.figures]
    if not ours:
        return ""
    shown = {name: show for name, show in DETAILS.items() if any(show(one) != "-" for one in ours)}
    variants = len({one.detector for one in ours}) > 1
    rows = [
        [f"{one.name}, {one.sender}, {one.rate:.1%}{', ' + one.detector if variants else ''}"]
        + [show(one) for show in shown.values()]
        for one in ours
    ]
    return "Every attack, sender and rate, ours:\n\n" + table(["cell", *shown], rows)


def oddities(here: Sequence[Found]) -> str:
    """What is flagged where nothing is planted."""
    honest = [one for one in here if one.kind != "attack" and one.figures and one.detector != "none"]
    if not honest:
        return ""
    rows = [
        [f"{one.name}, {one.detector}"]
        + [_share(one, figure) for figure in ("fpr", "honest_accused", "odd_accused", "lost_accuracy")]
        for one in honest
    ]
    head = [
        "pool, detector",
        "items flagged, %",
        "contributors accused, %",
        "of the odd ones, %",
        "accuracy lost, points",
    ]
    return "Nothing is planted; all of these are false:\n\n" + table(head, rows)


def _share(one: Found, figure: str) -> str:
    mean = one.figures.get(figure)
    return "-" if mean is None else f"{100 * mean.value:.2f}"


def detectors(here: Sequence[Found]) -> str:
    """Every detector, over the cells with an attack that all of them judged."""
    judged = [one for one in here if one.kind == "attack" and one.detector != "none"]
    names = list(dict.fromkeys(one.detector for one in judged))
    if len(names) < 2:
        return ""
    shared = _shared(judged, names)
    columns = ("tpr", "fpr", "tpr_at_1", "auroc", "kept_success", "lost_accuracy", "seconds", "network_seconds", "mib")
    rows: list[list[Any]] = []
    for name in names:
        mine = [one for one in pick(judged, detector=name) if _place(one) in shared]
        if not mine:
            notes = dict.fromkeys(note for one in pick(judged, detector=name) for note in one.notes)
            rows.append([f"{name}: {'; '.join(notes)}", *[None] * len(columns)])
            continue
        rows.append([name, *(_average(mine, figure) for figure in columns)])
    head = ["detector", "TPR", "FPR", "TPR at 1 % FPR", "AUROC", "success after", "accuracy lost", "seconds"]
    head += ["and to train", "MiB"]
    return (
        f"Detectors, means over the {len(shared)} cells that all have judged. Those on a network share one, whose "
        "training is counted apart; MiB is what the process grew by; success only where the attack works:\n\n"
        + table(head, rows)
    )


def _place(one: Found) -> tuple[Any, ...]:
    return one.name, one.sender, one.rate


def _shared(judged: Sequence[Found], names: Sequence[str]) -> set[tuple[Any, ...]]:
    places = [{_place(one) for one in pick(judged, detector=name) if "tpr" in one.figures} for name in names]
    some = [place for place in places if place]
    return set.intersection(*some) if some else set()


def _average(found: Sequence[Found], figure: str) -> str | None:
    counted = [one for one in found if one.works] if figure == "kept_success" else found
    values = [value for one in counted if (value := one.value(figure)) is not None]
    if not values:
        return None
    digits = {"lost_accuracy": 4, "seconds": 1, "network_seconds": 1, "mib": 0}.get(figure, 3)
    return f"{sum(values) / len(values):.{digits}f}"


def cell_by_cell(here: Sequence[Found]) -> str:
    """Each detector's TPR at 1 % false flags in each cell; the best is bold."""
    judged = [one for one in here if one.kind == "attack" and one.detector != "none" and "tpr_at_1" in one.figures]
    names = list(dict.fromkeys(one.detector for one in judged))
    if len(names) < 2:
        return ""
    rows = []
    for place in dict.fromkeys(_place(one) for one in judged):
        values = {one.detector: one.value("tpr_at_1") or 0.0 for one in judged if _place(one) == place}
        best = max(values.values())
        cells = ["-" if name not in values else _bold(values[name], best) for name in names]
        rows.append([f"{place[0]}, {place[1]}, {place[2]:.1%}", *cells])
    return "TPR at 1 % false flags, cell by cell:\n\n" + table(["cell", *names], rows)


def _bold(value: float, best: float) -> str:
    return f"**{value:.3f}**" if value == best and best > 0 else f"{value:.3f}"


def losses(here: Sequence[Found]) -> str:
    """Where a peer finds more than ours."""
    pairs = behind(here)
    if not pairs:
        return ""
    said = [
        f"- {ours.name}, {ours.sender}, {ours.rate:.1%}: {peer.detector} {_number(peer.value('tpr_at_1'))}, "
        f"ours {_number(ours.value('tpr_at_1'))}"
        for ours, peer in pairs
    ]
    return "A peer finds more than ours at 1 % false flags in:\n\n" + "\n".join(said)


def refused(here: Sequence[Found]) -> str:
    """What was not run, and why."""
    reasons: dict[str, list[Found]] = {}
    for one in here:
        for note in one.notes:
            reasons.setdefault(note, []).append(one)
    if not reasons:
        return ""
    said = [f"- {note} ({_where(found)})" for note, found in reasons.items()]
    return "Not run:\n\n" + "\n".join(said)


def _where(found: Sequence[Found]) -> str:
    names = dict.fromkeys(one.detector for one in found)
    cells = dict.fromkeys(f"{one.name} {one.rate:g}" if one.rate else one.name for one in found)
    shown = ", ".join(list(cells)[:4]) + (f" and {len(cells) - 4} more" if len(cells) > 4 else "")
    return f"{', '.join(names)}; {shown}"


__all__ = [
    "FAILED",
    "acceptance",
    "attacks",
    "cell_by_cell",
    "detectors",
    "losses",
    "oddities",
    "refused",
    "render",
    "senders",
]
