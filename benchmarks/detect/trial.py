"""One trial: make a pool, let every detector judge it, train on what each kept, and write down a row per detector."""

from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.detect.cells import Cell, nothing
from benchmarks.detect.collections import Absent, collection
from benchmarks.detect.judgement import Judgement, Seen, absent
from benchmarks.detect.ledger import Row
from benchmarks.detect.make import NEED_TORCH, make, make_odd
from benchmarks.detect.measures import TooSlow, contributor_figures, item_figures, limited, measured
from benchmarks.detect.ours import detectors as our_detectors
from benchmarks.detect.peers import INSTALL, PEERS, Peer
from benchmarks.detect.pool import Bools, Collection, Pool

if TYPE_CHECKING:
    from benchmarks.detect.models import Network

OURS_LIMIT = 1_800


@dataclass(frozen=True)
class Task:
    """A cell with a seed, the detectors that still have to judge it, and how."""

    cell: Cell
    seed: int
    detectors: tuple[str, ...]
    retrain: bool
    data: Path | None

    @property
    def key(self) -> str:
        """The trial's name, without its detectors."""
        return f"{self.cell.key} seed {self.seed}"

    @property
    def place(self) -> Row:
        """Where its rows belong, but for the detector."""
        return asdict(self.cell) | {"seed": self.seed}


def run(task: Task) -> list[Row]:
    """Rows of one trial. What cannot be done is a row with a `note` in place of figures."""
    try:
        stage = Stage(task)
    except (ValueError, Absent, ImportError) as refused:
        return [_row(task, name) | {"note": f"no pool: {refused}"} for name in task.detectors]
    return [_row(task, name) | _judged(name, stage) for name in task.detectors]


def _named(name: str) -> Peer:
    if name in PEERS:
        return PEERS[name]
    without = name.partition(" without ")[2]
    return Peer(our_detectors((without,) if without else ())[name], (), False, OURS_LIMIT)


def _row(task: Task, detector: str) -> Row:
    return task.place | {"detector": detector, "retrained": task.retrain}


@dataclass(eq=False)
class Stage:
    """What the detectors of one trial share: the pool, and networks trained on it."""

    task: Task
    real: Collection = field(init=False)
    pool: Pool = field(init=False)
    seen: Seen = field(init=False)

    def __post_init__(self) -> None:
        cell = self.task.cell
        if cell.name in NEED_TORCH and absent(("torch",)):
            raise ImportError(f"the attack needs PyTorch ({INSTALL['torch']})")
        self.real = collection(cell.collection, self.task.data)
        self.pool = _pool(self.real, cell, self.task.seed)
        self.seen = Seen.of(self.pool, self.real.classes, self.task.seed)

    @property
    def retrains(self) -> bool:
        """Whether networks are trained on what is kept: not for oddities, where nothing was planted."""
        return self.task.retrain and self.task.cell.kind != "odd" and not absent(("torch",))


def _pool(real: Collection, cell: Cell, seed: int) -> Pool:
    items, trusted = cell.size.items, cell.size.trusted
    if cell.kind == "attack":
        return make(real, cell.name, cell.sender, cell.rate, seed, items, trusted)
    return make_odd(real, cell.name, seed, items, trusted)


def _judged(name: str, stage: Stage) -> Row:
    peer = _named(name)
    missing = absent(peer.needs)
    if missing:
        return {"note": f"not installed: {', '.join(INSTALL[package] for package in missing)}"}
    row: Row = {}
    try:
        with limited(peer.limit):
            if peer.network and stage.seen.network:
                row["network_seconds"] = stage.seen.network_seconds
            judgement, cost = measured(lambda: peer.judge(stage.seen))
    except TooSlow as slow:
        return {"note": f"not run: {slow}"}
    except Exception as broken:
        return {"note": f"failed: {type(broken).__name__}: {broken}"}
    row |= {"seconds": cost.seconds, "mib": cost.mib, "poison": int(stage.pool.bad.sum())}
    row |= item_figures(judgement, stage.pool) | contributor_figures(judgement, stage.pool)
    return row | (_aftermath(judgement, stage) if stage.retrains else {})


def _aftermath(judgement: Judgement, stage: Stage) -> Row:
    """Train on what was kept; beside it the pool as it is, and a pool of the same seed in which nothing is planted."""
    from benchmarks.detect.models import attack_success, clean_accuracy

    seed, strike = stage.task.seed, stage.pool.strike
    networks = {
        "undefended": stage.seen.network,
        "clean": _clean_network(stage.task.cell.collection, seed, stage.task.data),
        "kept": _on_kept(~judgement.flags, stage),
    }
    row: Row = {f"{name}_accuracy": clean_accuracy(network, stage.real) for name, network in networks.items()}
    if strike is not None:
        row |= {
            f"{name}_success": attack_success(network, strike, stage.real, seed) for name, network in networks.items()
        }
    return row


def _on_kept(kept: Bools, stage: Stage) -> "Network":
    from benchmarks.detect.models import train

    if kept.all():
        return stage.seen.network
    return train(stage.pool.images[kept], stage.pool.labels[kept], stage.real.classes, stage.task.seed)


@lru_cache(maxsize=4)
def _clean_network(name: str, seed: int, data: Path | None) -> "Network":
    real = collection(name, data)
    pool = _pool(real, nothing(name), seed)
    return Seen.of(pool, real.classes, seed).network


def quiet() -> None:
    """One thread per worker, so that workers do not slow each other down and training is the same each time."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1)
    if not absent(("torch",)):
        import torch

        torch.set_num_threads(1)


__all__ = ["Stage", "Task", "quiet", "run"]
