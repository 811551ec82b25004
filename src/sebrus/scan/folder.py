"""Reading a folder in Hugging Face ImageFolder form: images and `metadata.csv` (`file_name,label[,contributor]`)."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sebrus.detect import Stored
from sebrus.scan.decoding import decode, fit, looked_at, outline, shared_form, stacked
from sebrus.scan.errors import SourceError
from sebrus.scan.source import Source, class_numbers

Look = TypeVar("Look")


@dataclass(frozen=True, slots=True)
class Decoder:
    """Decodes some rows of a folder's images anew, wherever the folder can be reached by the same path."""

    folder: Path
    names: tuple[str, ...]
    lines: tuple[int, ...]
    size: tuple[int, int]
    mode: str

    def __call__(self, rows: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Images uint8 [k, h, w] or [k, h, w, 3] of rows [k]; raises `SourceError`."""
        opened = (_file(self.folder, self.names[row], self.lines[row], decode) for row in rows)
        return np.stack([fit(picture, self.size, self.mode) for picture in opened])


def read_folder(path: Path, like: Source | None, stored: bool = False) -> Source:
    """Read a folder, or, where it is to stay `stored`, only what its files say of themselves; raises `SourceError`."""
    rows = _rows(path / "metadata.csv")
    images = _stored(path, rows) if stored and like is None else _decoded(path, rows, like)
    labels, names = class_numbers([row["label"] for _, row in rows], like, f"{path / 'metadata.csv'}")
    contributors = None
    if "contributor" in rows[0][1]:
        contributors = tuple(row["contributor"] for _, row in rows)
    return Source(images, labels, tuple(row["file_name"] for _, row in rows), contributors, names)


def _decoded(path: Path, rows: list[tuple[int, dict[str, str]]], like: Source | None) -> NDArray[np.uint8]:
    pictures = [_file(path, row["file_name"], number, decode) for number, row in rows]
    return stacked(pictures, like.images if like is not None else None)


def _stored(path: Path, rows: list[tuple[int, dict[str, str]]]) -> Stored:
    size, mode = shared_form([_file(path, row["file_name"], number, outline) for number, row in rows])
    names, lines = tuple(row["file_name"] for _, row in rows), tuple(number for number, _ in rows)
    decoder = Decoder(path.resolve(), names, lines, size, mode)
    return Stored((len(rows), size[1], size[0], *((3,) if mode == "RGB" else ())), decoder)


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows with their line numbers, checked."""
    if not path.is_file():
        raise SourceError(f"{path.parent} has no metadata.csv: list the images in one (file_name,label[,contributor]).")
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines, strict=True)
            header = reader.fieldnames or []
            missing = [name for name in ("file_name", "label") if name not in header]
            if missing:
                raise SourceError(f"{path} has no column {missing[0]}: it must hold file_name and label.")
            wanted = [name for name in ("file_name", "label", "contributor") if name in header]
            rows = []
            for row in reader:
                if any(row[name] is None for name in wanted) or None in row:
                    raise SourceError(f"{path}, line {reader.line_num}: the row has not as many fields as the header.")
                rows.append((reader.line_num, {name: row[name] for name in wanted}))
    except (csv.Error, UnicodeDecodeError, OSError) as error:
        raise SourceError(f"{path} cannot be read as UTF-8 CSV ({error}).") from None
    if not rows:
        raise SourceError(f"{path} lists no images.")
    seen: set[str] = set()
    for number, row in rows:
        if not row["label"]:
            raise SourceError(f"{path}, line {number}: the label is empty.")
        if row["file_name"] in seen:
            raise SourceError(f"{path}, line {number}: {row['file_name']!r} is listed twice.")
        seen.add(row["file_name"])
    return rows


def _file(folder: Path, name: str, line: int, look: Callable[[Image.Image], Look]) -> Look:
    """What `look` says of one file of the folder; raises `SourceError`."""
    where = f"{folder / 'metadata.csv'}, line {line}"
    root = folder.resolve()
    try:
        path = (folder / name).resolve()
        inside = bool(name) and "\x00" not in name and path.is_relative_to(root)
        there = inside and path.is_file()
    except (OSError, ValueError, RuntimeError):
        raise SourceError(f"{where}: {name!r} cannot be read as an image.") from None
    if not inside:
        raise SourceError(f"{where}: {name!r} lies outside the folder.")
    if not there:
        raise SourceError(f"{where}: {name!r} does not exist.")
    return looked_at(path, f"{where}: {name!r}", look)


__all__ = ["Decoder", "read_folder"]
