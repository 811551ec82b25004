"""What chaos.py does: kills, reorganisations, stalls, full disks, cut links, killed databases, turned clocks."""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.chaos_ground import PROCESSES, Ground
from sebrus.chain.errors import ChainError

DEEPEST = 10
WRITE_PATIENCE_SECONDS = 5.0
RESTART_PATIENCE_SECONDS = 30.0


class Fault(Protocol):
    """Something bad that happens once."""

    def strike(self, ground: Ground) -> bool:
        """Let it happen, and end; False where it was not possible at this moment."""

    def __str__(self) -> str: ...


@dataclass(frozen=True)
class Kill:
    """SIGKILL for a process."""

    name: str

    def strike(self, ground: Ground) -> bool:
        return ground.signal(self.name, signal.SIGKILL)

    def __str__(self) -> str:
        return f"kill {self.name}"


@dataclass(frozen=True)
class KillAtStart:
    """SIGKILL for a process, and again `seconds` after its new start: while it opens and migrates its database."""

    name: str
    seconds: float

    def strike(self, ground: Ground) -> bool:
        before = ground.pid(self.name)
        if not ground.signal(self.name, signal.SIGKILL):
            return False
        deadline = time.monotonic() + RESTART_PATIENCE_SECONDS
        while ground.pid(self.name) in (None, before):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        time.sleep(self.seconds)
        return ground.signal(self.name, signal.SIGKILL)

    def __str__(self) -> str:
        return f"kill {self.name} and again as it starts"


@dataclass(frozen=True)
class KillInWrite:
    """SIGKILL for a process right after a write began: to the database, the image store or the chain's snapshot."""

    name: str

    def strike(self, ground: Ground) -> bool:
        home = ground.stage.home
        watched = [home / "sebrus.db-wal", home / "images" / "writing", home / "chain"]
        before = [_changed(path) for path in watched]
        deadline = time.monotonic() + WRITE_PATIENCE_SECONDS
        while [_changed(path) for path in watched] == before and time.monotonic() < deadline:
            time.sleep(0.0005)
        return ground.signal(self.name, signal.SIGKILL)

    def __str__(self) -> str:
        return f"kill {self.name} in the midst of a write"


@dataclass(frozen=True)
class Reorg:
    """The chain replaces its newest `depth` blocks by empty ones, `times` times in a row."""

    depth: int
    times: int = 1

    def strike(self, ground: Ground) -> bool:
        try:
            for _ in range(self.times):
                ground.stage.rpc("anvil_reorg", self.depth, [])
        except ChainError:
            return False
        return True

    def __str__(self) -> str:
        return f"reorg of {self.depth}" + (" twice" if self.times == 2 else "")


@dataclass(frozen=True)
class OldSnapshot:
    """The chain starts again from a snapshot that is `seconds` older than what the indexer read."""

    seconds: float

    def strike(self, ground: Ground) -> bool:
        state, beside = ground.stage.home / "chain" / "state.json", ground.stage.home / "chain" / "older"
        try:
            shutil.copyfile(state, beside)
        except OSError:
            beside.unlink(missing_ok=True)
            return False
        time.sleep(self.seconds)
        # While it is stopped nothing can be saved between the return of the old snapshot and the kill.
        if not ground.signal("chain", signal.SIGSTOP):
            return False
        beside.replace(state)
        return ground.signal("chain", signal.SIGKILL)

    def __str__(self) -> str:
        return "chain from an old snapshot"


@dataclass(frozen=True)
class Stall:
    """A process hangs for `seconds`: it is stopped, keeps its connections, and goes on."""

    name: str
    seconds: float

    def strike(self, ground: Ground) -> bool:
        pid = ground.pid(self.name)
        if not ground.signal(self.name, signal.SIGSTOP):
            return False
        time.sleep(self.seconds)
        if ground.pid(self.name) == pid:
            ground.signal(self.name, signal.SIGCONT)
        return True

    def __str__(self) -> str:
        return f"{self.name} hangs"


@dataclass(frozen=True)
class FullDisk:
    """Not a byte of the home is free for `seconds`."""

    seconds: float

    def strike(self, ground: Ground) -> bool:
        if ground.disk is None:
            return False
        until = time.monotonic() + self.seconds
        try:
            while time.monotonic() < until:
                ground.disk.fill()
                time.sleep(0.2)
        finally:
            ground.disk.empty()
        return True

    def __str__(self) -> str:
        return "full disk"


@dataclass(frozen=True)
class CutLink:
    """Nobody reaches the chain for `seconds`, or only after `delay` seconds per packet where that is not 0."""

    seconds: float
    delay: float = 0.0

    def strike(self, ground: Ground) -> bool:
        if self.delay:
            ground.link.delay = self.delay
        else:
            ground.link.sever()
        time.sleep(self.seconds)
        ground.link.mend()
        return True

    def __str__(self) -> str:
        return "slow link to the chain" if self.delay else "link to the chain cut"


@dataclass(frozen=True)
class ChainClock:
    """The chain's clock jumps ahead by `seconds`, over whole windows."""

    seconds: int

    def strike(self, ground: Ground) -> bool:
        try:
            ground.stage.rpc("evm_increaseTime", self.seconds)
        except ChainError:
            return False
        return True

    def __str__(self) -> str:
        return f"chain's clock {self.seconds:+d} s"


@dataclass(frozen=True)
class WallClock:
    """The clock of indexer, worker and server is wrong by `ahead` seconds for `seconds`."""

    ahead: int
    seconds: float

    def strike(self, ground: Ground) -> bool:
        ground.clock.turn(self.ahead)
        time.sleep(self.seconds)
        ground.clock.turn(0)
        return True

    def __str__(self) -> str:
        return f"machine's clock {self.ahead:+d} s"


@dataclass(frozen=True)
class DatabaseRestart:
    """SIGKILL for PostgreSQL, and a start `seconds` later; with SQLite, for the indexer in the midst of a write."""

    seconds: float

    def strike(self, ground: Ground) -> bool:
        if ground.postgres is None:
            return KillInWrite("index").strike(ground)
        ground.postgres.kill()
        time.sleep(self.seconds)
        ground.postgres.start()
        return True

    def __str__(self) -> str:
        return "database killed"


def kills(rng: random.Random, count: int) -> list[Fault]:
    """`count` kills: each process in turn, then any; a fifth in the midst of a write, a tenth twice in a row."""
    found: list[Fault] = []
    while len(found) < count:
        name = PROCESSES[len(found)] if len(found) < len(PROCESSES) else rng.choice(PROCESSES)
        kind = rng.random()
        if kind < 0.2:
            found.append(KillInWrite(name))
        elif kind < 0.3 and name != "anvil":
            found.append(KillAtStart(name, rng.uniform(0.0, 3.0)))
        else:
            found.append(Kill(name))
    return found


def reorgs(rng: random.Random, count: int) -> list[Fault]:
    """`count` reorganisations of 1 to 10 blocks, every fifth of them two in a row."""
    return [Reorg(rng.randint(1, DEEPEST), 2 if number % 5 == 4 else 1) for number in range(count)]


def others(rng: random.Random, rounds: int) -> list[Fault]:
    """Each other kind of fault, so many times."""
    kinds: list[Callable[[], Fault]] = [
        lambda: Stall("anvil", rng.uniform(20, 40)),
        lambda: Stall(rng.choice(("index", "work", "serve")), rng.uniform(5, 20)),
        lambda: FullDisk(rng.uniform(8, 15)),
        lambda: CutLink(rng.uniform(5, 20)),
        lambda: CutLink(rng.uniform(5, 20), delay=0.1),
        lambda: ChainClock(rng.choice((40, 120, 400))),
        lambda: WallClock(rng.choice((-600, -60, 60, 600)), rng.uniform(10, 20)),
        lambda: DatabaseRestart(rng.uniform(0, 3)),
        lambda: OldSnapshot(rng.uniform(3, 10)),
    ]
    return [kind() for _ in range(rounds) for kind in kinds]


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
