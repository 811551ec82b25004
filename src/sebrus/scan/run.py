"""From a path to a folder of results."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sebrus.detect import DetectError, Engine, Findings, scan
from sebrus.scan.errors import SourceError
from sebrus.scan.place import place
from sebrus.scan.report import page
from sebrus.scan.source import Source, read_both
from sebrus.scan.write import refuse_file, summary, write_results


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a scan found and the summary that was written."""

    findings: Findings
    summary: dict[str, Any]


def scan_path(
    path: Path,
    trusted: Path | None,
    out: Path,
    fdr: float,
    progress: Callable[[str, float], None] | None = None,
    engine: str = "local",
) -> Outcome:
    """Read, scan and write `items.csv`, `contributors.csv`, `summary.json` and `report.html` into `out`.

    `engine` is "local" or "ray"; with ray the images stay where they are as far as they can be read in parts. Raises
    `SourceError` with one sentence; nothing is left half-written.
    """
    refuse_file(out)
    started = time.monotonic()
    where = place(engine)
    source, seed = read_both(path, trusted, stored=engine != "local")
    found = _found(path, source, seed, fdr, progress, where)
    vouched = len(seed.labels) if seed is not None else 0
    content = summary(source, found, vouched, time.monotonic() - started)
    write_results(out, source, found, content, page(source, found, content, path.resolve().name))
    return Outcome(found, content)


def _found(
    path: Path,
    source: Source,
    seed: Source | None,
    fdr: float,
    progress: Callable[[str, float], None] | None,
    where: AbstractContextManager[Engine],
) -> Findings:
    try:
        with where as engine:
            return scan(
                source.images,
                source.labels,
                source.contributors,
                (seed.images, seed.labels) if seed is not None else None,
                fdr=fdr,
                progress=progress,
                class_names=source.class_names,
                engine=engine,
            )
    except DetectError as error:
        raise SourceError(f"{path}: {error}") from None


__all__ = ["Outcome", "scan_path"]
