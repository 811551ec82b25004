"""The files of a release, read so that a hostile release cannot lead the reader astray."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sebrus.protocol import BatchKey, bitmap_from_bytes, require_bitmap
from sebrus.verify.errors import StepFailed, require
from sebrus.verify.fields import Fields, parse_address, parse_hash, parse_hex, parse_json, parse_sha256
from sebrus.verify.manifest import MANIFEST, ListedFile, Manifest, read_key

MAX_LINE_BYTES = 4 * 2**20
_ALWAYS = {"README.md", "batches.jsonl", "proofs.jsonl"}


@dataclass(frozen=True)
class BatchFile:
    """A line of batches.jsonl: the key, every item as `(sha256, label)`, and the outcome it claims."""

    batch_id: bytes
    key: BatchKey
    items: list[tuple[bytes, int]]
    round: int
    panel: tuple[str, ...]
    accepted: list[int]
    panel_accepted: list[int]
    block: int
    transaction: bytes


@dataclass(frozen=True)
class ProofLine:
    """A line of proofs.jsonl."""

    batch_id: bytes
    index: int
    sha256: bytes
    label: int
    leaf: bytes
    batch_proof: list[bytes]
    manifest_leaf: bytes
    manifest_proof: list[bytes]


def check_files(directory: Path, manifest: Manifest) -> None:
    """Raise `StepFailed` unless the directory holds exactly the listed files with the listed sizes and hashes."""
    found = set(_walk(directory))
    listed = set(manifest.files)
    for name in sorted(_ALWAYS - listed):
        raise StepFailed(f"{MANIFEST} does not list {name}")
    require(bool(manifest.shards), f"{MANIFEST} lists no Parquet file")
    for name in sorted(listed - found):
        raise StepFailed(f"{name} is missing")
    for name in sorted(found - listed - {MANIFEST}):
        raise StepFailed(f"{name} is not part of the release")
    for name, expected in sorted(manifest.files.items()):
        _check_file(directory / name, name, expected)


def _walk(directory: Path, prefix: str = "") -> Iterator[str]:
    """Yield the relative names of all regular files; links and devices are refused."""
    with os.scandir(directory) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            name = prefix + entry.name
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                require(not prefix and entry.name == "data", f"the folder {name} is not part of the release")
                yield from _walk(Path(entry.path), name + "/")
            else:
                require(stat.S_ISREG(mode), f"{name} is not a plain file")
                yield name


def _check_file(path: Path, name: str, expected: ListedFile) -> None:
    size = path.stat().st_size
    require(size == expected.size, f"{name} has {size} bytes, the manifest says {expected.size}")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    require(digest == expected.sha256, f"{name} has another sha256 than the manifest says")


def read_batches(directory: Path) -> Iterator[BatchFile]:
    """Yield the batches of batches.jsonl; `StepFailed` when a line is damaged."""
    for fields in _lines(directory / "batches.jsonl"):
        outcome = fields.object("outcome")
        key = read_key(fields)
        yield BatchFile(
            batch_id=fields.hash("batch_id"),
            key=key,
            items=[_item(value, fields.where) for value in fields.array("items")],
            round=outcome.integer("round", 8),
            panel=tuple(parse_address(a, f"{outcome.where}: panel") for a in outcome.array("panel")),
            accepted=_bitmap(outcome, "accepted", key.item_count),
            panel_accepted=_bitmap(outcome, "panel_accepted", key.item_count),
            block=outcome.integer("block", 63),
            transaction=outcome.hash("transaction"),
        )


def read_proofs(directory: Path) -> Iterator[ProofLine]:
    """Yield the lines of proofs.jsonl; `StepFailed` when one is damaged."""
    for fields in _lines(directory / "proofs.jsonl"):
        yield ProofLine(
            batch_id=fields.hash("batch_id"),
            index=fields.integer("index", 16),
            sha256=parse_sha256(fields.text("sha256"), f"{fields.where}: sha256"),
            label=fields.integer("label", 16),
            leaf=fields.hash("leaf"),
            batch_proof=[parse_hash(node, f"{fields.where}: batch_proof") for node in fields.array("batch_proof")],
            manifest_leaf=fields.hash("manifest_leaf"),
            manifest_proof=[parse_hash(n, f"{fields.where}: manifest_proof") for n in fields.array("manifest_proof")],
        )


def _lines(path: Path) -> Iterator[Fields]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            where = f"{path.name} line {number}"
            require(len(line) <= MAX_LINE_BYTES, f"{where} is too long")
            yield Fields(parse_json(line, where), where)


def _item(value: object, where: str) -> tuple[bytes, int]:
    if not isinstance(value, list) or len(value) != 2:
        raise StepFailed(f"{where}: an item is not a pair of sha256 and label")
    label = value[1]
    if not isinstance(label, int) or isinstance(label, bool) or not 0 <= label < 1 << 16:
        raise StepFailed(f"{where}: a label is not a number of 16 bits")
    return parse_sha256(value[0], f"{where}: an item"), label


def _bitmap(outcome: Fields, key: str, item_count: int) -> list[int]:
    raw = parse_hex(outcome.text(key), f"{outcome.where}: {key}")
    try:
        words = bitmap_from_bytes(raw)
        require_bitmap(words, item_count)
    except ValueError as error:
        raise StepFailed(f"{outcome.where}: {key} is no bitmap over {item_count} items") from error
    return words
