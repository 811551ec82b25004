"""How well panels decide against lazy, hostile and colluding reviewers, and who earns: make bench-voting."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress

from benchmarks.crowd import DataRefused, find_sets, measure_crowd
from benchmarks.people import POPULATIONS, Population, gather, plain_majority
from benchmarks.records import OUT, Parser, about, folder, mean_interval, save, says, table, whole
from benchmarks.rounds import DETECTORS, Run, play
from sebrus.demo.stage import POLICY
from sebrus.protocol import keccak

PLAIN = (5, 9)
ITEMS = 64
SKILL = 0.85
NOT_YET = (
    "Not in the protocol yet, so not in these tables: escalation to fresh, larger panels; gold items; reputation; "
    "the clawback of rewards."
)


def run_once(population: Population, seed: int, reviewers: int, batches: int) -> dict[str, float]:
    """One crowd, played through the protocol and through plain majorities; every figure by its name."""
    rng = np.random.default_rng([seed, POPULATIONS.index(population)])
    people = gather(population, reviewers, batches, ITEMS, SKILL, rng)
    name = keccak(f"{population.name} {seed}".encode())
    found = _figures(play(people, POLICY, DETECTORS, name, rng), batches)
    poison = sum(int(batch.poison.sum()) for batch in people.batches)
    honest = batches * ITEMS - poison
    for votes in PLAIN:
        caught, lost = plain_majority(people, votes, rng)
        found[f"poison_rejected|majority of {votes}"] = caught / poison
        found[f"honest_lost|majority of {votes}"] = lost / honest
    return found


def _figures(run: Run, batches: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, outcome in run.outcomes.items():
        found[f"poison_rejected|{name}"] = outcome.poison_rejected / outcome.poison
        found[f"honest_lost|{name}"] = outcome.honest_rejected / outcome.honest
        found[f"attacker_net|{name}"] = outcome.attacker_net / outcome.poison
    for screened, asked in run.asked.items():
        where = "screened" if screened else "unscreened"
        found[f"verdicts_per_item|{where}"] = asked / run.items
        found[f"voided|{where}"] = run.voided[screened] / batches
        incomes = {k: a.net / a.verdicts for (held, k), a in run.accounts.items() if held == screened}
        found |= {f"income|{where}|{kind}": income for kind, income in incomes.items()}
        # Within one seed, so that what both share (the same batches and panels) does not blur it.
        found |= {f"gap|{where}|{kind}": incomes["honest"] - income for kind, income in incomes.items()}
    return found


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
    columns = [f"majority of {votes}" for votes in PLAIN] + [detector.name for detector in DETECTORS]
    intro = (
        f"{known['reviewers']} reviewers of mean skill {SKILL}, {known['batches']} batches of {ITEMS} items, "
        f"{known['seeds']} seeds, mean and 95 % interval. Detectors are named by assumed TPR/FPR and flag's weight; "
        f"with it a panel has {POLICY.panel_size} seats, without it (`none`) {POLICY.panel_size_unscreened}."
    )
    return "\n\n".join(
        [
            intro,
            "Poison rejected, %:",
            table(["reviewers", *columns], _shares(people, "poison_rejected", columns)),
            "Honest items lost, %:",
            table(["reviewers", *columns], _shares(people, "honest_lost", columns)),
            f"Income per verdict asked, gwei (fee {POLICY.review_fee:,}; panels of {POLICY.panel_size}), and what a "
            "poisoned item brings its contributor, gwei:",
            _money(people),
            NOT_YET,
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


def _money(people: dict[str, Any]) -> str:
    default = f"0.8/0.01, {POLICY.detector_votes} votes"
    rows = []
    for name, entry in people.items():
        figures = entry["figures"]
        honest = figures["income|screened|honest"]
        others = "" if entry["kind"] == "honest" else entry["kind"]
        rows.append(
            [
                name,
                _amount(honest),
                _amount(figures.get(f"income|screened|{others}")),
                pays(figures.get(f"gap|screened|{others}")),
                f"{figures['verdicts_per_item|screened']['mean']:.2f}",
                f"{100 * figures['voided|screened']['mean']:.1f}",
                _amount(figures["attacker_net|0.8/0.01, 0 votes"]),
                _amount(figures[f"attacker_net|{default}"]),
            ]
        )
    head = ["reviewers", "honest", "the others", "honesty pays best", "verdicts per item", "batches voided, %"]
    return table([*head, "poison, no flag", f"poison, {default}"], rows)


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
    width = "?" if figure["plus_minus"] is None else f"{figure['plus_minus']:,.0f}"
    return f"{figure['mean']:,.0f} ± {width}"


def _crowds(sets: dict[str, Any] | None) -> str:
    if not sets:
        return "Real crowds: no data; give `--data DIR` or `SEBRUS_DATA` with `crowd/<name>/votes.csv` and `gold.csv`."
    rows = [
        [name, entry["items"], entry["workers"], entry["votes_per_item"], f"{100 * entry['majority_accuracy']:.1f}"]
        for name, entry in sets.items()
    ]
    return table(["real crowd", "items", "workers", "votes per item", "majority right, %"], rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write build/bench/voting.json and voting.md."""
    parser = Parser(prog="python -m benchmarks.voting", description=__doc__)
    parser.add_argument("--seed", type=whole(0, 2**31), default=0, help="the first seed")
    parser.add_argument("--seeds", type=whole(2, 1000), default=20, help="how many seeds, from the first on")
    parser.add_argument("--reviewers", type=whole(30, 5000), default=200)
    parser.add_argument("--batches", type=whole(10, 1000), default=30, help="batches of 64 items per seed")
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
        "policy": POLICY.as_dict(),
        "not_in_the_protocol_yet": ["escalation", "gold", "reputation", "clawback"],
    }
    found = {"about": known, "populations": populations, "crowd": sets or None}
    save("voting", found, render(found), console, options.out)
    print(render(found))


if __name__ == "__main__":
    main()
