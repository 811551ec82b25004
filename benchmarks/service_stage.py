"""What service.py measures beside uploads: reads, settlement, memory, the parts of the intake, what is on disk."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.uploads import SIDE, UPLOAD_FILES, arrays
from sebrus.client import Client, Contributor, Reviewer, ServerRefused, ServerUnreachable
from sebrus.demo.cast import Cast, Contribution, Critic, key_of
from sebrus.demo.images import Digits, as_png, digest
from sebrus.demo.play import opened
from sebrus.demo.stage import Stage, wait_until
from sebrus.platform.contribute import limits_of, take_images
from sebrus.platform.intake import check_files

REVIEWERS = 7
TRUSTED = 100
SETTLE_SECONDS = 600.0
POLL_SECONDS = 0.05
READ_PAUSE_SECONDS = 0.03
LABEL = 3


class ServiceFailed(Exception):
    """The service did something else than what is measured; the message says what."""


ON_CHAIN = {"Screening", "Drawing", "Voting", "Decided", "Settled"}


def cast_of(seed: int, contributors: int) -> Cast:
    """An owner, staked reviewers who will be honest, contributors with a deposit, and a trusted seed of 28x28."""
    nothing = Digits(np.zeros((0, SIDE, SIDE), dtype=np.uint8), np.zeros(0, dtype=np.int64))
    trusted = Digits(arrays(seed + 1, 0, TRUSTED), np.arange(TRUSTED) % 10)
    people = [key_of(seed, "service contributor", number) for number in range(contributors)]
    return Cast(
        seed=seed,
        owner_key=key_of(seed, "service owner", 0),
        trusted=trusted,
        held_out=nothing,
        target=0,
        contributions=[Contribution(key, None, nothing.images, nothing.labels, nothing.labels) for key in people],
        critics=[Critic(key_of(seed, "service reviewer", number), "honest", 0.0) for number in range(REVIEWERS)],
        truth={digest(as_png(image)): int(label) for image, label in zip(trusted.images, trusted.labels, strict=True)},
    )


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile in milliseconds, and of how many."""
    p50, p95 = np.percentile(np.asarray(seconds) * 1000, [50, 95])
    return {"p50_ms": round(float(p50), 1), "p95_ms": round(float(p95), 1), "requests": len(seconds)}


class Reads:
    """Times two kinds of GET, in turn."""

    def __init__(self, client: Client, batch_id: str) -> None:
        self._client = client
        self._paths = {"datasets": "/v1/datasets", "batch_items": f"/v1/batches/{batch_id}/items"}
        self._seconds: dict[str, list[float]] = {name: [] for name in self._paths}

    def run_while(self, going: Callable[[], bool]) -> None:
        """Read again and again, with a pause, while `going()`."""
        while going():
            for name, path in self._paths.items():
                before = time.monotonic()
                self._client.get(path)
                self._seconds[name].append(time.monotonic() - before)
            time.sleep(READ_PAUSE_SECONDS)

    def found(self) -> dict[str, Any]:
        """Spread per kind; without the kinds never read."""
        return {name: spread(seconds) for name, seconds in self._seconds.items() if seconds}


def hand_in(stage: Stage, key: str, dataset_id: str, files: Sequence[bytes]) -> str:
    """Upload and hand in one honest batch; its id. Raises ServiceFailed when an image is refused."""
    with Client(stage.url) as client:
        named = [(f"{at}.png", data, LABEL) for at, data in enumerate(files)]
        handed = Contributor(client, key).submit(dataset_id, named)
    if handed.refused:
        raise ServiceFailed(f"{len(handed.refused)} images were refused: {next(iter(handed.refused.values()))}")
    return handed.batch_id


def follow(client: Client, cast: Cast, batch_id: str) -> dict[str, float]:
    """See a batch through with honest reviewers who answer at once; seconds from now to each phase."""
    reviewers = [Reviewer(client, critic.key) for critic in cast.critics]
    began = time.monotonic()
    seen: dict[str, float] = {}
    while "Settled" not in seen:
        batch = client.get(f"/v1/batches/{batch_id}")
        phase = batch["phase"]
        seen.setdefault(phase, round(time.monotonic() - began, 3))
        if phase in ("Voided", "Refused") or time.monotonic() - began > SETTLE_SECONDS:
            raise ServiceFailed(f"A batch was not settled but is {phase} after {time.monotonic() - began:.0f} s.")
        if phase in ("Drawing", "Voting"):  # a foreseen panel votes before its draw is on chain
            for reviewer in reviewers:
                _answer(reviewer, batch_id, cast.truth)
        time.sleep(POLL_SECONDS)
    return seen


def _answer(reviewer: Reviewer, batch_id: str, truth: dict[str, int]) -> None:
    """Vote where it is time to: right on gold, which is of the cast's digits, and yes to everything else."""
    try:
        for seat in reviewer.seats():
            if seat["batch_id"] != batch_id or seat["state"] not in ("commit", "reveal"):
                continue
            shown = reviewer.task(seat).pictures or []
            verdicts = [truth.get(picture.sha256, picture.label) == picture.label for picture in shown]
            if seat["state"] == "commit":
                reviewer.commit(seat, verdicts)
            else:
                reviewer.reveal(seat, verdicts)
    except (ServerRefused, ServerUnreachable):
        return  # the round has moved on meanwhile: the next look tells


def on_chain(client: Client, batch_id: str) -> None:
    """Wait until a batch is on chain."""
    wait_until(lambda: client.get(f"/v1/batches/{batch_id}")["phase"] in ON_CHAIN)


def intake_parts(stage: Stage, dataset_id: str, files: Sequence[bytes]) -> dict[str, float]:
    """Median milliseconds per image of the intake inside one process, without HTTP: all of it, and its parts.

    Inspecting and keeping are measured by themselves, in turn with the whole; the rest is the look-ups of known images
    and the rows. Needs at least two uploads of files.
    """
    parts = [files[at : at + UPLOAD_FILES] for at in range(0, len(files) - UPLOAD_FILES + 1, UPLOAD_FILES)]
    seconds: dict[str, list[float]] = {"whole": [], "inspect": [], "keep": []}
    with opened(stage) as application:
        limits = limits_of(application)

        def timed(name: str, function: Callable[..., Any], *arguments: Any, **options: Any) -> None:
            before = time.monotonic()
            function(*arguments, **options)
            seconds[name].append(time.monotonic() - before)

        for taken, kept in zip(parts[::2], parts[1::2], strict=False):
            named = [(f"{at}.png", data) for at, data in enumerate(taken)]
            timed("whole", take_images, application, named, dataset_id)
            timed("inspect", check_files, named, limits=limits)
            timed("keep", application.blobs.put_all, kept)
    found = {name: 1000 * median(values) / UPLOAD_FILES for name, values in seconds.items()}
    found["rows"] = max(0.0, found["whole"] - found["inspect"] - found["keep"])
    return {name: round(milliseconds, 3) for name, milliseconds in found.items()}


def peak_memory(stage: Stage) -> dict[str, int | None]:
    """Peak resident MiB of each process and of anvil; None where the system does not tell."""
    return {name: _mebibytes(pid, "VmHWM") for name, pid in _pids(stage).items()}


def resident_memory(stage: Stage) -> dict[str, int | None]:
    """Resident MiB of each process and of anvil now; None where the system does not tell."""
    return {name: _mebibytes(pid, "VmRSS") for name, pid in _pids(stage).items()}


def _pids(stage: Stage) -> dict[str, int]:
    pids = {child.name: child.process.pid for child in stage.supervisor.children if child.process is not None}
    with suppress(OSError, ValueError, KeyError):
        pids["anvil"] = json.loads((stage.home / "chain" / "anvil.json").read_text())["pid"]
    return pids


def memory_of(what: str) -> int | None:
    """MiB of this process, `VmRSS` now or `VmHWM` at most; None where the system does not tell."""
    return _mebibytes("self", what)


def _mebibytes(pid: int | str, what: str) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    kibibytes = next((int(line.split()[1]) for line in lines if line.startswith(what)), None)
    return None if kibibytes is None else kibibytes // 1024


def count_stored(home: Path, sent: Sequence[str]) -> dict[str, int]:
    """Compare what the server said it took with the files on disk, hashed again, and with the table's rows."""
    missing = damaged = 0
    for sha256 in sent:
        path = home / "images" / "sha256" / sha256[:2] / sha256
        try:
            damaged += hashlib.sha256(path.read_bytes()).hexdigest() != sha256
        except FileNotFoundError:
            missing += 1
    with sqlite3.connect(f"file:{home / 'sebrus.db'}?mode=ro", uri=True) as database:
        rows = {row[0] for row in database.execute("SELECT sha256 FROM image")}
    database.close()
    without = sum(sha256 not in rows for sha256 in sent)
    return {"sent": len(sent), "missing": missing, "damaged": damaged, "without_row": without}
