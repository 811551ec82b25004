"""Reading a release: Parquet whose classes and origin its `manifest.json` says."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from sebrus.export import RELEASE_FORMAT
from sebrus.export.canonical import parse_json
from sebrus.protocol import ManifestEntry, manifest_tree
from sebrus.scan.errors import SourceError
from sebrus.scan.parquet import Table, as_source, read_table
from sebrus.scan.source import ReleaseName, Source

MANIFEST = "manifest.json"
MOST_BYTES = 64 * 1024**2
FAMILY = RELEASE_FORMAT.rpartition("-")[0].encode()
COLUMNS = (("contributor", "strings"), ("batch_id", "strings"), ("index", "integers"))
_HASH = re.compile(r"0x[0-9a-f]{64}")


def stated(path: Path) -> dict[str, Any] | None:
    """What a folder's manifest says, where it is a release's; None for other folders. Raises `SourceError`."""
    place = path / MANIFEST
    if not place.is_file() or place.stat().st_size > MOST_BYTES:
        return None
    try:
        data = place.read_bytes()
    except OSError as error:
        raise SourceError(f"{place} cannot be read ({error.strerror}).") from None
    if FAMILY not in data:
        return None
    try:
        manifest = parse_json(data)
    except ValueError:
        raise SourceError(f"{place} is not valid JSON: the release is damaged.") from None
    if not isinstance(manifest, dict) or manifest.get("format") != RELEASE_FORMAT:
        raise SourceError(f"{place} is not of the format {RELEASE_FORMAT}.")
    return manifest


def read_release(path: Path, manifest: dict[str, Any], like: Source | None) -> Source:
    """Read a release's images, which must be those of its manifest; ids are `batch_id/index`. Raises `SourceError`."""
    dataset, names = manifest.get("dataset"), manifest.get("class_names")
    root, version = manifest.get("manifest_root"), manifest.get("version")
    dataset_id = dataset.get("id") if isinstance(dataset, dict) else None
    numbered = isinstance(version, int) and not isinstance(version, bool) and 0 < version < 1 << 32
    if not (_is_hash(dataset_id) and _is_hash(root) and numbered):
        raise SourceError(f"{path / MANIFEST} does not say which release this is: dataset, version or root is missing.")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or len({*names}) != len(names):
        raise SourceError(f"{path / MANIFEST}: class_names must be names that differ.")
    table = read_table(sorted(one for one in path.glob("data/*.parquet") if one.is_file()), COLUMNS)
    if _root(table, path) != root:
        raise SourceError(f"{path}: the images are not those of its manifest root: the release is damaged.")
    source = as_source(table, [f"{batch_id}/{index}" for _, batch_id, index in table.more], names, like, path)
    return replace(source, release=ReleaseName(str(dataset_id), int(version or 0), str(root)))


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def _root(table: Table, path: Path) -> str:
    """The manifest root of the rows, as `0x` hex."""
    entries = []
    for (_, batch_id, index), sha256, label in zip(table.more, table.sha256, table.labels, strict=True):
        if not _is_hash(batch_id) or not 0 <= index < 1 << 16 or not 0 <= label < 1 << 16:
            raise SourceError(f"{path}: a batch_id, index or label is none that a release has.")
        entries.append(ManifestEntry(bytes.fromhex(batch_id[2:]), index, bytes.fromhex(sha256), label))
    return "0x" + manifest_tree(entries).root.hex()


__all__ = ["read_release", "stated"]
