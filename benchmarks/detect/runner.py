"""Run trials on several processes, write each down as it ends, and say how long it still takes."""

import multiprocessing
import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing.process import BaseProcess
from pathlib import Path

from benchmarks.detect.cells import Cell
from benchmarks.detect.ledger import Ledger, Row
from benchmarks.detect.trial import Task, quiet, run

Say = Callable[[str], None]


class Stopped(Exception):
    """A worker died; what had ended before is in the ledger."""


class Clock:
    """Seconds left, from how long trials of each collection have taken."""

    def __init__(self, tasks: Sequence[Task], workers: int) -> None:
        self.started = time.monotonic()
        self.workers = workers
        self.left = list(tasks)
        self.spent: dict[str, list[float]] = defaultdict(list)

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def ended(self, task: Task, seconds: float) -> float:
        """Note one trial's seconds; the seconds that the others will take."""
        self.left.remove(task)
        self.spent[task.cell.collection].append(seconds)
        every = [one for seconds in self.spent.values() for one in seconds]
        usual = {name: sum(seconds) / len(seconds) for name, seconds in self.spent.items()}
        rest = sum(usual.get(one.cell.collection, sum(every) / len(every)) for one in self.left)
        return rest / self.workers


def tasks_of(
    cells: Sequence[Cell], seeds: int, detectors: Sequence[str], retrain: bool, ledger: Ledger, data: Path | None
) -> list[Task]:
    """What is left to do: the first seed of every cell before the second of any, so that stopping early is fair."""
    found = []
    for seed in range(seeds):
        for cell in cells:
            empty = Task(cell, seed, (), retrain, data)
            missing = ledger.missing(empty.place, detectors, retrain)
            if missing:
                found.append(Task(cell, seed, missing, retrain, data))
    return found


def run_all(tasks: Sequence[Task], ledger: Ledger, workers: int, minutes: int | None, say: Say) -> int:
    """Run them, `workers` at a time, and begin none after `minutes`; how many were not run. Raises `Stopped`."""
    clock = Clock(tasks, workers)
    done = 0
    for task, rows, seconds in _results(tasks, workers, lambda: minutes is None or clock.elapsed < 60 * minutes):
        ledger.add(rows)
        done += 1
        left = clock.ended(task, seconds)
        say(f"[{done}/{len(tasks)}, {spoken(left)} left] {task.key}: {line(rows)}, {seconds:.0f} s")
    return len(tasks) - done


def _results(tasks: Sequence[Task], workers: int, go_on: Callable[[], bool]) -> Iterator[tuple[Task, list[Row], float]]:
    if workers == 1:
        quiet()
        for task in tasks:
            if not go_on():
                return
            yield task, *timed(task)
        return
    yield from _in_processes(iter(tasks), workers, go_on)


def _in_processes(
    coming: Iterator[Task], workers: int, go_on: Callable[[], bool]
) -> Iterator[tuple[Task, list[Row], float]]:
    spawn = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(workers, mp_context=spawn, initializer=begin_worker)
    running: dict[Future[tuple[list[Row], float]], Task] = {}
    try:
        while True:
            room = workers - len(running)
            for task in islice(coming, room if go_on() else 0):
                running[executor.submit(timed, task)] = task
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), *future.result()
    except BrokenProcessPool:
        raise Stopped("A worker was killed, perhaps for want of memory; try fewer --workers, with --resume.") from None
    finally:
        for worker in multiprocessing.active_children() if running else ():
            worker.terminate()
        executor.shutdown(wait=False, cancel_futures=True)


def begin_worker() -> None:
    """What a worker does first; it ends itself when the process that started it is killed, which else it outlives."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    quiet()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def timed(task: Task) -> tuple[list[Row], float]:
    """A trial's rows and its seconds, training and pool included."""
    started = time.monotonic()
    return run(task), time.monotonic() - started


def line(rows: Sequence[Row]) -> str:
    """What a trial found, in a line."""
    return "; ".join(f"{row['detector']} {_brief(row)}" for row in rows)


def _brief(row: Row) -> str:
    if "note" in row:
        return str(row["note"])
    false = f"{100 * row['fpr']:.2f} % false"
    return false if row["tpr"] is None else f"{row['tpr']:.2f} found, {false}"


def spoken(seconds: float) -> str:
    """Seconds in words.

    >>> spoken(3700)
    '1 h 2 min'
    """
    minutes = round(seconds / 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{seconds:.0f} s"


__all__ = ["Clock", "Stopped", "line", "run_all", "spoken", "tasks_of", "timed"]
