"""Reading a folder in Hugging Face ImageFolder form: images and `metadata.csv` (`file_name,label[,contributor]`).

Images of mixed sizes are all resized to the most common one; grey and colour together become colour.
"""

import csv
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from sebrus.detect import Stored
from sebrus.scan.errors import SourceError
from sebrus.scan.source import Source, class_numbers

MOST_PIXELS = 50_000_000
LONGEST = 512
Look = TypeVar("Look")

GREY = ("1", "L", "I", "I;16", "F", "LA")


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
        opened = (_open(self.folder, self.names[row], self.lines[row]) for row in rows)
        return np.stack([_fit(picture, self.size, self.mode) for picture in opened])


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
    pictures = [_open(path, row["file_name"], number) for number, row in rows]
    colour = any(picture.mode == "RGB" for picture in pictures)
    size = Counter(picture.size for picture in pictures).most_common(1)[0][0]
    if like is not None:
        size = (like.images.shape[2], like.images.shape[1])
        colour = len(like.images.shape) == 4 and like.images.shape[3] == 3
    images = np.stack([_fit(picture, size, "RGB" if colour else "L") for picture in pictures])
    if like is not None and len(like.images.shape) == 4 and not colour:
        images = images[..., None]
    return images


def _stored(path: Path, rows: list[tuple[int, dict[str, str]]]) -> Stored:
    outlines = [_looked_at(path, row["file_name"], number, _outline) for number, row in rows]
    colour = any(mode == "RGB" for _, mode in outlines)
    size = Counter(size for size, _ in outlines).most_common(1)[0][0]
    names, lines = tuple(row["file_name"] for _, row in rows), tuple(number for number, _ in rows)
    decode = Decoder(path.resolve(), names, lines, size, "RGB" if colour else "L")
    return Stored((len(rows), size[1], size[0], *((3,) if colour else ())), decode)


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


def _open(folder: Path, name: str, line: int) -> Image.Image:
    """One image, decoded in full, grey (L) or colour (RGB)."""
    return _looked_at(folder, name, line, _decode)


def _looked_at(folder: Path, name: str, line: int, look: Callable[[Image.Image], Look]) -> Look:
    """What `look` says of one file, checked."""
    where = f"{folder / 'metadata.csv'}, line {line}"
    root = folder.resolve()
    try:
        path = (folder / name).resolve()
        if not name or "\x00" in name or not path.is_relative_to(root):
            raise SourceError(f"{where}: {name!r} lies outside the folder.")
        if not path.is_file():
            raise SourceError(f"{where}: {name!r} does not exist.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise SourceError(
                        f"{where}: {name!r} has {opened.width}x{opened.height} pixels, more than 50 million."
                    )
                if opened.mode in ("I", "I;16", "F"):
                    raise SourceError(f"{where}: {name!r} has more than 8 bits per channel: convert it to 8.")
                return look(opened)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(f"{where}: {name!r} cannot be read as an image.") from None


def _decode(opened: Image.Image) -> Image.Image:
    opened.draft("RGB" if opened.mode not in GREY else "L", (LONGEST, LONGEST))
    picture = opened.convert("L" if opened.mode in GREY else "RGB")
    if max(picture.size) > LONGEST:
        picture.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    return picture


def _outline(opened: Image.Image) -> tuple[tuple[int, int], str]:
    """The size and mode an image has when decoded; only large ones are decoded to know."""
    if max(opened.size) > LONGEST:
        picture = _decode(opened)
        return picture.size, picture.mode
    return opened.size, "L" if opened.mode in GREY else "RGB"


def _fit(picture: Image.Image, size: tuple[int, int], mode: str) -> NDArray[np.uint8]:
    if picture.mode != mode:
        picture = picture.convert(mode)
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.BILINEAR)
    return np.asarray(picture, dtype=np.uint8)


__all__ = ["Decoder", "read_folder"]
