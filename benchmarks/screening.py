"""How long a batch of 200 takes to screen against a state of a pool, beside a scan of the same pool."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from benchmarks.detect.collections import FILES
from benchmarks.records import OUT, Parser, about, folder, save, says, table, whole
from benchmarks.uploads import arrays
from sebrus.demo.images import all_digits
from sebrus.detect import State, load, scan, screen_stream
from sebrus.detect import save as save_state

BATCH = 200
PER_CONTRIBUTOR = 200
POOLS = (10_000, 50_000)
NOISE = 6.0

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]


def collected(name: str, data: Path | None, count: int, seed: int) -> tuple[Images, Labels]:
    """Images and labels of a collection; what is asked for beyond its size are its images again, with noise."""
    if data is None or name == "digits":
        digits = all_digits()
        return arrays(seed, 0, count), np.asarray(digits.labels, dtype=np.int64)[np.arange(count) % len(digits.labels)]
    with np.load(data / FILES[name]) as file:
        images = np.concatenate([file["x_train"], file["x_test"]])
        labels = np.concatenate([file["y_train"], file["y_test"]]).astype(np.int64).ravel()
    rng = np.random.default_rng(seed)
    rows = np.concatenate([rng.permutation(len(images)) for _ in range(count // len(images) + 1)])[:count]
    chosen = images[rows]
    for start in range(len(images), count, 2048):
        some = chosen[start : start + 2048]
        noise = rng.normal(0.0, NOISE, some.shape).astype(np.float32)
        chosen[start : start + 2048] = np.clip(some + noise, 0, 255).astype(np.uint8)
    return chosen, labels[rows]


def timed(work: Callable[[], Any], times: int) -> tuple[float, float]:
    """The median of wall-clock and of processor seconds."""
    wall, processor = [], []
    for _ in range(times):
        began, busy = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - began)
        processor.append(time.process_time() - busy)
    return median(wall), median(processor)


def measure(images: Images, labels: Labels, items: int, times: int, whole_scan: bool) -> dict[str, Any]:
    """Everything about one pool: the first `items` images; the 200 behind them are the batch."""
    senders = np.array([f"c{at % max(2, items // PER_CONTRIBUTOR):04d}" for at in range(items)])
    began = time.perf_counter()
    state = State.begin(images[:items], labels[:items], senders)
    found: dict[str, Any] = {"items": items, "build_seconds": time.perf_counter() - began}
    batch, given = images[items : items + BATCH].copy(), labels[items : items + BATCH].copy()
    honest = [(f"honest{at}", batch, given) for at in range(times)]
    poisoned, wanted = batch.copy(), given.copy()
    poisoned[: BATCH // 4, -3:, -3:], wanted[: BATCH // 4] = 255, given[0]
    hostile = [(f"hostile{at}", poisoned, wanted) for at in range(times)]
    for kind, sent in (("honest", honest), ("hostile", hostile)):
        turns = iter(sent)

        def one(turns: Any = turns) -> None:
            name, pictures, said = next(turns)
            screen_stream(state, pictures, said, contributor=name)

        found[f"{kind}_seconds"], found[f"{kind}_processor_seconds"] = timed(one, times)
    found["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with tempfile.TemporaryDirectory() as home:
        began = time.perf_counter()
        found["state_mib"] = save_state(state, Path(home)).stat().st_size / 2**20
        found["save_seconds"] = time.perf_counter() - began
        found["load_seconds"], _ = timed(lambda: load(Path(home)), 1)
    if whole_scan:
        found["scan_seconds"], found["scan_processor_seconds"] = timed(
            lambda: scan(images[:items], labels[:items], senders), 1
        )
    return found


def render(found: dict[str, Any]) -> str:
    """The table and who measured."""
    head = ["images", "items", "honest batch s", "(processor s)", "hostile batch s", "(processor s)", "build s"]
    head += ["scan s", "state MiB", "save s", "load s", "peak MiB"]
    names = ["honest_seconds", "honest_processor_seconds", "hostile_seconds", "hostile_processor_seconds"]
    names += ["build_seconds", "scan_seconds", "state_mib", "save_seconds", "load_seconds", "peak_mib"]
    rows = [[pool["images"], pool["items"], *(pool.get(name) for name in names)] for pool in found["pools"]]
    return f"{table(head, rows)}\n\n{says(found['about'])}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write build/bench/screening.json and screening.md."""
    parser = Parser(prog="python -m benchmarks.screening", description=__doc__)
    parser.add_argument("--data", type=folder, default=None, help="folder of mnist.npz, cifar10_12k.npz; else digits")
    parser.add_argument("--collection", choices=sorted(FILES), default="mnist", help="which of them")
    parser.add_argument("--items", type=whole(400, 1_000_000), nargs="+", default=list(POOLS), help="sizes of pools")
    parser.add_argument("--times", type=whole(1, 100), default=5, help="batches, of which the median is taken")
    parser.add_argument("--no-scan", action="store_true", help="without the scan of the same pool")
    parser.add_argument("--seed", type=whole(0, 2**31), default=0)
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the results")
    options = parser.parse_args(arguments)
    name = options.collection if options.data else "digits"
    images, labels = collected(name, options.data, max(options.items) + BATCH, options.seed)
    pools = []
    for items in sorted(options.items):
        rows = np.r_[:items, len(images) - BATCH : len(images)]
        pools.append({"images": name, **measure(images[rows], labels[rows], items, options.times, not options.no_scan)})
    found = {"about": about(options.seed), "pools": pools}
    save("screening", found, render(found), Console(stderr=True), options.out)
    print(render(found))


if __name__ == "__main__":
    main()
