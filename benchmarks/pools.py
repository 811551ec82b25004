"""What a worker holds while it screens batches in a dataset that has so many items already, and how long that takes.

The dataset is written into a database and an image store of its own, without a chain: every contributor sent one batch,
each was screened and none is decided, so all of it is what the next batch is screened against.
"""

from __future__ import annotations

import hashlib
import secrets
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from eth_account import Account
from rich.console import Console

from benchmarks.records import OUT, Parser, about, save, says, table, whole
from benchmarks.service_stage import memory_of
from benchmarks.uploads import SIDE, classes, pictures
from sebrus.chain.contract import Contract
from sebrus.chain.creation import Deployment
from sebrus.platform.application import Application
from sebrus.platform.screening import screen_batch
from sebrus.platform.settings import Settings
from sebrus.store.database import Database, migrate
from sebrus.store.models import Image, SecretScreening
from sebrus.store.places import open_blobs
from sebrus.store.projected import Batch, Dataset, Item, Round

POOLS = (10_000, 50_000, 100_000)
PER_BATCH = 100
BATCHES = 5
DATASET = "0x" + "d5" * 32
NOBODY = "0x" + "00" * 20
EMPTY = "0x" + "00" * 32


def opened(home: Path) -> Application:
    """The parts of a worker; at its chain's address nobody answers."""
    settings = Settings(home=home, rpc_url="http://127.0.0.1:9")
    migrate(settings.effective_database_url)
    return Application(
        settings=settings,
        database=Database(settings.effective_database_url),
        blobs=open_blobs(settings.effective_blob_url),
        deployment=Deployment(chain_id=1, address=NOBODY, block=0, min_stake=0, epoch_length=1),
        contract=Contract(settings.effective_rpc_url, NOBODY),
        operator=Account.from_key(secrets.token_bytes(32)),
    )


def begin(application: Application) -> None:
    """An open dataset of ten classes without a trusted seed."""
    fixed = {"class_count": 10, "policy": {}, "document": None, "bounty": 0, "closed": False, "created_block": 0}
    hashes = {"metadata_hash": EMPTY, "salt": EMPTY, "policy_hash": EMPTY}
    with application.database.write() as session:
        session.add(Dataset(id=DATASET, owner=NOBODY, detector=NOBODY, **fixed, **hashes))


def arrive(application: Application, seed: int, number: int, *, screened: bool) -> str:
    """Batch `number`, of a contributor of its own, screened and without a flag or not yet looked at; returns its id."""
    start = number * PER_BATCH
    files, labels = pictures(seed, start, PER_BATCH), classes(start, PER_BATCH)
    application.blobs.put_all(files)
    batch = _batch(number)
    with application.database.write() as session:
        session.add(batch)
        session.flush()
        session.add(_round(batch.id))
        for position, (data, label) in enumerate(zip(files, labels, strict=True)):
            sha256 = hashlib.sha256(data).hexdigest()
            shape = {"width": SIDE, "height": SIDE, "channels": 1, "media_type": "image/png"}
            session.add(Image(sha256=sha256, pixels_sha256=sha256, size=len(data), **shape))
            item = Item(batch_id=batch.id, position=position, dataset_id=DATASET, sha256=sha256, label=int(label))
            session.add(item)
        if screened:
            kept = {"model_hash": EMPTY, "scores_root": EMPTY, "flags": [EMPTY], "links": []}
            session.add(SecretScreening(batch_id=batch.id, **kept))
    return batch.id


def _batch(number: int) -> Batch:
    amounts = dict.fromkeys(("stake", "reserve", "accepted_count", "reward", "stake_returned", "round", "deadline"), 0)
    name = hashlib.sha256(str(number).encode()).hexdigest()
    return Batch(
        id="0x" + name,
        dataset_id=DATASET,
        contributor="0x" + name[:40],
        root=EMPTY,
        item_count=PER_BATCH,
        available=True,
        phase="Screening",
        record={},
        question=[],
        excluded=[],
        submitted_block=number,
        **amounts,
    )


def _round(batch_id: str) -> Round:
    names = ("round", "reserve", "screening_deadline", "positions", "seats", "entropy_block")
    numbers = dict.fromkeys((*names, "commit_deadline", "reveal_deadline"), 0)
    told = {"state": "screening", "question": [], "links": [], "on_appeal": False, "opened": False}
    return Round(batch_id=batch_id, items=PER_BATCH, **numbers, **told)


def screen(home: Path, seed: int, numbers: Sequence[int]) -> dict[str, Any]:
    """Screen these batches one after the other, as a worker that was just started; MiB and seconds."""
    application = opened(home)
    waiting = [arrive(application, seed, number, screened=False) for number in numbers]
    found: dict[str, Any] = {"before_mib": memory_of("VmRSS"), "mib": [], "seconds": [], "processor_seconds": []}
    for batch_id in waiting:
        began, busy = time.perf_counter(), time.process_time()
        result = screen_batch(application, batch_id)
        with application.database.write() as session:
            result.keep(session)
        found["seconds"].append(round(time.perf_counter() - began, 2))
        found["processor_seconds"].append(round(time.process_time() - busy, 2))
        found["mib"].append(memory_of("VmRSS"))
    application.close()
    return found | {"peak_mib": memory_of("VmHWM")}


def alone(work: Any, *arguments: Any) -> Any:
    """What a function returns in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def measure(home: Path, options: Any) -> list[dict[str, Any]]:
    """One entry for each size of pool."""
    application = opened(home)
    begin(application)
    pools, number = [], 0
    for items in sorted(options.items):
        while number * PER_BATCH < items:
            arrive(application, options.seed, number, screened=True)
            number += 1
        # What reads the new items into the detector's state is a process of its own.
        built = alone(screen, home, options.seed, [number])
        numbers = range(number + 1, number + 1 + options.batches)
        found = alone(screen, home, options.seed, numbers)
        number = numbers.stop
        kept = sum(file.stat().st_size for file in application.settings.detector_path.rglob("*") if file.is_file())
        build = {"build_seconds": built["seconds"][0], "build_peak_mib": built["peak_mib"]}
        pools.append({"items": items, "state_mib": kept / 2**20, **build, **found})
    application.close()
    return pools


def render(found: dict[str, Any]) -> str:
    """The table and who measured."""
    head = ["items", "before MiB", "after the first", "after the last", "peak", "s a batch", "(processor s)"]
    head += ["state MiB", "state read anew s", "peak MiB"]
    rows = [
        [
            f"{pool['items']:,}",
            *(pool["before_mib"], pool["mib"][0], pool["mib"][-1], pool["peak_mib"]),
            *(median(pool["seconds"]), median(pool["processor_seconds"])),
            *(pool["state_mib"], pool["build_seconds"], pool["build_peak_mib"]),
        ]
        for pool in found["pools"]
    ]
    return f"{table(head, rows)}\n\n{says(found['about'])}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write build/bench/pools.json and pools.md."""
    parser = Parser(prog="python -m benchmarks.pools", description=__doc__)
    parser.add_argument("--items", type=whole(600, 1_000_000), nargs="+", default=list(POOLS), help="sizes of pools")
    parser.add_argument("--batches", type=whole(1, 100), default=BATCHES, help="screened in one process, of 100 each")
    parser.add_argument("--seed", type=whole(0, 2**31), default=0)
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the results")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.out) as home:
        pools = measure(Path(home), options)
    found = {"about": about(options.seed), "pools": pools}
    save("pools", found, render(found), Console(stderr=True), options.out)
    print(render(found))


if __name__ == "__main__":
    main()
