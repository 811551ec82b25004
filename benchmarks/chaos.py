"""Kill, reorganise, fill, cut and turn whatever can be, under load, and count what was lost or done twice."""

from __future__ import annotations

import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.chaos_checks import check_all, tracebacks
from benchmarks.chaos_faults import Fault, kills, others, reorgs
from benchmarks.chaos_ground import PROCESSES, Ground, raised
from benchmarks.chaos_load import CONTRIBUTORS, RULES, Ledger, Sender, Voting, cast_of
from benchmarks.records import OUT, Parser, about, save, says, table, whole
from sebrus.chain.errors import ChainError
from sebrus.client import Client, ServerRefused, ServerUnreachable
from sebrus.demo.cast import Cast
from sebrus.demo.stage import open_dataset, seat_reviewers
from sebrus.platform.indexer import Indexer

TRIES = 120
SNAPSHOT_SECONDS = 3.0
RISE_SECONDS = 15.0
SAMPLE_SECONDS = 2.0
Say = Callable[[str], None]


@dataclass
class Told:
    """What a run came to."""

    struck: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    ledgers: list[Ledger] = field(default_factory=list)
    broken: dict[str, list[str]] = field(default_factory=dict)
    tracebacks: dict[str, int] = field(default_factory=dict)
    restarts: dict[str, int] = field(default_factory=dict)
    votes: int = 0
    chain_mebibytes: int = 0
    recovery_seconds: float = 0.0
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether nothing was lost and nothing done twice."""
        return not any(self.broken.values())


def schedule(seed: int, kill_count: int, reorg_count: int, rounds: int) -> list[Fault]:
    """The faults of a run in their order, which the seed decides; every kind comes before any comes again."""
    rng = random.Random(seed)
    faults = [*kills(rng, kill_count), *reorgs(rng, reorg_count), *others(rng, rounds)]
    rng.shuffle(faults)
    return faults


class Striker(threading.Thread):
    """Lets the faults happen one after the other, with pauses; those that last overlap with what follows them."""

    def __init__(self, ground: Ground, faults: Sequence[Fault], seed: int, pause: float, say: Say) -> None:
        super().__init__(name="faults")
        self._ground = ground
        self._faults = faults
        self._random = random.Random(seed)
        self._pause = pause
        self._say = say
        self.struck: list[str] = []
        self.missed: list[str] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        """Strike until all faults have happened."""
        lasting: list[threading.Thread] = []
        try:
            for fault in self._faults:
                time.sleep(self._random.uniform(0.2, 2 * self._pause))
                self._let_rise()
                thread = threading.Thread(target=self._strike, args=(fault,))
                thread.start()
                # Half of the time the next fault comes while this one lasts.
                thread.join(None if self._random.random() < 0.5 else 1.0)
                lasting.append(thread)
        finally:
            for thread in lasting:
                thread.join()

    def _let_rise(self) -> None:
        """Wait until the server answers again and follows the chain: who is down already cannot be disturbed."""
        deadline = time.monotonic() + RISE_SECONDS
        with Client(self._ground.stage.url) as client:
            while time.monotonic() < deadline:
                with suppress(ServerUnreachable, ServerRefused):
                    if client.get("/health")["status"] != "chain_unreachable":
                        return
                time.sleep(0.2)

    def _strike(self, fault: Fault) -> None:
        try:
            for _ in range(TRIES):
                if fault.strike(self._ground):
                    self.struck.append(str(fault))
                    self._say(str(fault))
                    return
                time.sleep(0.5)
        except BaseException as error:
            self.error = error
        self.missed.append(str(fault))
        self._say(f"not possible: {fault}")


def run(folder: Path, seed: int, faults: Sequence[Fault], pause: float, say: Say, *, postgres: bool = False) -> Told:
    """Work under faults in `folder`, wait until all is quiet, check."""
    began, told, cast = time.monotonic(), Told(), cast_of(seed)
    with raised(folder, postgres=postgres) as ground, Client(ground.stage.url, patience=60) as client:
        dataset_id = open_dataset(ground.stage, client, cast, RULES)
        seat_reviewers(ground.stage, client, cast)
        time.sleep(SNAPSHOT_SECONDS)  # the owner's own transactions are in a snapshot; from here on all repairs itself
        over = threading.Event()
        senders = [Sender(ground.stage.url, dataset_id, cast, n, over) for n in range(CONTRIBUTORS)]
        striker = Striker(ground, faults, seed, pause, say)
        with Voting(ground.stage.url, cast) as voting:
            for thread in (*senders, striker):
                thread.start()
            while striker.is_alive():
                told.chain_mebibytes = max(told.chain_mebibytes, _mebibytes(ground.pid("anvil")))
                striker.join(SAMPLE_SECONDS)
            ended = time.monotonic()
            over.set()
            for sender in senders:
                sender.join()
        told.recovery_seconds = round(time.monotonic() - ended, 1)
        told.struck, told.missed, told.votes = striker.struck, striker.missed, voting.acts
        told.ledgers = [sender.ledger for sender in senders]
        if striker.error is not None:
            raise striker.error
        _judge(told, ground, cast, dataset_id)
    told.seconds = round(time.monotonic() - began, 1)
    return told


def _judge(told: Told, ground: Ground, cast: Cast, dataset_id: str) -> None:
    told.restarts = {name: ground.child(name).deaths for name in PROCESSES if name != "anvil"}
    dead = [name for name in PROCESSES if ground.pid(name) is None]
    # A worker that still pays out would be ahead of the indexer, and the tables are read anew by a second one below.
    ground.rest()
    with ground.opened() as application:
        Indexer(application).catch_up()
        told.broken = check_all(application, ground, cast, dataset_id, told.ledgers)
    told.broken["processes"] = [f"{name} does not run." for name in dead]
    told.tracebacks = tracebacks(ground.stage.home.parent / "logs")


def _mebibytes(pid: int | None) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    line = next((line for line in status.splitlines() if line.startswith("VmRSS")), "VmRSS: 0 kB")
    return int(line.split()[1]) // 1024


def found(told: Told, seed: int) -> dict[str, Any]:
    """What chaos.json holds."""
    phases = Counter(phase for ledger in told.ledgers for phase in ledger.batches.values())
    return {
        "about": about(seed),
        "faults": dict(Counter(told.struck)),
        "not_possible": dict(Counter(told.missed)),
        "kills": sum(name.startswith("kill") for name in told.struck),
        "reorgs": sum(name.startswith("reorg") for name in told.struck),
        "batches": dict(phases),
        "images": sum(len(ledger.images) for ledger in told.ledgers),
        "withdrawals": sum(len(ledger.withdrawals) for ledger in told.ledgers),
        "votes": told.votes,
        "complaints": dict(Counter(text for ledger in told.ledgers for text in ledger.complaints)),
        "restarts": told.restarts,
        "tracebacks": told.tracebacks,
        "chain_mebibytes": told.chain_mebibytes,
        "recovery_seconds": told.recovery_seconds,
        "seconds": told.seconds,
        "broken": told.broken,
        "holds": told.holds,
    }


def render(result: dict[str, Any]) -> str:
    """The Markdown tables of chaos.json."""
    batches = ", ".join(f"{count} {phase}" for phase, count in sorted(result["batches"].items()))
    rows = [[name, count] for name, count in sorted(result["faults"].items())]
    kept = [[name, "; ".join(broken) or "holds"] for name, broken in result["broken"].items()]
    return "\n\n".join(
        [
            table(["fault", "times"], rows),
            f"{result['kills']} kills and {result['reorgs']} reorganisations among them, in {result['seconds']:.0f} s. "
            f"Batches: {batches}. {result['images']:,} images, {result['votes']:,} votes, {result['withdrawals']} "
            f"withdrawals. After the last fault all was decided within {result['recovery_seconds']:.0f} s. The chain "
            f"used {result['chain_mebibytes']:,} MiB at most.",
            table(["afterwards", "every one"], kept),
            says(result["about"]),
        ]
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Strike and write build/bench/chaos.json and chaos.md; exit code 1 where something does not hold."""
    parser = Parser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--seed", type=whole(0, 2**31), default=0)
    parser.add_argument("--kills", type=whole(0, 10_000), default=100)
    parser.add_argument("--reorgs", type=whole(0, 10_000), default=20)
    parser.add_argument("--rounds", type=whole(0, 1000), default=3, help="times each other kind of fault happens")
    parser.add_argument("--pause", type=whole(0, 600), default=6, help="seconds between faults, on average")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL, where postgres and psycopg are here")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the results")
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    began = time.monotonic()

    def say(sentence: str) -> None:
        console.print(f"{time.monotonic() - began:6.1f} s  {sentence}", highlight=False)

    options.out.mkdir(parents=True, exist_ok=True)
    faults = schedule(options.seed, options.kills, options.reorgs, options.rounds)
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    console.print(f"{len(faults)} faults; the logs are in {folder}", highlight=False)
    try:
        told = run(folder, options.seed, faults, options.pause, say, postgres=options.postgres)
    except (ChainError, ServerRefused, ServerUnreachable) as error:
        console.print(str(error), style="red", highlight=False)
        sys.exit(1)
    result = found(told, options.seed)
    save("chaos", result, render(result), console, options.out)
    print(render(result))
    sys.exit(0 if told.holds else 1)


if __name__ == "__main__":
    main()
