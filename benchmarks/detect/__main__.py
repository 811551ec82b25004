"""How much poison the detector finds, beside its peers, and what it accuses wrongly: make bench-detect."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.detect.cells import PROGRAMMES, Programme, cells
from benchmarks.detect.collections import COLLECTIONS, Absent, collection
from benchmarks.detect.judgement import absent
from benchmarks.detect.ledger import Ledger
from benchmarks.detect.make import ATTACKS, SENDERS
from benchmarks.detect.ours import detectors
from benchmarks.detect.peers import INSTALL, PEERS
from benchmarks.detect.pictures import draw
from benchmarks.detect.report import render
from benchmarks.detect.runner import Stopped, run_all, tasks_of
from benchmarks.detect.summary import summarise
from benchmarks.records import OUT, Parser, about, folder, save, whole

SEED_OF_ABOUT = 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a plan, or go on with one, and write detect.json, detect.md and the pictures."""
    parser = _parser()
    options = parser.parse_args(arguments)
    console = Console(stderr=True, soft_wrap=True)
    data = options.data or _data_of_environment(parser)
    programme = _programme(options)
    chosen = options.collections or list(programme.collections)
    present = [name for name in chosen if _is_here(name, data, console)]
    try:
        names = [*detectors(options.without), *_peers(options.against, programme)]
        ledger = Ledger(options.out, options.resume)
    except ValueError as refused:
        parser.error(str(refused))
    _say_what_is_missing(names, programme, console)
    left, broken = _run(programme, present, names, ledger, options.workers, data, console)
    _write(ledger, options, programme, left, console)
    if broken:
        raise SystemExit(1)


def _peers(against: list[str] | None, programme: Programme) -> list[str]:
    """The peers to run: those asked for, else all or none; training on what is kept wants the pool without defence."""
    if against is not None:
        return against
    return list(PEERS) if programme.peers else ["none"] if programme.retrain else []


def _run(
    programme: Programme,
    collections: Sequence[str],
    names: Sequence[str],
    ledger: Ledger,
    workers: int,
    data: Path | None,
    console: Console,
) -> tuple[int, bool]:
    """Run what is left of the plan; how many trials were not run, and whether the run was broken off."""
    tasks = tasks_of(cells(programme, collections), programme.seeds, names, programme.retrain, ledger, data)
    limit = f", no new one after {programme.minutes} min" if programme.minutes else ""
    console.print(f"{len(tasks)} trials on {workers} processes{limit}.", highlight=False)
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        console.print(line, highlight=False, markup=False)

    try:
        return run_all(tasks, ledger, workers, programme.minutes, say), False
    except Stopped as stopped:
        console.print(str(stopped), highlight=False)
    except KeyboardInterrupt:
        console.print("Stopped; go on with --resume.", highlight=False)
    return len(tasks) - len(said), True


def _write(ledger: Ledger, options: argparse.Namespace, programme: Programme, left: int, console: Console) -> None:
    found = summarise(ledger.rows)
    trials = {(row["collection"], row["name"], row["sender"], row["rate"], row["seed"]) for row in ledger.rows}
    known = about(SEED_OF_ABOUT) | {
        "plan": options.plan,
        "seeds": programme.seeds,
        "trials": len(trials),
        "left": left,
        "processes": options.workers,
    }
    save(
        "detect", {"about": known, "cells": [one.as_row() for one in found]}, render(found, known), console, options.out
    )
    for path in draw(found, options.out):
        console.print(f"wrote {path}", highlight=False)


def _programme(options: argparse.Namespace) -> Programme:
    """The named plan with what the options say instead."""
    plan = PROGRAMMES[options.plan]
    instead: dict[str, Any] = {
        name: value for name in ("seeds", "peers", "retrain") if (value := getattr(options, name)) is not None
    }
    instead |= {
        name: tuple(value) for name in ("attacks", "senders", "rates") if (value := getattr(options, name)) is not None
    }
    if options.minutes is not None:
        instead["minutes"] = options.minutes or None
    if options.attacks or options.senders or options.rates:
        # Who asks for some attacks, senders or rates wants these and no others.
        instead["sybils"] = False
    if options.oddities is False:
        instead["oddities"] = ()
    return replace(plan, **instead)


def _is_here(name: str, data: Path | None, console: Console) -> bool:
    """Whether a collection can be read, or else fetched; says so where it cannot."""
    try:
        collection(name, data)
    except Absent as absence:
        console.print(f"{name} is left out: {absence}", highlight=False, markup=False)
        return False
    return True


def _data_of_environment(parser: Parser) -> Path | None:
    text = os.environ.get("SEBRUS_DATA")
    if not text:
        return None
    try:
        return folder(text)
    except argparse.ArgumentTypeError as wrong:
        parser.error(f"SEBRUS_DATA: {wrong}")


def _say_what_is_missing(names: Sequence[str], programme: Programme, console: Console) -> None:
    needed = {package for name in names if name in PEERS for package in PEERS[name].needs}
    if programme.retrain:
        needed.add("torch")
    for package in absent(tuple(sorted(needed))):
        console.print(f"{package} is not installed, so its columns stay empty: {INSTALL[package]}.", highlight=False)


def _parser() -> Parser:
    parser = Parser(prog="python -m benchmarks.detect", description=__doc__)
    parser.add_argument("--plan", choices=list(PROGRAMMES), default="standard", help="what is run (standard)")
    parser.add_argument("--data", type=folder, help="folder of mnist.npz and others (SEBRUS_DATA)")
    parser.add_argument("--collections", type=names_of(COLLECTIONS), help="comma-separated, instead of the plan's")
    parser.add_argument("--attacks", type=names_of(ATTACKS), help="comma-separated, instead of the plan's")
    parser.add_argument("--senders", type=names_of(SENDERS), help="comma-separated, instead of the plan's")
    parser.add_argument("--rates", type=shares, help="comma-separated shares of the pool, such as 0.01,0.003")
    parser.add_argument("--oddities", action=argparse.BooleanOptionalAction, help="odd honest contributors or not")
    parser.add_argument("--seeds", type=whole(1, 1_000), help="pools per cell")
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, help="run other detectors or not")
    parser.add_argument("--against", type=names_of(PEERS), help="these detectors, comma-separated, whatever the plan")
    parser.add_argument("--retrain", action=argparse.BooleanOptionalAction, help="train on what is kept or not")
    parser.add_argument("--without", type=some, default=[], help="tests to leave out, one variant each; or seed")
    parser.add_argument("--minutes", type=whole(0, 100_000), help="begin no trial after this; 0: no limit")
    parser.add_argument("--workers", type=whole(1, 256), default=about(0)["cores"] or 1, help="processes (the cores)")
    parser.add_argument("--resume", action="store_true", help="go on with the trials in --out")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the results (build/bench)")
    return parser


def some(text: str) -> list[str]:
    """The type of an argument that is names between commas."""
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def names_of(known: Iterable[str]) -> Callable[[str], list[str]]:
    """The type of an argument that is some of these names between commas."""
    choices = tuple(known)

    def parse(text: str) -> list[str]:
        names = some(text)
        for name in names:
            if name not in choices:
                raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(choices)}")
        if not names:
            raise argparse.ArgumentTypeError("no name is given")
        return names

    return parse


def shares(text: str) -> list[float]:
    """The type of an argument that is shares above 0 and up to 0.3 between commas."""
    found = []
    for part in some(text):
        try:
            share = float(part)
        except ValueError:
            share = 0.0
        if not 0 < share <= 0.3:
            raise argparse.ArgumentTypeError(f"{part!r} is not a share above 0 and up to 0.3")
        found.append(share)
    if not found:
        raise argparse.ArgumentTypeError("no share is given")
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
