"""Clients of service.py: unlike 28x28 PNGs, processes that upload them, and what the bare disk takes."""

from __future__ import annotations

import hashlib
import io
import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sebrus.client import Client
from sebrus.demo.images import all_digits

SIDE = 28
PATIENCE_SECONDS = 300.0
UPLOAD_FILES = 50


def arrays(seed: int, start: int, count: int) -> NDArray[np.uint8]:
    """Grey images uint8 [count, 28, 28]: enlarged digits, no two alike; number `n` is always the same image."""
    digits = all_digits().images
    found = np.zeros((count, SIDE, SIDE), dtype=np.uint8)
    for at in range(count):
        number = start + at
        rng = np.random.default_rng([seed, number])
        large = np.kron(digits[number % len(digits)], np.ones((3, 3))) * rng.uniform(0.5, 1.0)
        found[at, 2:26, 2:26] = large.astype(np.uint8)
        # The number itself is in the corner, so that no two images have the same pixels.
        found[at, -1, -4:] = np.frombuffer(number.to_bytes(4, "big"), dtype=np.uint8)
    return found


def classes(start: int, count: int) -> NDArray[np.int64]:
    """The digits that images `start` to `start + count` of `arrays` show, int64 [count]."""
    known = all_digits().labels
    return np.array([known[(start + at) % len(known)] for at in range(count)], dtype=np.int64)


def encoded(image: NDArray[np.uint8]) -> bytes:
    """The image as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def pictures(seed: int, start: int, count: int) -> list[bytes]:
    """PNGs of images `start` to `start + count`."""
    return [encoded(image) for image in arrays(seed, start, count)]


@dataclass(frozen=True)
class Sent:
    """What one client's uploads came to; times are of the system's monotonic clock."""

    began: float
    ended: float
    request_seconds: list[float]
    accepted: list[str]
    refused: int


_gates: dict[int, Barrier] = {}


def _share(gates: dict[int, Barrier]) -> None:
    _gates.update(gates)


def _wait_at(clients: int) -> None:
    _gates[clients].wait(PATIENCE_SECONDS)


def _send(clients: int, url: str, dataset_id: str, seed: int, start: int, count: int) -> Sent:
    """Make the images, wait for the other clients, upload, compare the digests."""
    files = [(f"{start + at}.png", data) for at, data in enumerate(pictures(seed, start, count))]
    own = {hashlib.sha256(data).hexdigest() for _, data in files}
    seconds: list[float] = []
    accepted: list[str] = []
    with Client(url) as client:
        client.get("/health")
        _wait_at(clients)
        began = time.monotonic()
        for at in range(0, count, UPLOAD_FILES):
            before = time.monotonic()
            results = client.upload(files[at : at + UPLOAD_FILES], dataset_id)
            seconds.append(time.monotonic() - before)
            accepted += [result["sha256"] for result in results if result["accepted"]]
        ended = time.monotonic()
    if not set(accepted) <= own:
        raise AssertionError("The server named an image by a digest that is not its own.")
    return Sent(began, ended, seconds, accepted, count - len(accepted))


class Clients:
    """Client processes that wait to be told to upload."""

    def __init__(self, pool: ProcessPoolExecutor, gates: dict[int, Barrier]) -> None:
        self._pool = pool
        self._gates = gates

    def start(self, clients: int, url: str, dataset_id: str, seed: int, start: int, count: int) -> list[Future[Sent]]:
        """Have `clients` processes upload `count` images in all, from image number `start` on, all at once."""
        shares = [count // clients + (at < count % clients) for at in range(clients)]
        running = []
        for share in shares:
            running.append(self._pool.submit(_send, clients, url, dataset_id, seed, start, share))
            start += share
        self._gates[clients].wait(PATIENCE_SECONDS)
        return running


@contextmanager
def started(counts: Sequence[int]) -> Iterator[Clients]:
    """Processes for as many clients at once as the largest of `counts`, started and warm."""
    context = multiprocessing.get_context("spawn")
    gates = {count: context.Barrier(count + 1) for count in counts}
    most = max(counts)
    with ProcessPoolExecutor(most, mp_context=context, initializer=_share, initargs=(gates,)) as pool:
        warm = [pool.submit(_wait_at, most) for _ in range(most)]
        gates[most].wait(PATIENCE_SECONDS)
        for future in warm:
            future.result()
        yield Clients(pool, gates)


def bare_rate(folder: Path, files: Sequence[bytes], *, sync: bool, writers: int = 1) -> float:
    """Files per second of the least a store can do: hash each, write it under its digest, `sync` it."""
    folder.mkdir(parents=True)

    def write(data: bytes) -> None:
        with (folder / hashlib.sha256(data).hexdigest()).open("xb") as file:
            file.write(data)
            if sync:
                file.flush()
                os.fsync(file.fileno())

    with ThreadPoolExecutor(writers) as pool:
        before = time.monotonic()
        for _ in pool.map(write, files):
            pass
        return len(files) / (time.monotonic() - before)
