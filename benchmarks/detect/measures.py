"""What a judgement of a pool is worth: found, falsely flagged, accused, and the seconds and memory it took."""

import ctypes
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.detect.judgement import Floats, Judgement
from benchmarks.detect.pool import Bools, Pool

FALSE_SHARE = 0.01
MEMORY = Path("/proc/self/status")
FORGET_PEAK = Path("/proc/self/clear_refs")


def found_at(scores: Floats, bad: Bools, honest: Bools, share: float = FALSE_SHARE) -> float:
    """Largest share of bad items above a cut that at most `share` of the honest ones pass; equal scores stay together.

    >>> found_at(np.array([3.0, 1.0, 2.0]), np.array([True, False, False]), np.array([False, True, True]))
    1.0
    """
    allowed = int(np.floor(share * int(honest.sum())))
    falling = np.sort(scores[honest])[::-1]
    if allowed >= len(falling):
        return 1.0
    return float((scores[bad] > falling[allowed]).mean())


def item_figures(judgement: Judgement, pool: Pool) -> dict[str, float | None]:
    """`tpr` and `fpr` at the detector's own cut, `tpr_at_1` at 1 % false flags, `auroc`; None where not defined.

    Poison is what `pool.bad` marks. Honest is the rest, without an attacker's cover items.
    """
    bad, honest = pool.bad, ~pool.bad & ~pool.cover
    found: dict[str, float | None] = {"fpr": float(judgement.flags[honest].mean())}
    if not bad.any():
        return found | {"tpr": None, "tpr_at_1": None, "auroc": None}
    counted = bad | honest
    return found | {
        "tpr": float(judgement.flags[bad].mean()),
        "tpr_at_1": found_at(judgement.scores, bad, honest),
        "auroc": float(roc_auc_score(bad[counted], judgement.scores[counted])),
    }


def contributor_figures(judgement: Judgement, pool: Pool) -> dict[str, int | float | None]:
    """Hostile contributors accused, and the shares accused of the honest ones and of the odd and framed among them."""
    names = frozenset(np.unique(pool.contributors).tolist())
    honest = names - pool.hostile
    figures: dict[str, int | float | None] = {"hostile": len(pool.hostile), "honest": len(honest)}
    if judgement.accused is None:
        return figures | {"hostile_found": None, "honest_accused": None, "odd_accused": None, "framed_accused": None}
    return figures | {
        "hostile_found": len(judgement.accused & pool.hostile),
        "honest_accused": len(judgement.accused & honest) / len(honest) if honest else None,
        "odd_accused": len(judgement.accused & pool.odd) / len(pool.odd) if pool.odd else None,
        "framed_accused": len(judgement.accused & pool.framed) / len(pool.framed) if pool.framed else None,
    }


@dataclass(frozen=True)
class Cost:
    """Seconds of wall clock, and MiB that the process grew by at its peak (None where the system does not say)."""

    seconds: float
    mib: float | None


class TooSlow(Exception):
    """The time limit passed."""


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Raise `TooSlow` after so many seconds, where the system has alarms (not on Windows, nor off the main thread)."""

    def ring(_number: int, _frame: FrameType | None) -> NoReturn:
        raise TooSlow(f"more than {seconds} s")

    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def measured(work: Callable[[], Any]) -> tuple[Any, Cost]:
    """The work's result and its cost. The peak is the kernel's high-water mark of resident memory, reset before."""
    start_mib = _reset_peak()
    started = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - started
    peak = _mib("VmHWM") if start_mib is not None else None
    return result, Cost(seconds, None if peak is None or start_mib is None else max(0.0, peak - start_mib))


def _reset_peak() -> float | None:
    """Give free memory back, reset the kernel's high-water mark, say what is resident; None: not on this system."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        ctypes.CDLL(None).malloc_trim(0)
        FORGET_PEAK.write_text("5")
    except (OSError, AttributeError):
        return None
    return _mib("VmRSS")


def _mib(field: str) -> float | None:
    line = next((line for line in MEMORY.read_text().splitlines() if line.startswith(f"{field}:")), None)
    return None if line is None else int(line.split()[1]) / 1024


__all__ = [
    "FALSE_SHARE",
    "Cost",
    "TooSlow",
    "contributor_figures",
    "found_at",
    "item_figures",
    "limited",
    "measured",
]
