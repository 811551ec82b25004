"""Columns of rows in files of a folder, which are written once and named by the hash of what they hold.

What comes is written beside what lies there; small files are joined to larger ones, each at least twice as large as
the next, so that a row is written again only some times and there are never many files.
"""

import os
import time
from collections.abc import Collection
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.errors import DetectError
from sebrus.detect.rows import AT_ONCE, Filed, Rows

ENDING = ".rows"
SPARED_SECONDS = 60.0
"""A file that no state names may be of one that is being written at this moment."""

Some = dict[int, NDArray[np.uint32]]
Written = tuple[list[dict[str, Any]], Some]
"""The files that a column is made of, in their order, each with its number of rows; and of those files of which not
every row is meant, by their place, the rows that are."""


def write_rows(rows: Rows, folder: Path) -> Written:
    """Have a column lie in a folder, where some of it may lie already. Raises `OSError`."""
    told: list[dict[str, Any]] = []
    some: Some = {}
    for part in _packed(rows):
        kept = part.parts[0] if len(part.parts) == 1 else None
        if not isinstance(kept, Filed) or not _lies_in(folder, kept) or 2 * len(part) < len(kept):
            told.append({"name": _written(part, folder), "rows": len(part)})
            continue
        if len(part) < len(kept):
            some[len(told)] = part.order.astype(np.uint32)
        told.append({"name": kept.path.name, "rows": len(kept)})
    return told, some


def read_rows(folder: Path, dtype: np.dtype[Any], row: tuple[int, ...], told: list[dict[str, Any]], some: Some) -> Rows:
    """The column that was written there; nothing is read yet. Raises `DetectError` or `OSError`."""
    column = Rows(dtype, row, [], np.zeros(0, dtype=np.intp))
    for place, one in enumerate(told):
        file = Filed(_checked(folder / Path(one["name"]).name), dtype, (one["rows"], *row))
        order = some[place].astype(np.intp) if place in some else np.arange(len(file))
        column = column.plus(Rows(dtype, row, [file], order))
    return column


def remove_others(folder: Path, names: Collection[str]) -> None:
    """Remove the files of rows that are none of these, young ones aside."""
    for file in folder.glob(f"*{ENDING}"):
        if file.name not in names and time.time() - file.stat().st_mtime > SPARED_SECONDS:
            file.unlink(missing_ok=True)


def _lies_in(folder: Path, file: Filed) -> bool:
    """Whether a file is of this folder still: another process may have removed it."""
    return file.path.parent == folder and file.path.exists()


def _packed(rows: Rows) -> list[Rows]:
    """The column in as many pieces as there are to be files."""
    bounds = np.searchsorted(rows.order, [0, *rows.ends])
    pieces: list[tuple[int, int]] = []
    for first, last in pairwise(bounds.tolist()):
        pieces.append((first, last))
        while len(pieces) > 1 and pieces[-2][1] - pieces[-2][0] < 2 * (pieces[-1][1] - pieces[-1][0]):
            _, stop = pieces.pop()
            pieces[-1] = (pieces[-1][0], stop)
    return [rows.only(slice(*piece)) for piece in pieces]


def _written(part: Rows, folder: Path) -> str:
    """Write rows into a file of their own, unless there is one; returns its name."""
    digest = blake2b(digest_size=16)
    beside = folder / f".{os.getpid()}{ENDING}"
    try:
        with beside.open("wb") as file:
            for block in part.blocks():
                data = np.ascontiguousarray(block).tobytes()
                digest.update(data)
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
        name = f"{digest.hexdigest()}{ENDING}"
        beside.replace(folder / name)
    finally:
        beside.unlink(missing_ok=True)
    return name


def _checked(path: Path) -> Path:
    found = path.stat()
    if path.name != _name_of(path, found.st_size, found.st_mtime_ns):
        raise DetectError(f"{path} does not hold what was written: build the state again.")
    return path


@lru_cache(maxsize=1024)
def _name_of(path: Path, _size: int, _changed: int) -> str:
    """What a file's content says that it is called; asked once by each process."""
    digest = blake2b(digest_size=16)
    with path.open("rb") as file:
        while data := file.read(AT_ONCE):
            digest.update(data)
    return f"{digest.hexdigest()}{ENDING}"


__all__ = ["read_rows", "remove_others", "write_rows"]
