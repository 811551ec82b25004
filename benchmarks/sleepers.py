"""Colluding reviewers against the whole gate: real images, detector, services and contracts. make bench-voting."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks.records import OUT, Parser, about, save, says, table, whole
from sebrus.client import Client
from sebrus.demo.cast import ATTACKS, Cast, Critic, assemble, key_of
from sebrus.demo.images import as_png, digest
from sebrus.demo.play import Steps, opened, run_batches
from sebrus.demo.report import read_outcome
from sebrus.demo.stage import POLICY, open_dataset, raised, seat_reviewers

SHARES = (0.2, 0.3)
ERRORS = (0.05, 0.25)  # an honest reviewer's, drawn uniformly: mean skill 0.85
KEPT = {"label_flip": 3, "clean_label": 2, "backdoor": 1}
"""How many attackers of each family take part: a fifth of the items is theirs."""
PLAIN = (5, 9)
# Everybody votes, so nobody waits for these; a busy machine must not make reviewers late.
PATIENT = replace(POLICY, commit_window=120, reveal_window=120)


@dataclass(frozen=True)
class Sent:
    """One item: its sha256, whether its label is right, and the attack it belongs to (None: honest)."""

    sha256: str
    right: bool
    attack: str | None


def everything_sent(cast: Cast) -> list[Sent]:
    """Every item of every contribution."""
    return [
        Sent(digest(as_png(image)), int(label) == int(truth), contribution.attack)
        for contribution in cast.contributions
        for image, label, truth in zip(contribution.images, contribution.labels, contribution.true_labels, strict=True)
    ]


def with_sleepers(cast: Cast, share: float, reviewers: int) -> Cast:
    """The contributors, fewer of them attackers, before so many reviewers: a share lets through what attackers sent."""
    rng = np.random.default_rng([cast.seed, round(100 * share)])
    left = dict(KEPT)
    contributions = []
    for contribution in cast.contributions:
        if contribution.attack is not None:
            left[contribution.attack] -= 1
        if contribution.attack is None or left[contribution.attack] >= 0:
            contributions.append(contribution)
    cast = replace(cast, contributions=contributions)
    allied = frozenset(item.sha256 for item in everything_sent(cast) if item.attack is not None)
    critics = []
    for number in range(reviewers):
        error = float(rng.uniform(*ERRORS))
        if number < round(share * reviewers):
            critics.append(Critic(key_of(cast.seed, "sleeper reviewer", number), "sleeper", error, allied))
        else:
            critics.append(Critic(key_of(cast.seed, "honest reviewer", number), "honest", error))
    return replace(cast, critics=critics)


def plain_majority(cast: Cast, items: Sequence[Sent], votes: int) -> list[bool]:
    """What a plain majority of random reviewers accepts, each item with its own, without detector or evidence."""
    rng = np.random.default_rng([cast.seed, votes])
    decisions = []
    for item in items:
        drawn = rng.choice(len(cast.critics), votes, replace=False)
        said = [cast.critics[number].verdict(item.sha256, item.right) for number in drawn]
        decisions.append(2 * sum(said) > votes)
    return decisions


def through_the_gate(cast: Cast, home: Path, console: Console) -> tuple[dict[str, bool], int]:
    """Run every process, hand everything in, wait for every decision; accepted by sha256, and verdicts on items."""
    with raised(home) as stage, Client(stage.url) as client:
        dataset_id = open_dataset(stage, client, cast, PATIENT)
        seat_reviewers(stage, client, cast)
        run_batches(stage, client, dataset_id, cast, Steps(console))
        with opened(stage) as application:
            outcome = read_outcome(application, dataset_id)
    return outcome.accepted, outcome.verdicts


def figures(items: Sequence[Sent], accepted: Sequence[bool]) -> dict[str, Any]:
    """Shares of poison rejected, in all and by attack, and of honest items lost."""
    rows = list(zip(items, accepted, strict=True))
    rejected: dict[str, float] = {}
    for attack in ATTACKS:
        rejected[attack] = 1 - float(np.mean([kept for item, kept in rows if item.attack == attack]))
    poison = [kept for item, kept in rows if item.attack is not None]
    honest = [kept for item, kept in rows if item.attack is None]
    return {
        "poison_rejected": round(1 - float(np.mean(poison)), 4),
        "by_attack": {attack: round(share, 4) for attack, share in rejected.items()},
        "honest_lost": round(1 - float(np.mean(honest)), 4),
    }


def measure(seed: int, share: float, reviewers: int, home: Path, console: Console) -> dict[str, Any]:
    """One run and the plain majorities beside it."""
    cast = with_sleepers(assemble(seed), share, reviewers)
    items = everything_sent(cast)
    accepted, verdicts = through_the_gate(cast, home, console)
    gate = figures(items, [accepted.get(item.sha256, False) for item in items])
    gate["verdicts_per_item"] = round(verdicts / len(items), 3)
    plain = {
        f"majority of {votes}": figures(items, plain_majority(cast, items, votes)) | {"verdicts_per_item": votes}
        for votes in PLAIN
    }
    return {"seed": seed, "share": share, "reviewers": reviewers, "items": len(items), "gate": gate} | plain


def render(found: dict[str, Any]) -> str:
    """The Markdown table of sleepers.json: means over the seeds."""
    rows = []
    for share in SHARES:
        runs = [run for run in found["runs"] if run["share"] == share]
        for name in (*(f"majority of {votes}" for votes in PLAIN), "gate"):
            mean = [np.mean([run[name]["by_attack"][attack] for run in runs]) for attack in ATTACKS]
            whole_of_it = np.mean([run[name]["poison_rejected"] for run in runs])
            worst = min(run[name]["poison_rejected"] for run in runs)
            lost = np.mean([run[name]["honest_lost"] for run in runs])
            asked = np.mean([run[name]["verdicts_per_item"] for run in runs])
            rows.append(
                [f"{share:.0%}", name, f"{100 * whole_of_it:.1f} (worst {100 * worst:.1f})"]
                + [f"{100 * one:.1f}" for one in mean]
                + [f"{100 * lost:.1f}", f"{asked:.2f}"]
            )
    head = ["sleepers", "decided by", "poison rejected, %", *(attack.replace("_", " ") for attack in ATTACKS)]
    runs = found["runs"]
    intro = (
        f"{runs[0]['reviewers']} reviewers of mean skill {1 - sum(ERRORS) / 2:.2f}, {runs[0]['items']} digits, "
        f"{len({run['seed'] for run in runs})} seeds; verdicts on gold are not counted."
    )
    return "\n\n".join([intro, table([*head, "honest lost, %", "verdicts per item"], rows), says(found["about"])])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write build/bench/sleepers.json and sleepers.md."""
    parser = Parser(prog="python -m benchmarks.sleepers", description=__doc__)
    parser.add_argument("--seed", type=whole(0, 2**31), default=0, help="the first seed")
    parser.add_argument("--seeds", type=whole(1, 100), default=2, help="how many seeds, from the first on")
    parser.add_argument("--reviewers", type=whole(45, 1000), default=100)
    parser.add_argument("--home", type=Path, default=Path("build/sleepers"), help="folder of the running services")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the results")
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    runs = []
    for share in SHARES:
        for number in range(options.seeds):
            console.print(f"{share:.0%} sleepers, seed {options.seed + number}", highlight=False)
            runs.append(measure(options.seed + number, share, options.reviewers, options.home, console))
    found = {"about": about(options.seed), "runs": runs}
    save("sleepers", found, render(found), console, options.out)
    sys.stdout.write(render(found) + "\n")


if __name__ == "__main__":
    main()
