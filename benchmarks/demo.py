"""Run `sebrus demo` over several seeds and sum up: python -m benchmarks.demo --seeds 0-9."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import mean, median
from typing import Any

OUT = Path("build/bench")


def run(seed: int, home: Path) -> dict[str, Any]:
    """One demo in a process of its own; its report."""
    command = [sys.executable, "-m", "sebrus", "demo", "--seed", str(seed)]
    subprocess.run(command, check=True, env={**os.environ, "SEBRUS_HOME": str(home)}, stdout=subprocess.DEVNULL)
    report: dict[str, Any] = json.loads((home / "report.json").read_text())
    return report


def summarise(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures of the runs together."""

    def share(count: dict[str, int]) -> float:
        return count["accepted"] / count["submitted"]

    def models(which: str, attack: str) -> list[float]:
        return [report["models"][which]["attack_success"][attack] for report in reports]

    accuracy = {w: [r["models"][w]["clean_accuracy"] for r in reports] for w in ("undefended", "defended")}
    return {
        "runs": len(reports),
        "honest_accepted_mean": mean(share(report["honest"]) for report in reports),
        "honest_accepted_worst": min(share(report["honest"]) for report in reports),
        "attack_accepted_worst": {
            attack: max(share(report["by_attack"][attack]) for report in reports) for attack in reports[0]["by_attack"]
        },
        "backdoor_undefended_worst": min(models("undefended", "backdoor")),
        "backdoor_defended_worst": max(models("defended", "backdoor")),
        "clean_label_undefended_mean": mean(models("undefended", "clean_label")),
        "clean_label_defended_worst": max(models("defended", "clean_label")),
        "accuracy_gain_mean": mean(accuracy["defended"]) - mean(accuracy["undefended"]),
        "accuracy_gain_worst": min(d - u for u, d in zip(accuracy["undefended"], accuracy["defended"], strict=True)),
        "votes_per_item_mean": mean(report["votes_per_item"] for report in reports),
        "seconds_median": median(report["seconds"] for report in reports),
        "seconds_worst": max(report["seconds"] for report in reports),
        "all_verified": all(report["release"]["verified"] for report in reports),
    }


def main() -> None:
    """Run the seeds and write build/bench/demo.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="0-9", help="first-last")
    first, _, last = parser.parse_args().seeds.partition("-")
    reports = []
    for seed in range(int(first), int(last or first) + 1):
        reports.append(run(seed, Path("build/bench/demo")))
        summary = summarise(reports)
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / "demo.json").write_text(json.dumps({"summary": summary, "reports": reports}, indent=2) + "\n")
        print(f"seed {seed}: honest {reports[-1]['honest']}, attacks {reports[-1]['by_attack']}", flush=True)
    print(json.dumps(summarise(reports), indent=2))


if __name__ == "__main__":
    main()
