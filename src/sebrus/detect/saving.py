"""A state as one file: plain arrays, no code, the same bytes for the same state, whole or not there at all."""

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
from sebrus.detect.standard import Standard
from sebrus.detect.state import COLUMNS, Items, State
from sebrus.detect.views import VIEWS

FORMAT = 2
NAME = "state.npz"
ABANDONED_SECONDS = 3600.0
# What is in a state is said by these modules: when one of them changes, states are built again.
MODULES = ("basis", "canvas", "coherence", "duplicates", "features", "prepare", "standard", "state", "views")
BASIS = ("mean", "turn", "square", "cube")
SUMS = ("own", "length", "n", "rest", "rest_length", "rest_n")
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

    Whoever reads meanwhile sees the old one or the new one. Raises `OSError` where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f".{NAME}.*"):
        if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:  # of a process that was killed while it wrote
            left.unlink(missing_ok=True)
    beside = folder / f".{NAME}.{os.getpid()}"
    try:
        with beside.open("wb") as file:
            np.savez(file, **_arrays(state))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(folder / NAME)
    finally:
        beside.unlink(missing_ok=True)
    return folder / NAME


def load(folder: Path) -> State:
    """Read a state; raises `DetectError` where there is none, or one of another version, or not a whole one."""
    path = folder / NAME
    if not path.is_file():
        raise DetectError(f"There is no state in {folder}: build one from the items.")
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            about = json.loads(file["about"].tobytes())
            if about["format"] != FORMAT or about["version"] != state_version():
                raise DetectError(f"{path} was written by another version of the detector: build the state again.")
            return _state(about, {name: file[name] for name in file.files})
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        if isinstance(error, DetectError):
            raise
        raise DetectError(f"{path} is not a whole state: build it again from the items.") from error


def _arrays(state: State) -> dict[str, Any]:
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
    }
    arrays: dict[str, Any] = {"about": np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)}
    arrays |= {f"items.{name}": getattr(state.items, name) for name in COLUMNS}
    arrays |= {f"filters.{name}": getattr(filters, name) for name in FILTERS}
    arrays |= {f"standard.{name}": getattr(standard, name) for name in ("classes", "size", "limits")}
    arrays |= {name: getattr(state, name) for name in ("gram", "by_class", "owner", "label")}
    for view in VIEWS:
        arrays |= {f"basis.{view}.{name}": getattr(standard.measure.bases[view], name) for name in BASIS}
        arrays |= {f"sums.{view}.{name}": getattr(state.sums[view], name) for name in SUMS}
    return arrays


def _state(about: dict[str, Any], arrays: dict[str, Any]) -> State:
    filters = Filters(about["side"], about["floor"], *(arrays[f"filters.{name}"] for name in FILTERS))
    bases = {view: Basis(*(arrays[f"basis.{view}.{name}"] for name in BASIS)) for view in VIEWS}
    standard = Standard(
        Measure(filters, bases),
        arrays["standard.classes"],
        arrays["standard.size"],
        arrays["standard.limits"],
        about["learned"],
    )
    latest = {name: (float(p), bool(accused)) for name, (p, accused) in about["latest"].items()}
    return State(
        standard,
        tuple(about["names"]),
        Items(*(arrays[f"items.{name}"] for name in COLUMNS)),
        arrays["gram"],
        arrays["by_class"],
        arrays["owner"],
        arrays["label"],
        {view: Sums(*(arrays[f"sums.{view}.{name}"] for name in SUMS)) for view in VIEWS},
        Record(about["tests"], about["found"], latest),
    )


__all__ = ["load", "save", "state_version"]
