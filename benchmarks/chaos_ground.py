"""What chaos.py does its worst to: every process of SeBRUS on a small disk, behind a link and a clock of its own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.chaos_link import Link
from sebrus.chain.embedded import free_port, running_anvil
from sebrus.chain.errors import ChainError
from sebrus.client import Client, ServerRefused, ServerUnreachable
from sebrus.demo.stage import Stage
from sebrus.platform.application import Application, open_application
from sebrus.platform.processes import Child, Supervisor
from sebrus.platform.settings import Settings

PROCESSES = ("anvil", "chain", "index", "work", "serve")
START_SECONDS = 90.0
DISK_MEGABYTES = 384
TURNED = """
import pathlib, time
_true, _path = time.time, pathlib.Path({path!r})
time.time = lambda: _true() + int(_path.read_text())
"""


class Disk:
    """A small file system of its own, in memory, that can be filled to the last byte."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    @property
    def free(self) -> int:
        """Free bytes."""
        return shutil.disk_usage(self.folder).free

    def fill(self) -> None:
        """Leave not a byte, whatever was freed meanwhile."""
        with suppress(OSError), self._ballast.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(max(4096, min(self.free, 1 << 20))))

    def empty(self) -> None:
        """Give the space back."""
        self._ballast.unlink(missing_ok=True)


class Clock:
    """The wall clock of the processes that run under it, ahead of the machine's by some seconds.

    Python imports `sitecustomize` as it starts; ours adds what a file says to `time.time`. (libfaketime 0.9.10 turns
    the clock of C too, and with it makes every other `time.sleep` of Python fail.)
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "ahead"
        folder.mkdir()
        self.turn(0)
        (folder / "sitecustomize.py").write_text(TURNED.format(path=str(self._path)))
        self.environment = {"PYTHONPATH": os.pathsep.join([str(folder), *sys.path[1:]])}

    def turn(self, seconds: int) -> None:
        """Be so many seconds ahead of the machine's clock, or behind it."""
        beside = self._path.with_suffix(".new")
        beside.write_text(str(seconds))
        beside.replace(self._path)


class Postgres:
    """A PostgreSQL server of our own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"
        self._user = "postgres" if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Make its folder and start it."""
        self.folder.mkdir(parents=True)
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        command = ["initdb", "--pgdata", str(self.folder), "--username", "postgres", "--auth", "trust"]
        subprocess.run(command, user=self._user, check=True, capture_output=True, cwd="/")
        self.start()

    def start(self) -> None:
        """Start it; a server that was killed is waited for until all it forked have ended."""
        options = {"port": self.port, "unix_socket_directories": "", "listen_addresses": "127.0.0.1"}
        command = ["postgres", "-D", str(self.folder)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            log = (self.folder.parent / "postgres.log").open("ab")
            self._process = subprocess.Popen(command, user=self._user, stdout=log, stderr=log, cwd="/")
            log.close()
            if self._answers():
                return
        raise ChainError("PostgreSQL does not start; see postgres.log.")

    def _answers(self) -> bool:
        import psycopg

        assert self._process is not None
        while self._process.poll() is None:
            with suppress(psycopg.OperationalError):
                psycopg.connect(f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres").close()
                return True
            time.sleep(0.1)
        time.sleep(0.3)
        return False

    def kill(self) -> None:
        """End the postmaster at once, as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@dataclass
class Ground:
    """Everything that runs, and what can be done to it. `disk` and `postgres` are None where not to be had."""

    stage: Stage
    link: Link
    supervisors: list[Supervisor]
    settings: Settings
    disk: Disk | None
    clock: Clock
    postgres: Postgres | None
    working: ExitStack

    def child(self, name: str) -> Child:
        """A supervised process."""
        return next(child for one in self.supervisors for child in one.children if child.name == name)

    def pid(self, name: str) -> int | None:
        """The id of a process while it lives; `anvil` is the node itself."""
        if name == "anvil":
            running = running_anvil(self.stage.home / "chain")
            return running["pid"] if running else None
        process = self.child(name).process
        return process.pid if process is not None and process.poll() is None else None

    def signal(self, name: str, number: signal.Signals) -> bool:
        """Send a signal. False: the process does not live at the moment."""
        pid = self.pid(name)
        if pid is None:
            return False
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True

    def rest(self) -> None:
        """End indexer, worker and server, so that nothing moves any more; the chain goes on."""
        self.working.close()

    @contextmanager
    def opened(self) -> Iterator[Application]:
        """The parts of the application, for a look at database, images and chain."""
        application = open_application(self.settings)
        try:
            yield application
        finally:
            application.close()


@contextmanager
def raised(folder: Path, *, postgres: bool = False) -> Iterator[Ground]:
    """Start every process in `folder`, with every means of doing harm that this machine has."""
    folder = folder.absolute()
    home = folder / "home"
    home.mkdir(parents=True)
    with ExitStack() as stack:
        disk = Disk(home) if stack.enter_context(_mounted(home)) else None
        clock = Clock(folder / "clock")
        server = _postgres(folder, stack) if postgres else None
        link = stack.enter_context(Link(free_port()))
        settings = Settings(
            home=home,
            port=free_port(),
            chain_port=link.target,
            rpc_url=link.url,
            database_url=server.url if server else None,
        )
        environment = {
            "SEBRUS_HOME": str(home),
            "SEBRUS_PORT": str(settings.port),
            "SEBRUS_CHAIN_PORT": str(settings.chain_port),
        }
        behind = environment | {"SEBRUS_RPC_URL": link.url} | clock.environment
        if server is not None:
            behind["SEBRUS_DATABASE_URL"] = server.url
        supervisors = [
            Supervisor(("chain",), environment, folder / "logs"),
            Supervisor(("index", "work", "serve"), behind, folder / "logs"),
        ]
        url = f"http://127.0.0.1:{settings.port}"
        stage = Stage(home, environment, url, f"http://127.0.0.1:{settings.chain_port}", supervisors[1])
        stack.enter_context(_watched(supervisors[0]))
        working = stack.enter_context(ExitStack())
        working.enter_context(_watched(supervisors[1]))
        _wait_for_server(url)
        yield Ground(stage, link, supervisors, settings, disk, clock, server, working)


@contextmanager
def _watched(supervisor: Supervisor) -> Iterator[None]:
    stop = threading.Event()
    watcher = threading.Thread(target=supervisor.watch, args=(stop,))
    supervisor.start()
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()


@contextmanager
def _mounted(folder: Path) -> Iterator[bool]:
    """A small file system at `folder` while the block lasts; False where we may not mount one."""
    options = ["-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", str(folder)]
    may = os.geteuid() == 0 and subprocess.run(["mount", *options], capture_output=True).returncode == 0
    try:
        yield may
    finally:
        if may:
            # Lazily: a process that was just killed may hold a file for another moment.
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


def _postgres(folder: Path, stack: ExitStack) -> Postgres | None:
    if shutil.which("postgres") is None or importlib.util.find_spec("psycopg") is None:
        return None
    server = Postgres(folder / "postgres")
    stack.callback(server.kill)
    folder.chmod(0o755)
    server.make()
    return server


def _wait_for_server(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    with Client(url) as client:
        while True:
            with suppress(ServerUnreachable, ServerRefused):
                if client.get("/health")["status"] == "ok":
                    return
            if time.monotonic() > deadline:
                raise ChainError(f"SeBRUS did not start within {START_SECONDS:.0f} seconds; see its logs.")
            time.sleep(0.2)
