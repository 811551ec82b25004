"""A state as files: plain arrays, no code, whole or not there at all.

`state.npz` is the state; the rows that a pool has many of, images, features and the sums of groups, lie beside it in
files that are written once (`row_files`), so that neither reading nor writing a state takes longer for a larger pool.
"""

import json
import os
import time
import zipfile
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from sebrus.detect.basis import Basis
from sebrus.detect.coherence import Sums
from sebrus.detect.errors import DetectError
from sebrus.detect.features import Filters
from sebrus.detect.online import Record
from sebrus.detect.prepare import Measure
from sebrus.detect.row_files import Written, read_rows, remove_others, write_rows
from sebrus.detect.rows import Rows
from sebrus.detect.standard import Standard
from sebrus.detect.state import LARGE, SMALL, Items, State
from sebrus.detect.views import VIEWS

FORMAT = 3
NAME = "state.npz"
ABANDONED_SECONDS = 3600.0
# What is in a state is said by these modules: when one of them changes, states are built again.
MODULES = ("basis", "canvas", "coherence", "duplicates", "features", "prepare", "standard", "state", "views")
BASIS = ("mean", "turn", "square", "cube")
SUMS = ("length", "n", "rest", "rest_length", "rest_n")
FILTERS = ("kernel", "offset", "mean", "spread")


@cache
def state_version() -> str:
    """The sha256 over the sources of what a state holds, as hex."""
    digest = sha256()
    for name in MODULES:
        digest.update(name.encode() + b"\0" + files("sebrus.detect").joinpath(f"{name}.py").read_bytes() + b"\0")
    return digest.hexdigest()


def save(state: State, folder: Path) -> Path:
    """Write the state into a folder, in the place of the one that is there; returns the file.

    Whoever reads meanwhile sees the old one or the new one. Of rows that lie in this folder already only the names are
    written. Raises `OSError` where the folder cannot be written.
    """
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f".{NAME}.*"):
        if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:  # of a process that was killed while it wrote
            left.unlink(missing_ok=True)
    beside = folder / f".{NAME}.{os.getpid()}"
    try:
        with beside.open("wb") as file:
            columns = {name: write_rows(column, folder) for name, column in _columns(state).items()}
            np.savez(file, **_arrays(state, columns))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(folder / NAME)
    finally:
        beside.unlink(missing_ok=True)
    remove_others(folder, {one["name"] for told, _ in columns.values() for one in told})
    return folder / NAME


def load(folder: Path) -> State:
    """Read a state; raises `DetectError` where there is none, or one of another version, or not a whole one."""
    folder = folder.absolute()
    path = folder / NAME
    if not path.is_file():
        raise DetectError(f"There is no state in {folder}: build one from the items.")
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            about = json.loads(file["about"].tobytes())
            if about["format"] != FORMAT or about["version"] != state_version():
                raise DetectError(f"{path} was written by another version of the detector: build the state again.")
            return _state(folder, about, {name: file[name] for name in file.files})
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        if isinstance(error, DetectError):
            raise
        raise DetectError(f"{path} is not a whole state: build it again from the items.") from error


def forget(folder: Path) -> None:
    """Have no state lie in a folder; the next one that is written removes the rows of the old. Raises `OSError`."""
    (folder / NAME).unlink(missing_ok=True)


def _columns(state: State) -> dict[str, Rows]:
    """What lies beside the state."""
    columns = {name: getattr(state.items, name) for name in LARGE}
    return columns | {f"own.{view}": state.sums[view].rows for view in VIEWS}


def _arrays(state: State, columns: dict[str, Written]) -> dict[str, Any]:
    standard, filters = state.standard, state.standard.measure.filters
    about = {
        "format": FORMAT,
        "version": state_version(),
        "names": state.names,
        "learned": standard.learned,
        "side": filters.side,
        "floor": filters.floor,
        "tests": state.record.tests,
        "found": state.record.found,
        "latest": {name: [p, accused] for name, (p, accused) in sorted(state.record.latest.items())},
        "image": state.items.images.row,
        "columns": {name: told for name, (told, _) in columns.items()},
    }
    arrays: dict[str, Any] = {"about": np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)}
    arrays |= {f"some.{name}.{place}": rows for name, (_, some) in columns.items() for place, rows in some.items()}
    arrays |= {f"items.{name}": getattr(state.items, name) for name in SMALL}
    arrays |= {f"filters.{name}": getattr(filters, name) for name in FILTERS}
    arrays |= {f"standard.{name}": getattr(standard, name) for name in ("classes", "size", "limits")}
    arrays |= {name: getattr(state, name) for name in ("gram", "by_class", "owner", "label")}
    for view in VIEWS:
        arrays |= {f"basis.{view}.{name}": getattr(standard.measure.bases[view], name) for name in BASIS}
        arrays |= {f"sums.{view}.{name}": getattr(state.sums[view], name) for name in SUMS}
    return arrays


def _column(folder: Path, name: str, dtype: Any, row: tuple[int, ...], about: Any, arrays: dict[str, Any]) -> Rows:
    told = about["columns"][name]
    names = {place: f"some.{name}.{place}" for place in range(len(told))}
    some = {place: arrays[array] for place, array in names.items() if array in arrays}
    return read_rows(folder, np.dtype(dtype), row, told, some)


def _state(folder: Path, about: dict[str, Any], arrays: dict[str, Any]) -> State:
    filters = Filters(about["side"], about["floor"], *(arrays[f"filters.{name}"] for name in FILTERS))
    bases = {view: Basis(*(arrays[f"basis.{view}.{name}"] for name in BASIS)) for view in VIEWS}
    standard = Standard(
        Measure(filters, bases),
        arrays["standard.classes"],
        arrays["standard.size"],
        arrays["standard.limits"],
        about["learned"],
    )
    images = _column(folder, "images", np.uint8, tuple(about["image"]), about, arrays)
    described = _column(folder, "described", np.float16, (filters.width,), about, arrays)
    sums = {}
    for view in VIEWS:
        parts = {name: arrays[f"sums.{view}.{name}"] for name in SUMS}
        own = _column(folder, f"own.{view}", np.float64, parts["rest"].shape[1:], about, arrays)
        sums[view] = Sums(own=own, **parts)
    latest = {name: (float(p), bool(accused)) for name, (p, accused) in about["latest"].items()}
    return State(
        standard,
        tuple(about["names"]),
        Items(images, described, *(arrays[f"items.{name}"] for name in SMALL)),
        arrays["gram"],
        arrays["by_class"],
        arrays["owner"],
        arrays["label"],
        sums,
        Record(about["tests"], about["found"], latest),
    )


__all__ = ["load", "save", "state_version"]
