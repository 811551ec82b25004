"""Reading a folder in Hugging Face ImageFolder form: images and `metadata.csv` (`file_name,label[,contributor]`).

Images of mixed sizes are all resized to the most common one; grey and colour together become colour.
"""

import csv
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from sebrus.scan.errors import SourceError
from sebrus.scan.source import Source, class_numbers

MOST_PIXELS = 50_000_000
LONGEST = 512
GREY = ("1", "L", "I", "I;16", "F", "LA")


def read_folder(path: Path, like: Source | None) -> Source:
    """Read a folder; raises `SourceError`."""
    rows = _rows(path / "metadata.csv")
    pictures = [_open(path, row["file_name"], number) for number, row in rows]
    colour = any(picture.mode == "RGB" for picture in pictures)
    size = Counter(picture.size for picture in pictures).most_common(1)[0][0]
    if like is not None:
        size = (like.images.shape[2], like.images.shape[1])
        colour = like.images.ndim == 4 and like.images.shape[3] == 3
    mode = "RGB" if colour else "L"
    images = np.stack([_fit(picture, size, mode) for picture in pictures])
    if like is not None and like.images.ndim == 4 and not colour:
        images = images[..., None]
    labels, names = class_numbers([row["label"] for _, row in rows], like, f"{path / 'metadata.csv'}")
    contributors = None
    if "contributor" in rows[0][1]:
        contributors = tuple(row["contributor"] for _, row in rows)
    return Source(images, labels, tuple(row["file_name"] for _, row in rows), contributors, names)


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
                opened.draft("RGB" if opened.mode not in GREY else "L", (LONGEST, LONGEST))
                picture = opened.convert("L" if opened.mode in GREY else "RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(f"{where}: {name!r} cannot be read as an image.") from None
    if max(picture.size) > LONGEST:
        picture.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    return picture


def _fit(picture: Image.Image, size: tuple[int, int], mode: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    if picture.mode != mode:
        picture = picture.convert(mode)
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.BILINEAR)
    return np.asarray(picture, dtype=np.uint8)


__all__ = ["read_folder"]
