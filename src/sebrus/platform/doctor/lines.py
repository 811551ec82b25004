"""What a check found, and checks that may take no longer than they are given."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True)
class Line:
    """One thing that was looked at: how it is, and where it is not ok what to do."""

    name: str
    state: State
    says: str


def ok(name: str, says: str) -> Line:
    """All is well."""
    return Line(name, "ok", says)


def warning(name: str, says: str) -> Line:
    """It runs, and somebody should look."""
    return Line(name, "warning", says)


def failed(name: str, says: str) -> Line:
    """It does not run like this."""
    return Line(name, "failed", says)


def bounded(name: str, seconds: float, check: Callable[[], list[Line]]) -> list[Line]:
    """Run a check for so many seconds at most; one that is not back by then has failed and is left behind.

    What a check did not foresee is a failed line too, told without the error's words: they may hold a secret.
    """
    found: list[Line] = []

    def run() -> None:
        try:
            found.extend(check())
        except Exception as error:
            found.append(failed(name, f"The check ended with {type(error).__name__}; report this."))

    thread = threading.Thread(target=run, name=f"doctor-{name}", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        return [failed(name, f"No answer within {seconds:g} seconds; check that it runs and can be reached.")]
    return list(found)
