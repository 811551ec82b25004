"""Gas of a batch's whole life on the embedded chain, and of keeping images the prototype's way: make bench-gas."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from benchmarks.gas_stage import PANEL, POLICY_HERE, STEPS, live, raised
from benchmarks.prototype import SIZES as IMAGES
from benchmarks.prototype import CompilerMissing, measure_images
from benchmarks.records import OUT, Parser, about, save, says, table, whole
from sebrus.chain.errors import ChainError

SIZES = (64, 256, 1024)
PROMPT = {
    "submit": "submit (signed) and commitScreening",
    "commit": "draw and commit (5 signed)",
    "conclude": "conclude (5 openings, the screening)",
    "finalize_and_pay": "finalize and payOut (contributor and 5 reviewers)",
}
"""Names of the transactions that prompt people need; the other steps are in them."""
APART = {
    "submit": "submit (signed)",
    "commit_screening": "commitScreening",
    "draw": "draw",
    "commit": "commit (5 signed, one transaction)",
    "conclude": "conclude (5 openings, the screening)",
    "finalize_and_pay": "finalize and payOut (contributor and 5 reviewers, one multicall)",
}


def summarise(lives: Sequence[dict[str, int]], items: int) -> dict[str, Any]:
    """The life of median total, with its gas per item, and the spread of the others around it."""
    ordered = sorted(lives, key=lambda life: sum(life.values()))
    middle = ordered[len(ordered) // 2]
    total = sum(middle.values())
    return {
        "per_item": round(total / items, 1),
        **{step: middle[step] for step in STEPS},
        "total": total,
        "per_verdict": round(total / items / PANEL, 1),
        "lives": len(lives),
        "total_lowest": sum(ordered[0].values()),
        "total_highest": sum(ordered[-1].values()),
    }


def measure(home: Path, seed: int, sizes: Sequence[int], lives: int, reviewers: int, bar: Progress) -> dict[str, Any]:
    """Raise the chain, run everything, return what gas.json holds."""
    task = bar.add_task("Chain, contract, accounts", total=2 + len(sizes) * (lives + 1))
    with raised(home, seed, reviewers) as bench:
        node = bench.chain.rpc("anvil_nodeInfo")
        bar.advance(task)
        found: dict[str, Any] = {}
        for size in sizes:
            bar.update(task, description=f"Batches of {size}")
            runs: dict[bool, list[dict[str, int]]] = {True: [], False: []}
            for _ in range(lives + 1):
                for packed, ways in runs.items():
                    ways.append(live(bench, size, packed=packed))
                bar.advance(task)
            # The first of a size warms the dataset and is left out.
            found[str(size)] = summarise(runs[True][1:], size) | {"steps": summarise(runs[False][1:], size)}
        bar.update(task, description="A contract per image")
        found["prototype_2023"] = measure_images(bench, seed)
        bar.advance(task)
    found["about"] = about(seed) | {
        "reviewers_per_batch": PANEL,
        "reviewers_staked": reviewers,
        "hardfork": node.get("hardFork"),
        "policy": POLICY_HERE.as_dict(),
        "state": "steady: accounts, stakes, dataset and withdrawals warm; the first batch of each size is left out",
    }
    return found


def render(found: dict[str, Any]) -> str:
    """The Markdown tables of gas.json."""
    sizes = [key for key in found if key.isdigit()]
    known = found["about"]
    return "\n\n".join(
        [
            "Four transactions, when everybody answers promptly:",
            _lives({size: found[size] for size in sizes}, PROMPT),
            "Every step a transaction of its own:",
            _lives({size: found[size]["steps"] for size in sizes}, APART),
            f"Median of {found[sizes[0]]['lives']} batches per size, steady state, {known['reviewers_staked']} staked "
            f"reviewers, {known['hardfork']} rules, receipts' `gasUsed`.",
            _baseline(found, sizes),
            says(known),
        ]
    )


def _lives(lives: dict[str, dict[str, Any]], names: dict[str, str]) -> str:
    rows: list[list[Any]] = [[name, *(life[step] for life in lives.values())] for step, name in names.items()]
    rows.append(["**total**", *(life["total"] for life in lives.values())])
    rows.append(["**per item**", *(life["per_item"] for life in lives.values())])
    rows.append(["per verdict", *(life["per_verdict"] for life in lives.values())])
    return table(["gas", *(f"{size} items" for size in lives)], rows)


def _baseline(found: dict[str, Any], sizes: Sequence[str]) -> str:
    head = ["a contract per image", "PNG bytes", "create", "approve", "per image"]
    rows: list[list[Any]] = []
    for name, image in found["prototype_2023"].items():
        ratios = [f"{image['per_item'] / found[size]['per_item']:,.0f}x" for size in sizes]
        rows.append([name, image["png_bytes"], image["create"], image["approve"], image["per_item"], *ratios])
        original = image["original_create"] + image["original_approve"]
        ratios = [f"{original / found[size]['per_item']:,.0f}x" for size in sizes]
        rows.append(
            [
                f"{name}, the original as measured elsewhere",
                IMAGES[name],
                image["original_create"],
                image["original_approve"],
                original,
                *ratios,
            ]
        )
    return table([*head, *(f"of ours at {size}" for size in sizes)], rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write build/bench/gas.json and gas.md."""
    parser = Parser(prog="python -m benchmarks.gas", description=__doc__)
    parser.add_argument("--seed", type=whole(0, 2**31), default=0)
    parser.add_argument("--lives", type=whole(1, 100), default=5, help="measured batches per size")
    parser.add_argument("--reviewers", type=whole(PANEL, 500), default=40, help="staked reviewers")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the results")
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    try:
        with tempfile.TemporaryDirectory() as home, Progress(console=console, transient=True) as bar:
            found = measure(Path(home), options.seed, SIZES, options.lives, options.reviewers, bar)
    except (ChainError, CompilerMissing) as error:
        console.print(str(error), style="red", highlight=False)
        sys.exit(1)
    save("gas", found, render(found), console, options.out)
    print(render(found))


if __name__ == "__main__":
    main()
