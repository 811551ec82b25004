"""Run several processes as one: each is restarted when it dies and stopped with the rest."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sebrus.chain.embedded import die_with_parent

log = logging.getLogger(__name__)

STOP_SECONDS = 10.0
# A process that dies at once is restarted ever more slowly, up to this pause.
LONGEST_PAUSE = 5.0


@dataclass
class Child:
    """One supervised process."""

    name: str
    arguments: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.0
    not_before: float = 0.0
    noticed: bool = False
    deaths: int = 0


@dataclass
class Supervisor:
    """Keeps `sebrus` subcommands running; their output goes to files in `log_directory`, or to ours when it is None."""

    names: Sequence[str]
    environment: Mapping[str, str]
    log_directory: Path | None = None
    children: list[Child] = field(default_factory=list)

    def start(self) -> None:
        """Start every process."""
        self.children = [Child(name, (sys.executable, "-m", "sebrus", name)) for name in self.names]
        for child in self.children:
            self._start(child)

    def _start(self, child: Child) -> None:
        output = None
        if self.log_directory is not None:
            self.log_directory.mkdir(parents=True, exist_ok=True)
            output = (self.log_directory / f"{child.name}.log").open("ab")
        child.process = subprocess.Popen(  # noqa: S603 - our own command
            child.arguments,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            preexec_fn=die_with_parent if sys.platform == "linux" else None,
        )
        child.started = time.monotonic()
        if output is not None:
            output.close()

    def watch(self, stop: threading.Event) -> None:
        """Restart what dies until `stop` is set, then stop everything."""
        while not stop.wait(0.1):
            for child in self.children:
                if child.process is not None and child.process.poll() is not None:
                    self._revive(child)
        self.stop()

    def _revive(self, child: Child) -> None:
        assert child.process is not None
        if time.monotonic() < child.not_before:
            return
        if child.noticed:
            child.noticed = False
            self._start(child)
            return
        child.deaths += 1
        child.noticed = True
        lived = time.monotonic() - child.started
        child.pause = min(LONGEST_PAUSE, max(0.1, child.pause * 2)) if lived < LONGEST_PAUSE else 0.0
        child.not_before = time.monotonic() + child.pause
        log.warning("%s ended with %s; starting it again", child.name, child.process.returncode)

    def stop(self) -> None:
        """Ask every process to end, the last started first, and kill what does not."""
        for child in reversed(self.children):
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
                try:
                    child.process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    child.process.kill()
                    child.process.wait()


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
