"""How much of each attack `sebrus.detect.scan` finds, and how much it accuses wrongly.

`python -m benchmarks.detect [--data DIR] [--seeds N] [--out DIR]`; DIR defaults to SEBRUS_DATA.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.detect.simple import ATTACKS, Bench, Collection, collections, make
from sebrus.detect import scan


def trial(bench: Bench, seeded: bool) -> dict[str, float]:
    """Scan one pool: recall of the poison, share of honest items and contributors accused, seconds."""
    started = time.perf_counter()
    found = scan(bench.images, bench.labels, bench.contributors, bench.trusted if seeded else None)
    seconds = time.perf_counter() - started
    accused = {one.contributor for one in found.contributors if one.flagged}
    attackers = set(np.unique(bench.contributors[bench.bad]).tolist())
    return {
        "recall": float(found.flagged[bench.bad].mean()) if bench.bad.any() else float("nan"),
        "honest_flagged": float(found.flagged[~bench.bad].mean()),
        "attackers_accused": len(accused & attackers),
        "honest_accused": len(accused - attackers),
        "seconds": seconds,
    }


def run(collection: Collection, seeds: int) -> list[dict[str, Any]]:
    """Every attack, with and without a trusted seed; one line of progress per trial."""
    rows = []
    for seeded in (False, True):
        for attack in ATTACKS:
            trials = []
            for seed in range(seeds):
                trials.append(trial(make(collection, attack, seed), seeded))
                last = trials[-1]
                print(
                    f"{collection.name:7} {attack:8} {'seed' if seeded else 'none':5} {seed}: "
                    f"recall {last['recall']:.3f}, honest flagged {last['honest_flagged']:.4f}, "
                    f"{last['seconds']:.1f} s",
                    file=sys.stderr,
                    flush=True,
                )
            rows.append(_row(collection, attack, seeded, trials))
    return rows


def _row(collection: Collection, attack: str, seeded: bool, trials: list[dict[str, float]]) -> dict[str, Any]:
    recalls = [one["recall"] for one in trials]
    return {
        "data": collection.name,
        "items": collection.items,
        "contributors": collection.contributors,
        "poison": 0 if attack == "none" else 2 * collection.poison,
        "attack": attack,
        "trusted": collection.trusted if seeded else 0,
        "seeds": len(trials),
        "recall_mean": None if attack == "none" else float(np.mean(recalls)),
        "recall_least": None if attack == "none" else float(np.min(recalls)),
        "honest_flagged_mean": float(np.mean([one["honest_flagged"] for one in trials])),
        "honest_flagged_most": float(np.max([one["honest_flagged"] for one in trials])),
        "attackers_accused": int(sum(one["attackers_accused"] for one in trials)),
        "honest_accused": int(sum(one["honest_accused"] for one in trials)),
        "seconds_median": float(np.median([one["seconds"] for one in trials])),
    }


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as Markdown."""
    lines = [
        "| data | attack | trusted | recall mean (least) | honest items flagged mean (most) "
        "| honest contributors accused | seconds |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        recall = "-" if row["recall_mean"] is None else f"{row['recall_mean']:.3f} ({row['recall_least']:.3f})"
        flagged = f"{100 * row['honest_flagged_mean']:.2f} % ({100 * row['honest_flagged_most']:.2f} %)"
        accused = f"{row['honest_accused']} of {row['seeds'] * row['contributors']}"
        lines.append(
            f"| {row['data']} | {row['attack']} | {row['trusted']} | {recall} | {flagged} | {accused} "
            f"| {row['seconds_median']:.1f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run and write `detect.json` and `detect.md`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ["SEBRUS_DATA"]) if "SEBRUS_DATA" in os.environ else None
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    options = parser.parse_args()
    found = collections(options.data)
    if len(found) == 1:
        print("MNIST is absent (give --data DIR or set SEBRUS_DATA): digits only.", file=sys.stderr)
    rows = [row for collection in found for row in run(collection, options.seeds)]
    options.out.mkdir(parents=True, exist_ok=True)
    content = {"command": "python -m benchmarks.detect", "seeds": options.seeds, "rows": rows}
    (options.out / "detect.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    (options.out / "detect.md").write_text(table(rows), encoding="utf-8")
    print(table(rows))


if __name__ == "__main__":
    main()
