"""Hostile files and a very large upload through the real intake: the worst time and the peak of memory."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from rich.console import Console

from benchmarks.hostile_files import hostile_files
from benchmarks.records import Parser, about, save, table, whole
from benchmarks.service_stage import peak_memory
from sebrus.chain.errors import ChainError
from sebrus.client import Client, ServerRefused, ServerUnreachable
from sebrus.demo.stage import Stage, raised
from sebrus.platform.intake import FILE_SENTENCES
from sebrus.store.images import SENTENCES

PATIENCE_SECONDS = 60.0
MIB = 2**20
EDGE = "edge"
WORST = 5


class IntakeFailed(Exception):
    """An answer other than a result per file; the message says which."""


def _processor_seconds(stage: Stage) -> float:
    """What the server's process has used of the processors so far; zero where the system does not tell."""
    pid = next(child.process.pid for child in stage.supervisor.children if child.name == "serve" and child.process)
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def send_hostile(stage: Stage, seed: int, count: int) -> dict[str, Any]:
    """Send the files one by one; seconds and codes by kind. Raises IntakeFailed at an answer that is none."""
    seconds: dict[str, list[float]] = {}
    codes: dict[str, Counter[str]] = {}
    worst: list[tuple[float, str, int]] = []
    most_processor = 0.0
    known = {*SENTENCES, *FILE_SENTENCES, "accepted"}
    with httpx.Client(base_url=stage.url, timeout=PATIENCE_SECONDS) as http:
        for number, (kind, name, data) in enumerate(hostile_files(seed, count)):
            before, used = time.monotonic(), _processor_seconds(stage)
            answer = http.post("/api/v1/images", files={"files": (name or " ", data)})
            took = time.monotonic() - before
            most_processor = max(most_processor, _processor_seconds(stage) - used)
            if answer.status_code != 200 or len(answer.json()) != 1:
                raise IntakeFailed(f"File {number} ({kind}) was answered {answer.status_code}: {answer.text[:200]}")
            code = answer.json()[0]["code"] or "accepted"
            if code not in known:
                raise IntakeFailed(f"File {number} ({kind}) was refused for {code!r}, which is not documented.")
            seconds.setdefault(kind, []).append(took)
            codes.setdefault(kind, Counter())[code] += 1
            worst.append((took, kind, number))
    slowest = sorted(worst, reverse=True)[:WORST]
    return {
        "files": count,
        "worst_seconds": round(slowest[0][0], 3),
        "worst_processor_seconds": round(most_processor, 2),
        "slowest": [{"seconds": round(took, 3), "kind": kind, "number": number} for took, kind, number in slowest],
        "worst_seconds_by_kind": {kind: round(max(values), 3) for kind, values in seconds.items()},
        "codes_by_kind": {kind: dict(counter.most_common()) for kind, counter in codes.items()},
        "peak_rss_mib": peak_memory(stage)["serve"],
    }


def bitmaps(seed: int, count: int, size: int) -> Iterator[bytes]:
    """Good BMP files of about `size` bytes, no two alike."""
    side = max(8, int((size / 3) ** 0.5) // 4 * 4)
    rng = np.random.default_rng(seed)
    length = 54 + side * side * 3
    header = b"BM" + length.to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
    header += (40).to_bytes(4, "little") + side.to_bytes(4, "little") * 2 + b"\1\0\x18\0" + bytes(24)
    for _ in range(count):
        yield header + rng.bytes(side * side * 3)


def form_of(files: Iterator[bytes]) -> Iterator[bytes]:
    """The body of an upload, made as it is sent."""
    for number, data in enumerate(files):
        yield (f'--{EDGE}\r\nContent-Disposition: form-data; name="files"; filename="{number}.bmp"\r\n\r\n'.encode())
        yield data
        yield b"\r\n"
    yield f"--{EDGE}--\r\n".encode()


def send_flood(stage: Stage, seed: int, count: int, size: int) -> dict[str, Any]:
    """Send many large files in one body; how long it took, and the peak of the server's memory before and after."""
    before = peak_memory(stage)["serve"]
    began = time.monotonic()
    answer = httpx.post(
        f"{stage.url}/api/v1/images",
        content=form_of(bitmaps(seed, count, size)),
        headers={"content-type": f"multipart/form-data; boundary={EDGE}"},
        timeout=20 * PATIENCE_SECONDS,
    )
    results = answer.json()
    if answer.status_code != 200 or not all(result["accepted"] for result in results):
        raise IntakeFailed(f"The upload was answered {answer.status_code}: {answer.text[:200]}")
    return {
        "files": len(results),
        "mib_each": round(size / MIB, 2),
        "seconds": round(time.monotonic() - began, 1),
        "peak_rss_mib_before": before,
        "peak_rss_mib": peak_memory(stage)["serve"],
    }


def measure(home: Path, options: Any) -> dict[str, Any]:
    """Raise everything in `home` and send; what intake.json holds. The large upload comes first: peaks only grow."""
    found: dict[str, Any] = {"about": about(options.seed)}
    # The body, beside the files: less than a MiB.
    largest = (options.flood * options.mebibytes + 1) * MIB
    with raised(home, SEBRUS_MAX_UPLOAD_BYTES=str(largest)) as stage, Client(stage.url) as client:
        if options.flood:
            found["flood"] = send_flood(stage, options.seed, options.flood, options.mebibytes * MIB)
        found["hostile"] = send_hostile(stage, options.seed, options.files)
        client.get("/health")
    return found


def render(found: dict[str, Any]) -> str:
    """The Markdown tables of intake.json."""
    hostile, flood = found["hostile"], found.get("flood")
    rows: list[list[Any]] = [
        ["hostile files sent one by one", hostile["files"]],
        ["slowest, seconds", hostile["worst_seconds"]],
        ["most processor seconds for one", hostile["worst_processor_seconds"]],
        ["peak memory of the server after them, MiB", hostile["peak_rss_mib"]],
    ]
    if flood is not None:
        rows += [
            [f"files of {flood['mib_each']} MiB in one upload", flood["files"]],
            ["peak memory before it, MiB", flood["peak_rss_mib_before"]],
            ["peak memory after it, MiB", flood["peak_rss_mib"]],
            ["seconds", flood["seconds"]],
        ]
    return table(["", "measured"], rows)


def main() -> int:
    """Parse the arguments, measure, write intake.json and its table."""
    parser = Parser(prog="python -m benchmarks.intake", description=__doc__)
    parser.add_argument("--files", type=whole(1, 10**6), default=5000, help="hostile files")
    parser.add_argument("--flood", type=whole(0, 500), default=500, help="good files in one upload; 0: none")
    parser.add_argument("--mebibytes", type=whole(1, 9), default=5, help="size of each of these")
    parser.add_argument("--seed", type=whole(0, 2**31), default=0, help="of all files")
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="sebrus-intake-") as home:
            found = measure(Path(home), options)
    except (ChainError, ServerRefused, ServerUnreachable, IntakeFailed, httpx.TransportError) as error:
        print(error, file=sys.stderr)
        return 1
    save("intake", found, render(found), Console())
    return 0


if __name__ == "__main__":
    sys.exit(main())
