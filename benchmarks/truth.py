"""How often truth inference is right on real crowds, beside crowd-kit: python -m benchmarks.truth --data DIR."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from benchmarks.crowd import DataRefused, find_sets
from benchmarks.records import OUT, Parser, about, folder, save, says, table, whole
from benchmarks.truth_crowds import DEFAULT, KNOWN, read, with_gold, without_gold
from benchmarks.truth_peers import ABSENT, NAMES, version
from benchmarks.truth_stage import GOLD, ITEMS, REVIEWERS, one_more_vote, under_attack, with_classifier
from sebrus.truth import AGGREGATORS

PER_ITEM, DIGIT_VOTES = 5, (1, 2, 3, 5)


def render(found: dict[str, Any]) -> str:
    """The Markdown tables of truth.json."""
    known, sets = found["about"], found["crowds"]
    seeds = known["seeds"]
    return "\n\n".join(
        [
            f"Right, %, no answer known (ours share ties; crowd-kit, {known['crowd_kit'] or 'left out'}, breaks them):",
            table(["aggregator", *sets, "mean"], _accuracies(sets)),
            _failures(sets),
            "The best of each, and our default against crowd-kit's best, item by item:",
            table(["crowd", "best of ours", "best of crowd-kit", "bar met", f"{DEFAULT} less it, points"], _bars(sets)),
            f"Right, %, on the rest when {KNOWN:.0%} of the answers are known; {seeds} seeds, 95 % intervals:",
            table(["aggregator", *sets, "mean"], _anchored(sets)),
            "Seconds without known answers:",
            table(["aggregator", *sets], _seconds(sets)),
            f"Under attack: {ITEMS} items, {REVIEWERS} reviewers, {PER_ITEM} votes per item; right, % / attackers' "
            f"poison rejected, %; with {GOLD:.0%} gold where said; by cost: accepting poison is four times as bad as "
            f"refusing an honest item; mean of {seeds} seeds:",
            _attacks(found["attacks"]),
            f"A classifier in the vote: digits, right, %, without / with the detector's scores; {seeds} seeds:",
            _classifiers(found["classifier"]),
            "One vote more:",
            _one_more(found["one_more_vote"]),
            says(known),
        ]
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _interval(figure: dict[str, float] | None) -> str | None:
    return f"{_percent(figure['mean'])} ± {100 * figure['plus_minus']:.1f}" if figure else None


def _everybody(sets: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Ours first, then the peers that were tried: group, name, title of the row."""
    ours = [("ours", name, name) for name in AGGREGATORS]
    tried = any(entry["without_gold"]["crowd_kit"] for entry in sets.values())
    return ours + [("crowd_kit", name, f"crowd-kit {name}") for name in NAMES if tried]


def _accuracies(sets: dict[str, Any]) -> list[list[Any]]:
    rows = []
    for group, name, title in _everybody(sets):
        cells = [entry["without_gold"][group].get(name, {}).get("accuracy") for entry in sets.values()]
        mean = None if None in cells else f"{100 * sum(cells) / len(cells):.2f}"
        rows.append([title, *(None if cell is None else f"{100 * cell:.2f}" for cell in cells), mean])
    return rows


def _seconds(sets: dict[str, Any]) -> list[list[Any]]:
    rows = []
    for group, name, title in _everybody(sets):
        cells = [entry["without_gold"][group].get(name, {}).get("seconds") for entry in sets.values()]
        rows.append([title, *(None if cell is None else f"{cell:.2f}" for cell in cells)])
    chosen = [f"{entry['with_gold']['seconds_to_choose']:.2f}" for entry in sets.values()]
    return [*rows, [f"choosing, with {KNOWN:.0%} gold", *chosen]]


def _failures(sets: dict[str, Any]) -> str:
    failed = [
        f"{name} on {crowd}: {entry['failed']}"
        for crowd, one in sets.items()
        for name, entry in one["without_gold"]["crowd_kit"].items()
        if "failed" in entry
    ]
    return f"Without a figure: {'; '.join(failed)}." if failed else "Every peer that ran gave a figure for every crowd."


def _bars(sets: dict[str, Any]) -> list[list[Any]]:
    rows = []
    for crowd, entry in sets.items():
        one = entry["without_gold"]
        best, peer, gap = one["best_of_ours"], one["best_of_crowd_kit"], one["default_less_best"]
        cell = f"{best} {100 * one['ours'][best]['accuracy']:.2f}"
        if peer is None:
            rows.append([crowd, cell, None, None, None])
            continue
        met = "yes" if one["bar_met"] else "**no**"
        theirs = f"{peer} {100 * one['crowd_kit'][peer]['accuracy']:.2f}"
        rows.append([crowd, cell, theirs, met, f"{100 * gap['mean']:+.2f} ± {100 * gap['plus_minus']:.2f}"])
    return rows


def _anchored(sets: dict[str, Any]) -> list[list[Any]]:
    names = [*AGGREGATORS, "chosen", "best on gold", "crowd-kit DawidSkene"]
    rows = []
    for name in names:
        figures = [entry["with_gold"]["accuracy"].get(name) for entry in sets.values()]
        mean = None if None in figures else _percent(sum(one["mean"] for one in figures) / len(figures))
        rows.append([name, *map(_interval, figures), mean])
    picks = [entry["with_gold"]["chosen"] for entry in sets.values()]
    said = ["; ".join(f"{name} {count}" for name, count in sorted(pick.items())) for pick in picks]
    return [*rows, ["what was chosen, times", *said, None]]


def _attacks(attacks: dict[str, Any]) -> str:
    names = list(next(iter(attacks.values())))
    cells = [
        [attack, *(f"{_percent(one[name]['accuracy'])} / {_percent(one[name]['rejected'])}" for name in names)]
        for attack, one in attacks.items()
    ]
    return table(["attack", *names], cells)


def _classifiers(found: dict[str, Any]) -> str:
    cells = []
    for per_item, one in found.items():
        pairs = [f"{_percent(one[n]['mean'])} / {_percent(one[f'{n} with classifier']['mean'])}" for n in AGGREGATORS]
        cells.append([per_item, _interval(one["classifier alone"]), *pairs])
    return table(["votes per item", "classifier alone", *AGGREGATORS], cells)


def _one_more(found: list[dict[str, Any]]) -> str:
    head = [
        "votes",
        "items",
        "reviewers",
        "classes",
        "median ms",
        "most ms",
        "mean apart",
        "most apart",
        "labels apart, %",
    ]
    cells = [
        [
            f"{one['votes']:,}",
            one["items"],
            one["reviewers"],
            one["classes"],
            f"{one['median_ms']:.1f}",
            f"{one['most_ms']:.1f}",
            f"{one['mean_apart']:.1e}",
            f"{one['most_apart']:.1e}",
            f"{100 * one['labels_apart']:.3f}",
        ]
        for one in found
    ]
    return table(head, cells)


def measure(sets: dict[str, Path], seeds: range, peers: bool, bar: Progress) -> dict[str, Any]:
    """Everything, crowd by crowd, then the simulations."""
    crowds = {name: read(path) for name, path in sets.items()}
    task = bar.add_task("crowds", total=len(crowds) * len(seeds) + 3)
    found: dict[str, Any] = {}
    for name, crowd in crowds.items():
        bar.update(task, description=name)
        found[name] = {
            "items": crowd.votes.item_count,
            "workers": crowd.votes.reviewer_count,
            "votes": len(crowd.votes),
            "classes": crowd.votes.classes,
            "without_gold": without_gold(crowd, peers),
            "with_gold": with_gold(crowd, seeds, peers, lambda: bar.advance(task)),
        }
    parts: dict[str, Any] = {"crowds": found}
    for name, run in (
        ("attacks", lambda: under_attack(PER_ITEM, seeds)),
        ("classifier", lambda: with_classifier(DIGIT_VOTES, seeds)),
        ("one_more_vote", lambda: one_more_vote(seeds.start)),
    ):
        bar.update(task, description=name)
        parts[name] = run()
        bar.advance(task)
    return parts


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write build/bench/truth.json and truth.md."""
    parser = Parser(prog="python -m benchmarks.truth", description=__doc__)
    parser.add_argument("--data", type=folder, help="folder with crowd/<name>/{votes,gold}.csv; else SEBRUS_DATA")
    parser.add_argument("--seed", type=whole(0, 2**31), default=0, help="the first seed")
    parser.add_argument("--seeds", type=whole(2, 1000), default=10, help="how many seeds, from the first on")
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="leave crowd-kit out")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the results")
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    sets = find_sets(options.data)
    if not sets:
        parser.error("no crowd data: name a folder with crowd/<name>/votes.csv by --data or SEBRUS_DATA")
    release = version() if options.peers else None
    if options.peers and release is None:
        console.print(f"crowd-kit: {ABSENT}.", highlight=False)
    known = about(options.seed) | {"seeds": options.seeds, "crowd_kit": release}
    try:
        with Progress(console=console, transient=True) as bar:
            parts = measure(sets, range(options.seed, options.seed + options.seeds), release is not None, bar)
    except DataRefused as refused:
        console.print(str(refused), style="red", highlight=False)
        sys.exit(2)
    found = {"about": known} | parts
    save("truth", found, render(found), console, options.out)
    print(render(found))


if __name__ == "__main__":
    main()
