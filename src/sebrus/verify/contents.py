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
class RoundFile:
    """A round as batches.jsonl tells it: what was shown as `(sha256, label)` by position, the gold with its answers.

    `task` is None where nothing was screened or the list is not known, `gold` where no screening was opened.
    """

    number: int
    task: tuple[tuple[bytes, int], ...] | None
    gold: tuple[tuple[int, bool], ...] | None


@dataclass(frozen=True)
class BatchFile:
    """A line of batches.jsonl: the key, every item as `(sha256, label)`, its rounds, and the outcome it claims."""

    batch_id: bytes
    key: BatchKey
    items: list[tuple[bytes, int]]
    rounds: tuple[RoundFile, ...]
    last_round: int
    panel: tuple[str, ...]
    accepted: tuple[int, ...]
    panel_accepted: tuple[int, ...]
    flags: tuple[int, ...]
    block: int
    transaction: bytes

    def round(self, number: int) -> RoundFile | None:
        """Return the round of this number; None when the file does not tell of it."""
        return next((one for one in self.rounds if one.number == number), None)


@dataclass(frozen=True)
class ProofLine:
    """A line of proofs.jsonl; the votes are those of the last round that decided the item."""

    batch_id: bytes
    index: int
    sha256: bytes
    label: int
    leaf: bytes
    batch_proof: list[bytes]
    manifest_leaf: bytes
    manifest_proof: list[bytes]
    rounds: tuple[int, ...]
    flagged: bool
    votes: tuple[int, int]


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
            rounds=tuple(_round(Fields(value, f"{fields.where}: rounds")) for value in fields.array("rounds")),
            last_round=outcome.integer("round", 8),
            panel=tuple(parse_address(a, f"{outcome.where}: panel") for a in outcome.array("panel")),
            accepted=_bitmap(outcome, "accepted", key.item_count),
            panel_accepted=_bitmap(outcome, "panel_accepted", key.item_count),
            flags=() if outcome.lacks("flags") else _bitmap(outcome, "flags", key.item_count),
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
            rounds=tuple(_small(number, f"{fields.where}: rounds", 8) for number in fields.array("rounds")),
            flagged=fields.truth("flagged"),
            votes=(fields.integer("votes_for", 8), fields.integer("votes_against", 8)),
        )


def _lines(path: Path) -> Iterator[Fields]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            where = f"{path.name} line {number}"
            require(len(line) <= MAX_LINE_BYTES, f"{where} is too long")
            yield Fields(parse_json(line, where), where)


def _round(fields: Fields) -> RoundFile:
    task = None if fields.lacks("task") else tuple(_item(value, fields.where) for value in fields.array("task"))
    gold = None if fields.lacks("gold") else tuple(_answer(value, fields.where) for value in fields.array("gold"))
    return RoundFile(fields.integer("round", 8), task, gold)


def _item(value: object, where: str) -> tuple[bytes, int]:
    if not isinstance(value, list) or len(value) != 2:
        raise StepFailed(f"{where}: an item is not a pair of sha256 and label")
    return parse_sha256(value[0], f"{where}: an item"), _small(value[1], f"{where}: a label", 16)


def _answer(value: object, where: str) -> tuple[int, bool]:
    if not isinstance(value, list) or len(value) != 2 or not isinstance(value[1], bool):
        raise StepFailed(f"{where}: gold is not a pair of position and answer")
    return _small(value[0], f"{where}: gold", 16), value[1]


def _small(value: object, where: str, bits: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << bits:
        raise StepFailed(f"{where} is not a number of {bits} bits")
    return value


def _bitmap(outcome: Fields, key: str, item_count: int) -> tuple[int, ...]:
    raw = parse_hex(outcome.text(key), f"{outcome.where}: {key}")
    try:
        words = bitmap_from_bytes(raw)
        require_bitmap(words, item_count)
    except ValueError as error:
        raise StepFailed(f"{outcome.where}: {key} is no bitmap over {item_count} items") from error
    return tuple(words)
