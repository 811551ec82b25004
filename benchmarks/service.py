"""How fast the service takes images in, answers and settles, beside the machine's own limit: make bench-service."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.progress import Progress

from benchmarks.records import OUT, Parser, about, save, says, table, whole
from benchmarks.service_stage import (
    Reads,
    ServiceFailed,
    cast_of,
    count_stored,
    follow,
    hand_in,
    intake_parts,
    on_chain,
    peak_memory,
    spread,
)
from benchmarks.uploads import UPLOAD_FILES, Clients, bare_rate, pictures, started
from sebrus.chain.errors import ChainError
from sebrus.client import Client, ServerRefused, ServerUnreachable
from sebrus.demo.cast import Cast
from sebrus.demo.stage import Stage, open_dataset, raised, seat_reviewers

CLIENTS = (1, 4)
ROUNDS = 4
PARTS_IMAGES = 8 * UPLOAD_FILES
BARE_FILES = 200
IDLE_SECONDS = 3.0
# Numbers of the images of each purpose, far enough apart that none is used twice.
BATCH_IMAGES, PART_IMAGES, LOAD_IMAGES = 0, 1_000_000, 2_000_000


class Load:
    """Rounds of uploads, each beside the bare disk in the same minute."""

    def __init__(self, stage: Stage, clients: Clients, dataset_id: str, seed: int) -> None:
        self._stage = stage
        self._clients = clients
        self._dataset_id = dataset_id
        self._seed = seed
        self._next = LOAD_IMAGES
        self.accepted: list[str] = []

    def round(self, clients: int, count: int, reads: Reads) -> dict[str, Any]:
        """Upload `count` images with `clients` clients while reading; rates in images per second."""
        files = pictures(self._seed, self._next, count)
        folder = self._stage.home / "bare"
        sample = files[:BARE_FILES]
        synced = bare_rate(folder / f"{self._next} synced", sample, sync=True, writers=clients)
        plain = bare_rate(folder / f"{self._next} plain", sample, sync=False, writers=clients)
        running = self._clients.start(clients, self._stage.url, self._dataset_id, self._seed, self._next, count)
        reads.run_while(lambda: not all(future.done() for future in running))
        sent = [future.result() for future in running]
        self._next += count
        self.accepted += [sha256 for one in sent for sha256 in one.accepted]
        seconds = max(one.ended for one in sent) - min(one.began for one in sent)
        return {
            "images_per_second": round(sum(len(one.accepted) for one in sent) / seconds, 1),
            "bare_fsync_per_second": round(synced, 1),
            "bare_per_second": round(plain, 1),
            "refused": sum(one.refused for one in sent),
            "request_seconds": [second for one in sent for second in one.request_seconds],
            "png_bytes": median(len(data) for data in files),
        }


def sum_up(rounds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Medians over rounds; ratios are taken within each round, where machine and minute are the same."""
    return {
        "rounds": [entry["images_per_second"] for entry in rounds],
        "images_per_second": median(entry["images_per_second"] for entry in rounds),
        "bare_fsync_per_second": median(entry["bare_fsync_per_second"] for entry in rounds),
        "bare_per_second": median(entry["bare_per_second"] for entry in rounds),
        "share_of_bare_fsync": round(
            median(entry["images_per_second"] / entry["bare_fsync_per_second"] for entry in rounds), 4
        ),
        "share_of_bare": round(median(entry["images_per_second"] / entry["bare_per_second"] for entry in rounds), 4),
        "refused": sum(entry["refused"] for entry in rounds),
        "request": spread([second for entry in rounds for second in entry["request_seconds"]]),
        "png_bytes": median(entry["png_bytes"] for entry in rounds),
    }


def measure(home: Path, options: Any, bar: Progress) -> dict[str, Any]:
    """Raise everything in `home`, measure, return what service.json holds."""
    steps = 3 + options.batches + ROUNDS * len(CLIENTS)
    task = bar.add_task("Chain, indexer, worker, server", total=steps)
    cast = cast_of(options.seed, options.batches + 1)
    found: dict[str, Any] = {}
    with started(CLIENTS) as clients, raised(home) as stage, Client(stage.url) as client:
        bar.update(task, advance=1, description="Dataset and reviewers")
        dataset_id = open_dataset(stage, client, cast)
        seat_reviewers(stage, client, cast)
        first = _hand_in(stage, cast, 0, dataset_id, options)
        on_chain(client, first)
        bar.update(task, advance=1, description="Idle")
        found["reads"] = {"idle": _idle_reads(client, first)}
        found["settlement"] = _settle(stage, client, cast, dataset_id, options, bar, task)
        load = Load(stage, clients, dataset_id, options.seed)
        found["uploads"] = {}
        for count in CLIENTS:
            bar.update(task, description=f"Uploads by {count}")
            reads, rounds = Reads(client, first), []
            for share in _shares(options.images // len(CLIENTS)):
                rounds.append(load.round(count, share, reads))
                bar.advance(task)
            found["uploads"][str(count)] = sum_up(rounds)
            found["reads"][f"uploads_by_{count}"] = reads.found()
        bar.update(task, description="Parts of the intake")
        found["intake_ms_per_image"] = intake_parts(
            stage, dataset_id, pictures(options.seed, PART_IMAGES, PARTS_IMAGES)
        )
        found["peak_rss_mib"] = peak_memory(stage)
        found["stored"] = count_stored(home, load.accepted)
        bar.advance(task)
    return {"about": about(options.seed) | {"images": options.images}} | found


def _shares(images: int) -> list[int]:
    rounds = min(ROUNDS, images)
    return [images // rounds + (at < images % rounds) for at in range(rounds)]


def _hand_in(stage: Stage, cast: Cast, number: int, dataset_id: str, options: Any) -> str:
    files = pictures(options.seed, BATCH_IMAGES + number * options.items, options.items)
    return hand_in(stage, cast.contributions[number].key, dataset_id, files)


def _idle_reads(client: Client, batch_id: str) -> dict[str, Any]:
    reads = Reads(client, batch_id)
    until = time.monotonic() + IDLE_SECONDS
    reads.run_while(lambda: time.monotonic() < until)
    return reads.found()


def _settle(
    stage: Stage, client: Client, cast: Cast, dataset_id: str, options: Any, bar: Progress, task: Any
) -> dict[str, Any]:
    """Batches one after the other, each from handing in to settlement."""
    lives = []
    for number in range(1, options.batches + 1):
        bar.update(task, description=f"Settlement {number}")
        lives.append(follow(client, cast, _hand_in(stage, cast, number, dataset_id, options)))
        bar.advance(task)
    phases = {name: [life[name] for life in lives if name in life] for name in lives[0]}
    seconds = sorted(life["Settled"] for life in lives)
    return {
        "batches": len(lives),
        "items": options.items,
        "seconds": {"median": median(seconds), "lowest": seconds[0], "highest": seconds[-1]},
        "seconds_to_phase": {name: round(median(values), 2) for name, values in phases.items()},
    }


def render(found: dict[str, Any]) -> str:
    """The Markdown tables of service.json."""
    uploads = found["uploads"]
    counts = list(uploads)
    rows: list[list[Any]] = [
        ["images/s taken in", *(uploads[count]["images_per_second"] for count in counts)],
        ["images/s, bare loop: hash, write, fsync", *(uploads[count]["bare_fsync_per_second"] for count in counts)],
        ["images/s, bare loop: hash, write", *(uploads[count]["bare_per_second"] for count in counts)],
        ["share of the bare loop with fsync", *(f"{uploads[count]['share_of_bare_fsync']:.1%}" for count in counts)],
        ["share of the bare loop without", *(f"{uploads[count]['share_of_bare']:.2%}" for count in counts)],
        ["one request of up to 50 images, p50 ms", *(uploads[count]["request"]["p50_ms"] for count in counts)],
        ["one request of up to 50 images, p95 ms", *(uploads[count]["request"]["p95_ms"] for count in counts)],
        ["refused", *(uploads[count]["refused"] for count in counts)],
    ]
    reads = [
        [f"{kind}, {when.replace('_', ' ')}", entry["p50_ms"], entry["p95_ms"], entry["requests"]]
        for when, kinds in found["reads"].items()
        for kind, entry in kinds.items()
    ]
    parts = found["intake_ms_per_image"]
    stored, life = found["stored"], found["settlement"]
    phases = ", ".join(f"{name} {seconds:.1f}" for name, seconds in life["seconds_to_phase"].items())
    return "\n\n".join(
        [
            f"{found['about']['images']:,} images (28x28 PNG, median {uploads[counts[0]]['png_bytes']:.0f} bytes), "
            "an equal part by each number of clients; the bare loops have as many writers as there are clients:",
            table(["uploads", *(f"{count} client{'s' * (count != '1')}" for count in counts)], rows),
            table(["the intake in one process, without HTTP", "ms per image"], [[k, v] for k, v in parts.items()]),
            table(["reads", "p50 ms", "p95 ms", "requests"], reads),
            f"From handed in to settled, {life['batches']} batches of {life['items']} items: median "
            f"{life['seconds']['median']:.1f} s ({life['seconds']['lowest']:.1f} to {life['seconds']['highest']:.1f}); "
            f"seconds to each phase: {phases}. Blocks come every second.",
            table(["peak memory", "MiB"], [[name, value] for name, value in found["peak_rss_mib"].items()]),
            f"Of {stored['sent']:,} images acknowledged, {stored['missing']} are missing on disk, {stored['damaged']} "
            f"damaged, {stored['without_row']} without a row.",
            says(found["about"]),
        ]
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write build/bench/service.json and service.md."""
    parser = Parser(prog="python -m benchmarks.service", description=__doc__)
    parser.add_argument("--seed", type=whole(0, 2**31), default=0)
    parser.add_argument("--images", type=whole(8, 100_000), default=2000, help="uploads in all")
    parser.add_argument("--batches", type=whole(1, 100), default=3, help="batches seen through to settlement")
    parser.add_argument("--items", type=whole(1, 1024), default=128, help="items of each of them")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the results")
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        # Beside the results, not in the system's temporary folder: that may be memory, and fsync would cost nothing.
        with tempfile.TemporaryDirectory(dir=options.out) as home, Progress(console=console, transient=True) as bar:
            found = measure(Path(home), options, bar)
    except (ChainError, ServerRefused, ServerUnreachable, ServiceFailed) as error:
        console.print(str(error), style="red", highlight=False)
        sys.exit(1)
    save("service", found, render(found), console, options.out)
    print(render(found))


if __name__ == "__main__":
    main()
