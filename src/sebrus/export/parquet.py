"""Parquet shards that `datasets.load_dataset` opens with Image and ClassLabel features."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from sebrus.export.release import ExportRefused, ImageBytes, ReleaseInput

ROW_GROUP_ROWS = 100
"""Rows read at once by viewers and streaming loaders; large groups of images make both slow."""
SHARD_BYTES = 256 * 2**20
"""Image bytes in one shard, about."""

_SUFFIXES = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF8", "gif"),
    (b"RIFF", "webp"),
    (b"BM", "bmp"),
)


@dataclass(frozen=True)
class ShardedRows:
    """What was written: the shards in order, and the number of image bytes in them."""

    paths: tuple[Path, ...]
    image_bytes: int


def require_pyarrow() -> tuple[ModuleType, ModuleType]:
    """Return `pyarrow` and `pyarrow.parquet`; `ExportRefused` names the extra when they are missing."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ExportRefused("Writing a release needs pyarrow: pip install 'sebrus[export]'.") from error
    return pyarrow, pyarrow.parquet


def features(class_names: Iterable[str]) -> dict[str, Any]:
    """Return the columns as Hugging Face `datasets` names them."""
    text = {"dtype": "string", "_type": "Value"}
    return {
        "image": {"_type": "Image"},
        "label": {"names": list(class_names), "_type": "ClassLabel"},
        "sha256": text,
        "contributor": text,
        "batch_id": text,
        "index": {"dtype": "int32", "_type": "Value"},
    }


def write_shards(
    release: ReleaseInput, image_bytes: ImageBytes, directory: Path, shard_bytes: int = SHARD_BYTES
) -> ShardedRows:
    """Write every accepted item into `directory` as `train-00000-of-0000N.parquet`.

    Raises:
        ExportRefused: pyarrow is missing, or an image is missing or not the one its sha256 names.
    """
    pa, pq = require_pyarrow()
    schema = _schema(pa, release.metadata.class_names)
    directory.mkdir()
    drafts: list[Path] = []
    total = 0
    writer, filled = None, 0
    for rows, size in _row_groups(release, image_bytes):
        if writer is None or filled + size > shard_bytes:
            if writer is not None:
                writer.close()
            drafts.append(directory / f"draft-{len(drafts):05d}")
            writer, filled = _open_writer(pq, drafts[-1], schema), 0
        writer.write_table(pa.Table.from_pylist(rows, schema=schema), row_group_size=ROW_GROUP_ROWS)
        filled += size
        total += size
    if writer is not None:
        writer.close()
    paths = [draft.with_name(f"train-{i:05d}-of-{len(drafts):05d}.parquet") for i, draft in enumerate(drafts)]
    return ShardedRows(tuple(draft.rename(path) for draft, path in zip(drafts, paths, strict=True)), total)


def _schema(pa: ModuleType, class_names: tuple[str, ...]) -> Any:
    columns = [
        ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
        ("label", pa.int64()),
        ("sha256", pa.string()),
        ("contributor", pa.string()),
        ("batch_id", pa.string()),
        ("index", pa.int32()),
    ]
    described = json.dumps({"info": {"features": features(class_names)}}, ensure_ascii=False)
    return pa.schema(columns, metadata={"huggingface": described})


def _open_writer(pq: ModuleType, path: Path, schema: Any) -> Any:
    """Open a writer with every setting pinned, so that the bytes depend on the rows and pyarrow's version only."""
    return pq.ParquetWriter(
        path,
        schema,
        version="2.6",
        compression="NONE",  # images are compressed already
        use_dictionary=["contributor", "batch_id"],
        write_statistics=["label", "index"],
        data_page_version="1.0",
        store_schema=True,
        write_page_index=False,
        write_page_checksum=False,
    )


def _row_groups(release: ReleaseInput, image_bytes: ImageBytes) -> Iterator[tuple[list[dict[str, Any]], int]]:
    """Yield the rows in groups, each with the number of its image bytes."""
    rows: list[dict[str, Any]] = []
    size = 0
    for batch, entry in release.entries():
        data = _checked_image(image_bytes, entry.sha256)
        name = entry.sha256.hex()
        rows.append(
            {
                "image": {"bytes": data, "path": f"{name}.{_suffix(data)}"},
                "label": entry.label,
                "sha256": name,
                "contributor": batch.key.contributor,
                "batch_id": "0x" + entry.batch_id.hex(),
                "index": entry.index,
            }
        )
        size += len(data)
        if len(rows) == ROW_GROUP_ROWS:
            yield rows, size
            rows, size = [], 0
    if rows:
        yield rows, size


def _checked_image(image_bytes: ImageBytes, sha256: bytes) -> bytes:
    try:
        data = image_bytes(sha256)
    except (KeyError, OSError) as error:
        raise ExportRefused(f"The image {sha256.hex()} is not in the image store.") from error
    if hashlib.sha256(data).digest() != sha256:
        raise ExportRefused(f"The image store holds other bytes than {sha256.hex()} under that name.")
    return data


def _suffix(data: bytes) -> str:
    return next((suffix for magic, suffix in _SUFFIXES if data.startswith(magic)), "bin")
