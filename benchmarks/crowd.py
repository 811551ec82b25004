"""Real crowds' votes with known answers: how often a plain majority is right."""

from __future__ import annotations

import csv
import os
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any


class DataRefused(Exception):
    """A crowd file is not what it should be; the message says which and why."""


def find_sets(data: Path | None) -> dict[str, Path]:
    """The folders of `crowd/<name>/` below `data`, else below SEBRUS_DATA; empty where there are none."""
    named = data or (Path(os.environ["SEBRUS_DATA"]) if os.environ.get("SEBRUS_DATA") else None)
    if named is None:
        return {}
    return {path.parent.name: path.parent for path in sorted((named / "crowd").glob("*/votes.csv"))}


def majority(votes: dict[str, list[str]], gold: dict[str, str]) -> float:
    """The share of items whose most frequent vote is right; a tie counts for the chance of guessing well.

    >>> majority({"a": ["1", "1", "0"], "b": ["0", "1"]}, {"a": "1", "b": "1"})
    0.75
    """
    right = 0.0
    for item, answer in gold.items():
        counts = Counter(votes.get(item, []))
        best = [vote for vote, count in counts.items() if count == max(counts.values())]
        right += (answer in best) / len(best) if best else 0.0
    return right / len(gold)


def measure_crowd(folder: Path) -> dict[str, Any]:
    """Size of one set and the accuracy of a plain majority over all its votes.

    Raises:
        DataRefused: a file or a column is missing.
    """
    votes: dict[str, list[str]] = defaultdict(list)
    workers = set()
    for row in rows(folder / "votes.csv", ("item", "worker", "vote")):
        votes[row["item"]].append(row["vote"])
        workers.add(row["worker"])
    gold = {row["item"]: row["gold"] for row in rows(folder / "gold.csv", ("item", "gold"))}
    if not gold:
        raise DataRefused(f"{folder.name}/gold.csv has no rows; give items with their answers.")
    count = sum(len(votes.get(item, [])) for item in gold)
    return {
        "items": len(gold),
        "workers": len(workers),
        "votes_per_item": round(count / len(gold), 2),
        "majority_accuracy": round(majority(votes, gold), 4),
    }


def rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows of a CSV file that has these columns.

    Raises:
        DataRefused: it cannot be read, or a column is missing.
    """
    try:
        with path.open(newline="") as file:
            reader = csv.DictReader(file)
            if reader.fieldnames is None or not set(columns) <= set(reader.fieldnames):
                raise DataRefused(f"{path.parent.name}/{path.name} needs the columns {', '.join(columns)}.")
            return list(reader)
    except (OSError, UnicodeDecodeError) as error:
        raise DataRefused(f"{path.parent.name}/{path.name} cannot be read; give votes.csv and gold.csv.") from error
