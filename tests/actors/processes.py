"""Processes of SeBRUS as an operator starts them, on a stage of the tests: any of them may be killed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sebrus.chain.embedded import die_with_parent
from sebrus.platform.application import Application

STOP_SECONDS = 120.0


@dataclass(frozen=True)
class Process:
    """One `sebrus` command and its log."""

    running: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.running.pid

    def logged(self, pattern: str) -> list[str]:
        """What a pattern finds in the log, in order."""
        return re.findall(pattern, self.log.read_text())

    def kill(self) -> None:
        """End it between any two instructions."""
        self.running.send_signal(signal.SIGKILL)
        self.running.wait(STOP_SECONDS)


@dataclass(frozen=True)
class Command:
    """A `sebrus` command and the settings in which it differs from the stage."""

    name: str
    settings: Mapping[str, str] = field(default_factory=dict)


def machine(application: Application, home: Path) -> dict[str, str]:
    """Make another machine's home, with the operator's key and the deployment; returns the setting that names it."""
    (home / "keys").mkdir(parents=True)
    shutil.copy2(application.settings.operator_key_path, home / "keys")
    shutil.copy2(application.settings.deployment_path, home)
    return {"SEBRUS_HOME": str(home)}


@contextmanager
def processes(application: Application, *commands: Command) -> Iterator[list[Process]]:
    """Run `sebrus` commands with the application's settings, a process each; stopped in good order at the end."""
    settings = application.settings
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SEBRUS_")},
        **{name: os.environ[name] for name in ("SEBRUS_ANVIL",) if name in os.environ},
        "SEBRUS_HOME": str(settings.home_path),
        "SEBRUS_DATABASE_URL": settings.effective_database_url,
        "SEBRUS_BLOB_URL": settings.effective_blob_url,
        "SEBRUS_CHAIN_PORT": str(settings.chain_port),
        "SEBRUS_POLL_SECONDS": "0.05",
    }
    started: list[Process] = []
    try:
        for number, command in enumerate(commands):
            log = settings.home_path / f"{command.name}-{number}.log"
            with log.open("wb") as file:
                running = subprocess.Popen(
                    [sys.executable, "-m", "sebrus", command.name],
                    env={**environment, **command.settings},
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    preexec_fn=die_with_parent if sys.platform == "linux" else None,
                )
            started.append(Process(running, log))
        yield started
    finally:
        for process in started:
            process.running.terminate()
        for process in started:
            process.running.wait(STOP_SECONDS)


def wait_until(condition: Callable[[], bool], seconds: float, what: Callable[[], object]) -> None:
    """Wait for something that the processes do by themselves."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)
