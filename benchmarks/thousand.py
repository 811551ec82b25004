"""A thousand contributors hand in a hundred thousand images: what is lost, and what memory grows to.

Each contributor uploads its images and signs one batch; the worker screens and sends all the while. Nobody votes: it is
measured how images come in.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from benchmarks.records import OUT, Parser, about, save, says, table, whole
from benchmarks.service_stage import (
    Reads,
    ServiceFailed,
    cast_of,
    count_stored,
    hand_in,
    on_chain,
    peak_memory,
    resident_memory,
)
from benchmarks.uploads import classes, pictures
from sebrus.chain.errors import ChainError
from sebrus.client import Client, Contributor, ServerRefused, ServerUnreachable
from sebrus.demo.cast import key_of
from sebrus.demo.stage import POLICY, Stage, open_dataset, raised, seat_reviewers

SENDERS = 4
SAMPLE_SECONDS = 5.0
SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)
DAY_SECONDS = 86_400
# Whoever has no deposit may contribute, and no window ends meanwhile.
RULES = replace(
    POLICY, item_stake=0, seat_stake=100_000, screening_window=DAY_SECONDS, commit_window=DAY_SECONDS, hold_window=60
)
FIRST_ITEMS = 20
LOAD_IMAGES = 1_000_000


@dataclass
class Sent:
    """What one sender's contributors were told; times are of the system's monotonic clock."""

    began: float
    ended: float = 0.0
    batches: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def send(url: str, dataset_id: str, seed: int, contributors: Sequence[int], images: int) -> Sent:
    """Have contributors, one after the other, upload `images` pictures each and hand them in as one batch."""
    told = Sent(time.monotonic())
    with Client(url, patience=600) as client:
        for number in contributors:
            first = LOAD_IMAGES + number * images
            data, labels = pictures(seed, first, images), classes(first, images)
            files = [(f"{at}.png", one, int(label)) for at, (one, label) in enumerate(zip(data, labels, strict=True))]
            handed = Contributor(client, key_of(seed, "one of a thousand", number)).submit(dataset_id, files)
            told.batches.append(handed.batch_id)
            told.refused += handed.refused.values()
            told.images += [hashlib.sha256(one).hexdigest() for name, one, _ in files if name not in handed.refused]
    told.ended = time.monotonic()
    return told


class Watch:
    """Reads all the while, and looks at memory and at how many batches are on chain now and then."""

    def __init__(self, stage: Stage, client: Client, dataset_id: str, batch_id: str) -> None:
        self._stage = stage
        self._client = client
        self._dataset_id = dataset_id
        self.reads = Reads(client, batch_id)
        self.samples: list[dict[str, Any]] = []

    def on_chain(self) -> int:
        """Batches of the dataset that are on chain."""
        return sum(self._client.get(f"/v1/datasets/{self._dataset_id}/statistics")["batches"].values())

    def look(self) -> int:
        """Read for some seconds, then note memory; returns the batches on chain."""
        until = time.monotonic() + SAMPLE_SECONDS
        self.reads.run_while(lambda: time.monotonic() < until)
        count = self.on_chain()
        self.samples.append({"on_chain": count, "mib": resident_memory(self._stage)})
        return count

    def memory(self, batches: int) -> dict[str, dict[str, int | None]]:
        """MiB of each process when these shares of the batches were on chain."""
        found = {}
        for share in SHARES:
            reached = [sample["mib"] for sample in self.samples if sample["on_chain"] >= share * batches]
            if reached:
                found[f"{share:.0%}"] = reached[0]
        return found


def measure(home: Path, options: Any, bar: Progress) -> dict[str, Any]:
    """Raise everything in `home`, hand in, wait for the chain, return what thousand.json holds."""
    cast = cast_of(options.seed, 1)
    each = options.images // options.contributors
    task = bar.add_task("Chain, indexer, worker, server", total=options.contributors)
    with raised(home) as stage, Client(stage.url) as client:
        dataset_id = open_dataset(stage, client, cast, RULES)
        seat_reviewers(stage, client, cast)
        first = hand_in(stage, cast.contributions[0].key, dataset_id, pictures(options.seed, 0, FIRST_ITEMS))
        on_chain(client, first)
        watch = Watch(stage, client, dataset_id, first)
        watch.look()
        bar.update(task, description="Handing in")
        began = time.monotonic()
        with ProcessPoolExecutor(SENDERS, mp_context=get_context("spawn")) as pool:
            shares = [range(sender, options.contributors, SENDERS) for sender in range(SENDERS)]
            running = [pool.submit(send, stage.url, dataset_id, options.seed, share, each) for share in shares]
            _watch_until(watch, bar, task, lambda _: all(future.done() for future in running), options.minutes)
            sent = [future.result() for future in running]
        reads = watch.reads.found()
        bar.update(task, description="To the chain")
        batches = [batch_id for one in sent for batch_id in one.batches]
        _watch_until(watch, bar, task, lambda count: count > len(batches), options.minutes)
        seconds = time.monotonic() - began
        refused = [sentence for one in sent for sentence in one.refused]
        images = [sha256 for one in sent for sha256 in one.images]
        return {
            "about": about(options.seed) | {"contributors": options.contributors, "images": len(images)},
            "handing_in_seconds": round(max(one.ended for one in sent) - min(one.began for one in sent), 1),
            "seconds": round(seconds, 1),
            "refused": len(refused),
            "reads": reads,
            "batches": len(batches),
            "on_chain": watch.on_chain() - 1,
            "not_told": _not_told(client, batches),
            "stored": count_stored(home, images),
            "memory_mib": watch.memory(len(batches)),
            "peak_rss_mib": peak_memory(stage),
        }


def _watch_until(watch: Watch, bar: Progress, task: Any, over: Any, minutes: int) -> None:
    until = time.monotonic() + 60 * minutes
    while time.monotonic() < until:
        count = watch.look()
        bar.update(task, completed=count - 1)
        if over(count):
            return


def _not_told(client: Client, batches: Sequence[str]) -> int:
    """Batches that were handed in and that the server does not know, or has refused."""
    missing = 0
    for batch_id in batches:
        try:
            missing += client.get(f"/v1/batches/{batch_id}")["phase"] == "Refused"
        except ServerRefused:
            missing += 1
    return missing


def render(found: dict[str, Any]) -> str:
    """The Markdown tables of thousand.json."""
    known, stored = found["about"], found["stored"]
    names = list(found["peak_rss_mib"])
    memory = [[share, *(mib[name] for name in names)] for share, mib in found["memory_mib"].items()]
    reads = [[kind, entry["p50_ms"], entry["p95_ms"], entry["requests"]] for kind, entry in found["reads"].items()]
    rate = known["images"] / found["handing_in_seconds"]
    return "\n\n".join(
        [
            f"{known['contributors']:,} contributors handed in {known['images']:,} images (28x28 PNG), a batch each, "
            f"in {found['handing_in_seconds']:.0f} s: {rate:.0f} images/s with signatures, while the worker screened "
            f"and sent. After {found['seconds']:.0f} s {found['on_chain']:,} of {found['batches']:,} batches were "
            "screened and on chain.",
            f"Refused: {found['refused']}. Of {stored['sent']:,} images acknowledged, {stored['missing']} are missing "
            f"on disk, {stored['damaged']} damaged, {stored['without_row']} without a row; of the batches "
            f"{found['not_told']} are lost or refused.",
            table(["reads while handing in", "p50 ms", "p95 ms", "requests"], reads),
            table(["MiB when on chain", *names], [*memory, ["peak", *found["peak_rss_mib"].values()]]),
            says(known),
        ]
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write build/bench/thousand.json and thousand.md; exit code 1 where something is lost."""
    parser = Parser(prog="python -m benchmarks.thousand", description=__doc__)
    parser.add_argument("--seed", type=whole(0, 2**31), default=0)
    parser.add_argument("--contributors", type=whole(SENDERS, 100_000), default=1000)
    parser.add_argument("--images", type=whole(SENDERS, 1_000_000), default=100_000, help="in all")
    parser.add_argument("--minutes", type=whole(1, 1000), default=60, help="to wait at most, for each part")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the results")
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=options.out) as home, Progress(console=console, transient=True) as bar:
            found = measure(Path(home), options, bar)
    except (ChainError, ServerRefused, ServerUnreachable, ServiceFailed) as error:
        console.print(str(error), style="red", highlight=False)
        sys.exit(1)
    save("thousand", found, render(found), console, options.out)
    print(render(found))
    stored = found["stored"]
    sys.exit(1 if stored["missing"] + stored["damaged"] + stored["without_row"] + found["not_told"] else 0)


if __name__ == "__main__":
    main()
