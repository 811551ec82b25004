"""The rows of a release's Parquet files, read a row group at a time."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from sebrus.verify.errors import BadInput, StepFailed, require
from sebrus.verify.fields import parse_sha256

MAX_GROUP_BYTES = 2 * 2**30
_IMAGE_NAME = re.compile(r"([0-9a-f]{64})\.[a-z]{2,5}")


@dataclass(frozen=True)
class Row:
    """One released item as loaders see it; `sha256` is that of the image's bytes, computed here."""

    sha256: bytes
    label: int
    contributor: str
    batch_id: str
    index: int


def require_pyarrow() -> tuple[ModuleType, ModuleType]:
    """Return `pyarrow` and `pyarrow.parquet`; `BadInput` names the extra when they are missing."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise BadInput("Reading a release's images needs pyarrow: pip install 'sebrus[export]'.") from error
    return pyarrow, pyarrow.parquet


def read_rows(directory: Path, shards: Sequence[str], class_names: Sequence[str]) -> Iterator[Row]:
    """Yield all rows in order; `StepFailed` when a file is not the table a release holds."""
    pa, pq = require_pyarrow()
    for position, name in enumerate(shards):
        require(name == f"data/train-{position:05d}-of-{len(shards):05d}.parquet", f"{name} is out of sequence")
        try:
            yield from _shard_rows(pa, pq, directory / name, name, class_names)
        except (pa.ArrowException, OSError) as error:
            raise StepFailed(f"{name} is not a readable Parquet file") from error


def _shard_rows(pa: ModuleType, pq: ModuleType, path: Path, name: str, class_names: Sequence[str]) -> Iterator[Row]:
    with pq.ParquetFile(path) as file:
        _check_schema(pa, file.schema_arrow, name, class_names)
        for group in range(file.num_row_groups):
            size = file.metadata.row_group(group).total_byte_size
            require(size <= MAX_GROUP_BYTES, f"{name} has a row group of {size} bytes, too large to read")
            for row in file.read_row_group(group).to_pylist():
                yield _row(row, name)


def _check_schema(pa: ModuleType, schema: Any, name: str, class_names: Sequence[str]) -> None:
    expected = {
        "image": pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
        "label": pa.int64(),
        "sha256": pa.string(),
        "contributor": pa.string(),
        "batch_id": pa.string(),
        "index": pa.int32(),
    }
    found = dict(zip(schema.names, schema.types, strict=True))
    require(found == expected and len(schema.names) == len(expected), f"{name} has other columns than a release has")
    try:
        features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
        names = features["label"]["names"]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise StepFailed(f"{name} does not describe its columns") from error
    require(names == list(class_names), f"{name} names the classes otherwise than the manifest")


def _row(row: dict[str, Any], name: str) -> Row:
    image = row["image"]
    require(
        all(row[column] is not None for column in row) and image["bytes"] is not None and image["path"] is not None,
        f"{name} has a row with an empty cell",
    )
    stated = parse_sha256(row["sha256"], f"{name}: sha256")
    sha256 = hashlib.sha256(image["bytes"]).digest()
    require(sha256 == stated, f"{name}: the image at sha256 {row['sha256'][:12]}… has other bytes")
    named = _IMAGE_NAME.fullmatch(image["path"])
    require(named is not None and named[1] == row["sha256"], f"{name}: an image is named {image['path'][:80]!r}")
    return Row(sha256, row["label"], row["contributor"], row["batch_id"], row["index"])
