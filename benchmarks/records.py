"""What benchmarks share: arguments refused in one sentence, who measured, Markdown tables, files in build/bench."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from rich.console import Console
from scipy import stats

OUT = Path("build/bench")


class Parser(argparse.ArgumentParser):
    """Arguments; a bad one ends the program with one sentence and exit code 2. Options are written out in full."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Say what was wrong, without the usage."""
        print(f"{message[:1].upper()}{message[1:]}; see --help.", file=sys.stderr)
        raise SystemExit(2)


def whole(low: int, high: int) -> Callable[[str], int]:
    """The type of an argument that is a whole number from `low` to `high`.

    >>> whole(1, 3)("2")
    2
    """

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")
        return number

    return parse


def folder(text: str) -> Path:
    """The type of an argument that is a folder that exists."""
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not a folder")
    return path


def about(seed: int) -> dict[str, Any]:
    """Who measured, where and when: cores, load, Python, commit, seed, date."""
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "cpu": _cpu(),
        "load_average": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "commit": _commit(),
        "seed": seed,
        "date": datetime.now(UTC).date().isoformat(),
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _commit() -> str:
    try:
        asked = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return asked.stdout.strip()


def says(known: dict[str, Any]) -> str:
    """`about` as a sentence under a table."""
    return (
        f"Measured {known['date']} on {known['cores']} cores ({known['cpu']}, load {known['load_average']}), "
        f"Python {known['python']}, commit {known['commit']}, seed {known['seed']}."
    )


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table; the first column is text, the others are set to the right.

    >>> print(table(["step", "gas"], [["draw", 149552]]))
    | step | gas |
    |---|--:|
    | draw | 149,552 |
    """
    if any(len(row) != len(head) for row in rows):
        raise ValueError("Every row of a table needs one cell per column.")
    lines = [f"| {' | '.join(head)} |", f"|---|{'--:|' * (len(head) - 1)}"]
    lines += [f"| {' | '.join(_cell(value) for value in row)} |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean and the half-width of its 95 % interval (Student's t); the half-width of one value is not known: nan.

    >>> mean_interval([1.0, 1.0])
    (1.0, 0.0)
    """
    sample = np.asarray(values, dtype=float)
    if len(sample) < 2:
        return float(sample.mean()), float("nan")
    width = stats.t.ppf(0.975, len(sample) - 1) * sample.std(ddof=1) / len(sample) ** 0.5
    return float(sample.mean()), float(width)


def save(name: str, found: dict[str, Any], markdown: str, console: Console, out: Path = OUT) -> None:
    """Write `<name>.json` and `<name>.md` and say where."""
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.json").write_text(json.dumps(found, indent=2) + "\n")
    (out / f"{name}.md").write_text(markdown.rstrip() + "\n")
    console.print(f"wrote {out / name}.json and .md", highlight=False)
