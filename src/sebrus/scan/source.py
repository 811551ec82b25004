"""A source of labelled images, read and checked: an archive, an ImageFolder, Parquet or a release."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sebrus.detect import Images
from sebrus.scan.errors import SourceError


@dataclass(frozen=True, slots=True)
class ReleaseName:
    """Which release a source is: the dataset's id and the manifest root as `0x` hex, and the release's number."""

    dataset_id: str
    version: int
    manifest_root: str


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Images uint8 [n, h, w] or [n, h, w, c], in memory or stored, labels [n] as numbers, and names as given.

    `class_names` maps numbers to names when labels were names, else it is empty. `sha256` are those of the images'
    files as hex, where the source holds files in tables; else it is empty.
    """

    images: Images
    labels: NDArray[np.int64]
    ids: tuple[str, ...]
    contributors: tuple[str, ...] | None
    class_names: dict[int, str]
    sha256: tuple[str, ...] = ()
    release: ReleaseName | None = None


def read_both(path: Path, trusted: Path | None, stored: bool = False) -> tuple[Source, Source | None]:
    """Read a source and the trusted items beside it, named by the same classes; raises `SourceError`.

    With `stored` the source's images stay where they are, as far as they can be read in parts.
    """
    source = read(path, stored=stored)
    if trusted is None:
        return source, None
    seed = read(trusted, like=source)
    return replace(source, class_names={**source.class_names, **seed.class_names}), seed


def read(path: Path, like: Source | None = None, stored: bool = False) -> Source:
    """Read a source; `like`, when given, fixes the image size, channels and class numbers (a trusted seed's).

    Raises `SourceError` with one sentence.
    """
    from sebrus.scan.archive import read_archive
    from sebrus.scan.folder import read_folder
    from sebrus.scan.parquet import parquet_files, read_parquet
    from sebrus.scan.released import read_release, stated

    if not path.exists():
        raise SourceError(f"{path} does not exist: give an .npz, a folder with metadata.csv, Parquet or a release.")
    if not path.is_dir():
        return read_parquet(path, like) if parquet_files(path) else read_archive(path, like, stored)
    manifest = stated(path)
    if manifest is not None:
        return read_release(path, manifest, like)
    if not (path / "metadata.csv").exists() and parquet_files(path):
        return read_parquet(path, like)
    return read_folder(path, like, stored)


def class_numbers(values: list[str], like: Source | None, what: str) -> tuple[NDArray[np.int64], dict[int, str]]:
    """Labels given as text, as numbers: whole numbers stay themselves, names are numbered in sorted order."""
    known = dict(like.class_names) if like is not None else {}
    numeric = all(value.lstrip("-").isascii() and value.lstrip("-").isdigit() for value in values)
    if numeric and not known:
        if any(len(value) > 18 for value in values):
            raise SourceError(f"{what} has a label of more than 18 digits.")
        return np.array([int(value) for value in values], dtype=np.int64), {}
    if like is not None and not known:
        raise SourceError(f"{what} has label names but the scanned source has numbers: use the same labels in both.")
    number = {name: code for code, name in known.items()}
    for name in sorted(set(values) - set(number)):
        number[name] = len(number)
    return np.array([number[value] for value in values], dtype=np.int64), {c: n for n, c in number.items()}


def whole_labels(values: NDArray[Any], like: Source | None, what: str) -> tuple[NDArray[np.int64], dict[int, str]]:
    """Labels of an array: whole numbers, or text."""
    if values.ndim != 1:
        raise SourceError(f"{what} must hold one label per image, not an array shaped {list(values.shape)}.")
    if values.dtype.kind in "US":
        return class_numbers(text(values, what), like, what)
    if values.dtype.kind == "f" and values.size and np.all(np.isfinite(values)) and np.all(values == np.rint(values)):
        values = values.astype(np.int64)
    if values.dtype.kind not in "iu" and values.size:
        raise SourceError(f"{what} must hold whole numbers or names, not {values.dtype}.")
    if like is not None and like.class_names:
        raise SourceError(f"{what} has numbers but the scanned source has label names: use the same labels in both.")
    return values.astype(np.int64), {}


def text(values: NDArray[Any], what: str) -> list[str]:
    """An array of names or numbers as strings."""
    if values.ndim != 1 or values.dtype.kind not in "USiufb":
        raise SourceError(f"{what} must hold one name per image.")
    try:
        return [v.decode("utf-8") if isinstance(v, bytes) else str(v) for v in values.tolist()]
    except UnicodeDecodeError:
        raise SourceError(f"{what} holds text that is not UTF-8.") from None


__all__ = ["ReleaseName", "Source", "class_numbers", "read", "read_both", "text", "whole_labels"]
