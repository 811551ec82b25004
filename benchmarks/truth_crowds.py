"""Real crowds with known answers: every aggregator of ours and of crowd-kit, without gold and with a tenth of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.crowd import DataRefused, rows
from benchmarks.records import mean_interval
from benchmarks.truth_peers import NAMES, answer
from sebrus.truth import AGGREGATORS, TruthError, Votes, choose
from sebrus.truth.choice import chance_right

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
DEFAULT = "dawid_skene"
KNOWN = 0.1


@dataclass(frozen=True, slots=True)
class Crowd:
    """Votes on numbered items, and the answer of each, -1 where none is known."""

    votes: Votes
    answers: Ints


def read(folder: Path) -> Crowd:
    """One set as numbers; classes are all that were voted or known.

    Raises:
        DataRefused: a file or a column is missing, or the votes cannot be used.
    """
    cast = rows(folder / "votes.csv", ("item", "worker", "vote"))
    gold = {row["item"]: row["gold"] for row in rows(folder / "gold.csv", ("item", "gold"))}
    if not gold or not cast:
        raise DataRefused(f"{folder.name} has no votes or no gold; give votes.csv and gold.csv with rows.")
    items = _numbers([row["item"] for row in cast] + list(gold))
    workers = _numbers([row["worker"] for row in cast])
    classes = _numbers([row["vote"] for row in cast] + list(gold.values()))
    try:
        votes = Votes.of(
            [items[row["item"]] for row in cast],
            [workers[row["worker"]] for row in cast],
            [classes[row["vote"]] for row in cast],
            item_count=len(items),
            classes=len(classes),
        )
        return Crowd(votes, votes.known([items[item] for item in gold], [classes[label] for label in gold.values()]))
    except TruthError as refused:
        raise DataRefused(f"{folder.name}/votes.csv cannot be used: {refused}") from refused


def _numbers(names: list[str]) -> dict[str, int]:
    # Numbers in order, words in theirs: a tie broken by the lowest class means the same everywhere.
    ordered = sorted(set(names), key=lambda name: (0, int(name), "") if name.isdigit() else (1, 0, name))
    return {name: number for number, name in enumerate(ordered)}


def without_gold(crowd: Crowd, peers: bool) -> dict[str, Any]:
    """Accuracy and seconds of everybody who is told no answer, and how the default compares with crowd-kit's best."""
    asked = np.flatnonzero(crowd.answers >= 0)
    truth = crowd.answers[asked]
    ours: dict[str, Any] = {}
    right: dict[str, Floats] = {}
    for name, run in AGGREGATORS.items():
        found, seconds = _timed(lambda run=run: run(crowd.votes, None, None).probabilities[asked])  # type: ignore[misc]
        right[name] = chance_right(found, truth)
        ours[name] = {"accuracy": float(right[name].mean()), "seconds": seconds}
    theirs: dict[str, Any] = {}
    for name in NAMES if peers else ():
        labels, seconds = _timed(lambda name=name: answer(name, crowd.votes))  # type: ignore[misc]
        if isinstance(labels, str):
            theirs[name] = {"failed": labels}
            continue
        right[f"crowd-kit {name}"] = (labels[asked] == truth).astype(np.float64)
        theirs[name] = {"accuracy": float((labels[asked] == truth).mean()), "seconds": seconds}
    return {"ours": ours, "crowd_kit": theirs} | _compared(ours, theirs, right)


def _compared(ours: dict[str, Any], theirs: dict[str, Any], right: dict[str, Floats]) -> dict[str, Any]:
    ran = [name for name, entry in theirs.items() if "accuracy" in entry]
    best = max(ours, key=lambda name: float(ours[name]["accuracy"]))
    if not ran:
        return {"best_of_ours": best, "best_of_crowd_kit": None, "bar_met": None, "default_less_best": None}
    peer = max(ran, key=lambda name: float(theirs[name]["accuracy"]))
    gap = right[DEFAULT] - right[f"crowd-kit {peer}"]
    width = 1.96 * float(gap.std(ddof=1)) / len(gap) ** 0.5
    return {
        "best_of_ours": best,
        "best_of_crowd_kit": peer,
        "bar_met": ours[best]["accuracy"] >= theirs[peer]["accuracy"] - 1e-12,
        "default_less_best": {"mean": float(gap.mean()), "plus_minus": width},
    }


def with_gold(crowd: Crowd, seeds: range, peers: bool, each: Callable[[], None]) -> dict[str, Any]:
    """A random tenth of the answers is known, the rest is asked: mean and 95 % interval over the seeds, and choices."""
    shares: dict[str, list[float]] = {}
    chosen: dict[str, int] = {}
    seconds: list[float] = []
    whole = np.flatnonzero(crowd.answers >= 0)
    for seed in seeds:
        known = np.random.default_rng(seed).permutation(whole)[: max(1, round(KNOWN * len(whole)))]
        gold = np.full(crowd.votes.item_count, -1, dtype=np.intp)
        gold[known] = crowd.answers[known]
        asked = np.setdiff1d(whole, known)
        truth = crowd.answers[asked]
        for name, run in AGGREGATORS.items():
            got = chance_right(run(crowd.votes, gold, None).probabilities[asked], truth)
            shares.setdefault(name, []).append(float(got.mean()))
        choice, took = _timed(lambda gold=gold, seed=seed: choose(crowd.votes, gold, seed=seed))  # type: ignore[misc]
        seconds.append(took)
        chosen[choice.name] = chosen.get(choice.name, 0) + 1
        outright = choose(crowd.votes, gold, errors=0.0, seed=seed)
        for name, truths in (("chosen", choice.truths), ("best on gold", outright.truths)):
            shares.setdefault(name, []).append(float(chance_right(truths.probabilities[asked], truth).mean()))
        labels = answer("DawidSkene", crowd.votes, gold) if peers else ""
        if not isinstance(labels, str):
            shares.setdefault("crowd-kit DawidSkene", []).append(float((labels[asked] == truth).mean()))
        each()
    figures = {name: dict(zip(("mean", "plus_minus"), mean_interval(got), strict=True)) for name, got in shares.items()}
    return {"accuracy": figures, "chosen": chosen, "seconds_to_choose": float(np.median(seconds))}


def _timed(run: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    return run(), time.perf_counter() - began
