"""How well panels decide against lazy, hostile and colluding reviewers, and who earns: make bench-voting."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress

from benchmarks.crowd import DataRefused, find_sets, measure_crowd
from benchmarks.draws import measure_draws
from benchmarks.people import POPULATIONS, Population, gather, plain_majority
from benchmarks.records import OUT, Parser, about, folder, mean_interval, save, says, table, whole
from benchmarks.rounds import Detector, Run, Setting, play
from sebrus.demo.stage import POLICY
from sebrus.protocol import keccak

PLAIN = (5, 9)
ITEMS = 64
SKILL = 0.85
GOLD = 0.08
ONE_ROUND = replace(POLICY, escalated_size=0, final_size=0)
SETTINGS = (
    Setting("one panel of 5", ONE_ROUND, Detector("silent"), 0.0),
    Setting("escalation", POLICY, Detector("silent"), 0.0),
    Setting("escalation, flags 0.8/0.01", POLICY, Detector("0.8/0.01", 0.8, 0.01), 0.0),
    Setting("all: gold, flags 0.8/0.01", POLICY, Detector("0.8/0.01", 0.8, 0.01), GOLD),
    Setting("all: gold, flags 0.5/0.01", POLICY, Detector("0.5/0.01", 0.5, 0.01), GOLD),
    Setting("all: gold, flags 0.95/0.01", POLICY, Detector("0.95/0.01", 0.95, 0.01), GOLD),
    Setting("all: gold, flags 0.8/0.05", POLICY, Detector("0.8/0.05", 0.8, 0.05), GOLD),
)
WHOLE = SETTINGS[3].name


def run_once(population: Population, seed: int, reviewers: int, batches: int) -> dict[str, float]:
    """One crowd, played through the protocol and through plain majorities; every figure by its name."""
    rng = np.random.default_rng([seed, POPULATIONS.index(population)])
    people = gather(population, reviewers, batches, ITEMS, SKILL, rng)
    name = keccak(f"{population.name} {seed}".encode())
    found: dict[str, float] = {}
    for setting in SETTINGS:
        found |= _figures(setting.name, play(people, setting, name, rng), batches)
    poison = sum(int(batch.poison.sum()) for batch in people.batches)
    honest = batches * ITEMS - poison
    for votes in PLAIN:
        caught, lost = plain_majority(people, votes, rng)
        found[f"poison_rejected|majority of {votes}"] = caught / poison
        found[f"honest_lost|majority of {votes}"] = lost / honest
    return found


def _figures(setting: str, run: Run, batches: int) -> dict[str, float]:
    items = run.poison + run.honest
    found = {
        f"poison_rejected|{setting}": run.poison_rejected / run.poison,
        f"honest_lost|{setting}": run.honest_rejected / run.honest,
        f"right|{setting}": run.right / max(run.decided, 1),
        f"verdicts|{setting}": run.asked / items,
        f"gold|{setting}": run.asked_gold / items,
        f"voided|{setting}": run.voided / batches,
    }
    incomes = {kind: one.net / max(one.verdicts, 1) / POLICY.review_fee for kind, one in run.incomes.items()}
    found |= {f"income|{setting}|{kind}": income for kind, income in incomes.items()}
    # Within one seed, so that what both share (the same batches) does not blur it.
    found |= {f"gap|{setting}|{kind}": incomes["honest"] - income for kind, income in incomes.items()}
    return found | {f"tier|{setting}|{kind}": float(np.mean(one.tiers)) for kind, one in run.incomes.items()}


def summarise(runs: Sequence[dict[str, float]]) -> dict[str, dict[str, float | None]]:
    """Mean and half-width of the 95 % interval of every figure over the seeds that have it; None: only one has."""
    names = list(dict.fromkeys(name for run in runs for name in run))
    found: dict[str, dict[str, float | None]] = {}
    for name in names:
        mean, width = mean_interval([run[name] for run in runs if name in run])
        found[name] = {"mean": round(mean, 5), "plus_minus": None if isnan(width) else round(width, 5)}
    return found


def measure(seed: int, seeds: int, reviewers: int, batches: int, bar: Progress) -> dict[str, Any]:
    """Every population with every seed."""
    task = bar.add_task("Populations", total=len(POPULATIONS) * seeds)
    found: dict[str, Any] = {}
    for population in POPULATIONS:
        bar.update(task, description=population.name)
        runs = []
        for number in range(seeds):
            runs.append(run_once(population, seed + number, reviewers, batches))
            bar.advance(task)
        found[population.name] = {
            "kind": population.kind,
            "share": population.share,
            "poison": population.poison,
            "figures": summarise(runs),
        }
    return found


def render(found: dict[str, Any]) -> str:
    """The Markdown tables of voting.json."""
    known = found["about"]
    people = found["populations"]
    settings = [setting.name for setting in SETTINGS]
    columns = [f"majority of {votes}" for votes in PLAIN] + settings
    sizes = " -> ".join(str(size) for size in POLICY.panel_sizes)
    intro = (
        f"{known['reviewers']} reviewers of mean skill {SKILL}, {known['batches']} batches of {ITEMS} items one after "
        f"the other, {known['seeds']} seeds, mean and 95 % interval. Panels {sizes}; flags are named by an assumed "
        f"TPR/FPR and weigh {POLICY.detector_votes} votes; gold is {GOLD:.0%} of the items, at least 6."
    )
    return "\n\n".join(
        [
            intro,
            "Poison rejected, %:",
            table(["reviewers", *columns], _shares(people, "poison_rejected", columns)),
            "Honest items lost, %:",
            table(["reviewers", *columns], _shares(people, "honest_lost", columns)),
            "Verdicts per item, without those on gold:",
            table(["reviewers", *settings], _counts(people, "verdicts", settings)),
            f"Of the whole ({WHOLE}): items right of those decided, batches voided, income per verdict in fees, and "
            "the tier (quarters of weight) in the end:",
            _money(people),
            _draws(found["draws"]),
            _crowds(found["crowd"]),
            says(known),
        ]
    )


def _shares(people: dict[str, Any], what: str, columns: Sequence[str]) -> list[list[Any]]:
    rows = []
    for name, entry in people.items():
        cells = [entry["figures"][f"{what}|{column}"] for column in columns]
        rows.append([name, *(f"{100 * c['mean']:.1f} ± {100 * c['plus_minus']:.1f}" for c in cells)])
    return rows


def _counts(people: dict[str, Any], what: str, columns: Sequence[str]) -> list[list[Any]]:
    return [
        [name, *(f"{entry['figures'][f'{what}|{column}']['mean']:.2f}" for column in columns)]
        for name, entry in people.items()
    ]


def _money(people: dict[str, Any]) -> str:
    rows = []
    for name, entry in people.items():
        figures = entry["figures"]
        other = "" if entry["kind"] == "honest" else entry["kind"]
        tiers = [figures[f"tier|{WHOLE}|{kind}"]["mean"] for kind in ("honest", other) if kind]
        rows.append(
            [
                name,
                f"{100 * figures[f'right|{WHOLE}']['mean']:.2f}",
                f"{100 * figures[f'voided|{WHOLE}']['mean']:.1f}",
                f"{figures[f'gold|{WHOLE}']['mean']:.2f}",
                _amount(figures[f"income|{WHOLE}|honest"]),
                _amount(figures.get(f"income|{WHOLE}|{other}")),
                pays(figures.get(f"gap|{WHOLE}|{other}")),
                " / ".join(f"{tier:.1f}" for tier in tiers),
            ]
        )
    head = ["reviewers", "right, %", "voided, %", "gold verdicts per item", "honest", "the others"]
    return table([*head, "honesty pays best", "tier"], rows)


def pays(gap: dict[str, Any] | None) -> str | None:
    """Whether honest reviewers earn more than the others, by the gap between them; `open` while it may be zero."""
    if gap is None:
        return None
    if gap["plus_minus"] is None or abs(gap["mean"]) <= gap["plus_minus"]:
        return "open"
    return "yes" if gap["mean"] > 0 else "**no**"


def _amount(figure: dict[str, Any] | None) -> str | None:
    if figure is None:
        return None
    width = "?" if figure["plus_minus"] is None else f"{figure['plus_minus']:.2f}"
    return f"{figure['mean']:.2f} ± {width}"


def _draws(draws: dict[str, Any]) -> str:
    fair, timed = draws["fairness"], draws["timing"]
    lines = [
        f"Draws: chi-square of {fair['draws']:,} draws from unlike stakes p = {fair['chi_square_p']}; an adversary "
        f"with 10 % of the stake who decides when every draw is asked for and made gets {100 * timed['bias']:+.2f} % "
        f"seats in {timed['draws']:,} draws.",
    ]
    for one in draws["discarding"]:
        lines.append(
            f"One that also proposes {one['slots']:.0%} of the blocks and drops its own when the draw displeases it "
            f"gets {100 * one['gain']:+.1f} %, for {one['blocks_dropped_per_draw']:.3f} blocks dropped per draw."
        )
    rows = [[one["accounts"], one["share_of_weight"], one["share_of_seats"], one["more"]] for one in draws["splitting"]]
    return " ".join(lines) + "\n\n" + table(["accounts for 10 %", "of the weight", "of the seats", "more"], rows)


def _crowds(sets: dict[str, Any] | None) -> str:
    if not sets:
        return "Real crowds: no data; give `--data DIR` or `SEBRUS_DATA` with `crowd/<name>/votes.csv` and `gold.csv`."
    rows = [
        [name, entry["items"], entry["workers"], entry["votes_per_item"], f"{100 * entry['majority_accuracy']:.1f}"]
        for name, entry in sets.items()
    ]
    shown = table(["real crowd", "items", "workers", "votes per item", "majority right, %"], rows)
    return f"{shown}\n\nOther aggregators on these crowds, beside crowd-kit: `python -m benchmarks.truth`."


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write build/bench/voting.json and voting.md."""
    parser = Parser(prog="python -m benchmarks.voting", description=__doc__)
    parser.add_argument("--seed", type=whole(0, 2**31), default=0, help="the first seed")
    parser.add_argument("--seeds", type=whole(2, 1000), default=10, help="how many seeds, from the first on")
    parser.add_argument("--reviewers", type=whole(60, 5000), default=200)
    parser.add_argument("--batches", type=whole(10, 1000), default=150, help="batches of 64 items per seed")
    parser.add_argument("--draws", type=whole(100, 10_000_000), default=100_000, help="draws to measure fairness by")
    parser.add_argument("--data", type=folder, help="folder with crowd/<name>/{votes,gold}.csv; else SEBRUS_DATA")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the results")
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    try:
        sets = {name: measure_crowd(path) for name, path in find_sets(options.data).items()}
    except DataRefused as refused:
        console.print(str(refused), style="red", highlight=False)
        sys.exit(2)
    if not sets:
        console.print("No crowd data: --data and SEBRUS_DATA name no folder with crowd/<name>/votes.csv.")
    with Progress(console=console, transient=True) as bar:
        populations = measure(options.seed, options.seeds, options.reviewers, options.batches, bar)
    known = about(options.seed) | {
        "seeds": options.seeds,
        "reviewers": options.reviewers,
        "batches": options.batches,
        "items_per_batch": ITEMS,
        "skill": SKILL,
        "gold": GOLD,
        "policy": POLICY.as_dict(),
    }
    draws = measure_draws(options.draws, options.seed)
    found = {"about": known, "populations": populations, "draws": draws, "crowd": sets or None}
    save("voting", found, render(found), console, options.out)
    print(render(found))


if __name__ == "__main__":
    main()
