"""Reading Parquet as Hugging Face `datasets` writes it: `image` (bytes and path), `label`, optional `contributor`."""

import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from PIL import Image

from sebrus.export.canonical import parse_json
from sebrus.scan.decoding import decode, looked_at, shared_form, stacked
from sebrus.scan.errors import SourceError
from sebrus.scan.source import Source, class_numbers, whole_labels

MAGIC = b"PAR1"
ROWS_AT_ONCE = 16
MOST_GROUP_BYTES = 2 * 1024**3
MOST_FILE_BYTES = 64 * 1024**2
MOST_BYTES = 4 * 1024**3


@dataclass(slots=True)
class Table:
    """The rows of some files: decoded images, the sha256 of their bytes, labels, contributors, the paths given, where
    each row stands, the values of the `more` columns asked for, and the class names, where there are any."""

    pictures: list[Image.Image] = field(default_factory=list)
    sha256: list[str] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    contributors: list[str] = field(default_factory=list)
    paths: list[str | None] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    more: list[tuple[Any, ...]] = field(default_factory=list)
    class_names: list[str] = field(default_factory=list)
    decoded_bytes: int = 0


def parquet_files(path: Path) -> list[Path]:
    """The Parquet files at a path: the file itself, those in the folder, or those in its folder `data`."""
    if path.is_file():
        return [path] if path.suffix == ".parquet" or _begins(path) else []
    here = sorted(one for one in path.glob("*.parquet") if one.is_file())
    return here or sorted(one for one in path.glob("data/*.parquet") if one.is_file())


def read_parquet(path: Path, like: Source | None) -> Source:
    """Read one file or all files of a folder, in the order of their names; raises `SourceError`.

    Ids are the images' paths where all have one and no two the same, else `file/row`.
    """
    table = read_table(parquet_files(path))
    known = Counter(table.paths)
    ids = table.paths if None not in known and "" not in known and max(known.values()) == 1 else table.places
    return as_source(table, [str(one) for one in ids], table.class_names, like, path)


def as_source(table: Table, ids: list[str], class_names: Sequence[str], like: Source | None, path: Path) -> Source:
    """A table with its ids and class names (empty where labels are only numbers) as a source; raises `SourceError`."""
    if class_names:
        for label, place in zip(table.labels, table.places, strict=True):
            if not 0 <= label < len(class_names):
                raise SourceError(f"{path}: label {label} of {place} names none of the {len(class_names)} classes.")
    numbers, names = np.array(table.labels, dtype=np.int64), dict(enumerate(class_names))
    if like is not None and class_names:
        numbers, names = class_numbers([class_names[label] for label in table.labels], like, f"label in {path}")
    elif like is not None:
        numbers, names = whole_labels(numbers, like, f"label in {path}")
    (width, height), mode = shared_form([(one.size, one.mode) for one in table.pictures])
    if like is None and len(ids) * width * height * (3 if mode == "RGB" else 1) > MOST_BYTES:
        raise SourceError(f"{path} decodes to more than 4 GiB: split it.")
    images = stacked(table.pictures, like.images if like is not None else None)
    return Source(images, numbers, tuple(ids), tuple(table.contributors) or None, names, tuple(table.sha256))


def read_table(files: Sequence[Path], more: Sequence[tuple[str, str]] = ()) -> Table:
    """Read all rows; `more` are further columns that must be there, each with its kind. Raises `SourceError`."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise SourceError("Reading Parquet needs pyarrow: pip install 'sebrus[export]'.") from None
    table = Table()
    for file in files:
        try:
            with pyarrow.parquet.ParquetFile(file, pre_buffer=False) as opened:
                columns = _columns(pyarrow, opened, file, more)
                names = _class_names(opened.schema_arrow)
                same = names == table.class_names and bool(table.contributors) == ("contributor" in columns)
                if table.labels and not same:
                    raise SourceError(f"{file} has other columns or classes than {files[0].name}: bring them in line.")
                table.class_names = names
                for row, values in enumerate(_values(opened, columns)):
                    _add(table, values, f"{file.name}/{row}", file, [name for name, _ in more])
        except SourceError:
            raise
        except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
            raise SourceError(f"{file} cannot be read as Parquet ({_short(error)}).") from None
    if not table.labels:
        raise SourceError(f"{files[0].parent if files else 'The release'} holds no images.")
    return table


def _columns(pa: ModuleType, opened: Any, file: Path, more: Sequence[tuple[str, str]]) -> list[str]:
    """The columns to read, checked: one of each name, of its kind."""
    schema, groups = opened.schema_arrow, opened.metadata
    if any(groups.row_group(i).total_byte_size > MOST_GROUP_BYTES for i in range(groups.num_row_groups)):
        raise SourceError(f"{file} has a row group of more than 2 GiB: write it in smaller ones.")
    wanted = [("label", "integers"), *more]
    if "contributor" in schema.names:
        wanted.append(("contributor", "strings"))
    for name, kind in wanted:
        _require(schema, name, _kinds(pa)[kind], kind, file)
    _require(schema, "image", pa.types.is_struct, "structs of bytes and path", file)
    image = schema.field("image").type
    if not _has(image, "bytes", _kinds(pa)["binary"]):
        raise SourceError(f"{file}: image must be a struct of bytes and path, as the Image feature of datasets is.")
    paths = ["image.path"] if _has(image, "path", _kinds(pa)["strings"]) else []
    return ["image.bytes", *paths, *dict.fromkeys(name for name, _ in wanted)]


def _require(schema: Any, name: str, fits: Callable[[Any], bool], kind: str, file: Path) -> None:
    place = schema.get_field_index(name)  # -1 also where there are two
    if place < 0:
        raise SourceError(f"{file} has not one column {name}: it must hold image and label.")
    if not fits(schema.field(place).type):
        raise SourceError(f"{file}: {name} must be a column of {kind}, not {str(schema.field(place).type)[:60]}.")


def _has(struct: Any, name: str, fits: Callable[[Any], bool]) -> bool:
    place = struct.get_field_index(name)
    return place >= 0 and fits(struct.field(place).type)


def _kinds(pa: ModuleType) -> dict[str, Callable[[Any], bool]]:
    kinds = pa.types
    return {
        "integers": kinds.is_integer,
        "strings": lambda kind: kinds.is_string(kind) or kinds.is_large_string(kind),
        "binary": lambda kind: kinds.is_binary(kind) or kinds.is_large_binary(kind),
    }


def _class_names(schema: Any) -> list[str]:
    """The names of a ClassLabel feature; empty where the file describes none."""
    try:
        names = parse_json((schema.metadata or {})[b"huggingface"])["info"]["features"]["label"]["names"]
    except (KeyError, TypeError, ValueError):
        return []
    plain = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return names if plain and len(set(names)) == len(names) else []


def _values(opened: Any, columns: list[str]) -> Iterator[dict[str, Any]]:
    for batch in opened.iter_batches(ROWS_AT_ONCE, columns=columns, use_threads=False):
        yield from batch.to_pylist()


def _add(table: Table, values: dict[str, Any], place: str, file: Path, more: list[str]) -> None:
    """One row, checked and decoded."""
    image, where = values["image"], f"{file.parent / place}"
    if image is None or image["bytes"] is None:
        raise SourceError(f"{where}: the image has no bytes: embed the images in the file.")
    empty = [name for name, value in values.items() if value is None]
    if empty:
        raise SourceError(f"{where}: {empty[0]} is empty.")
    if not -(2**63) <= values["label"] < 2**63:
        raise SourceError(f"{where}: the label does not fit into 64 bits.")
    data = image["bytes"]
    if len(data) > MOST_FILE_BYTES:
        raise SourceError(f"{where}: the image has more than 64 MiB.")
    picture = looked_at(io.BytesIO(data), f"{where}: the image", decode)
    table.decoded_bytes += picture.width * picture.height * len(picture.getbands())
    if table.decoded_bytes > MOST_BYTES:
        raise SourceError(f"{file} decodes to more than 4 GiB: split it.")
    table.pictures.append(picture)
    table.sha256.append(hashlib.sha256(data).hexdigest())
    table.labels.append(values["label"])
    table.paths.append(image.get("path"))
    table.places.append(place)
    table.more.append(tuple(values[name] for name in more))
    if "contributor" in values:
        table.contributors.append(values["contributor"])


def _begins(path: Path) -> bool:
    """Whether a file begins as Parquet does; who reads it as something else says why it cannot be read at all."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120].rstrip(".")


__all__ = ["Table", "as_source", "parquet_files", "read_parquet", "read_table"]
