"""The manifest of a snapshot: what belongs to it, by path, with size and sha256."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

FORMAT = "sebrus-backup-1"
MANIFEST = "manifest.json"
IMAGES = "images"
DATABASE = "sebrus.db"
DUMP = "sebrus.dump"
MOST_BYTES = 2**30

FILES = re.compile(r"sebrus\.db|sebrus\.dump|deployment\.json|chain/state\.json|keys/[A-Za-z0-9_-][A-Za-z0-9._-]*")
STORED = re.compile(r"sha256/[0-9a-f]{2}/[0-9a-f]{64}|named/[a-z][a-z0-9-]{0,31}/[0-9a-f]{2}/[0-9a-f]{64}")


class BackupRefused(Exception):
    """A backup cannot be made or brought back; the message says why and what to do."""


class Entry(BaseModel):
    """One file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)


class Manifest(BaseModel):
    """Everything a snapshot holds. `images` is None where the image store is not on a disk of ours."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str
    created: str
    chain_id: int | None
    contract: str | None
    indexed_block: int | None
    files: dict[str, Entry]
    images: dict[str, Entry] | None
    damaged: list[str]


@dataclass(frozen=True)
class Snapshot:
    """A snapshot in a backup folder."""

    root: Path
    name: str
    manifest: Manifest = field(repr=False)

    def path(self, name: str) -> Path:
        """Where one of its files lies."""
        return self.root / self.name / name

    def image(self, name: str) -> Path:
        """Where one of its images lies."""
        return self.root / IMAGES / name


def open_snapshot(root: Path, name: str | None) -> Snapshot:
    """A snapshot by its name, or the newest.

    Raises:
        BackupRefused: there is none, or its manifest is not one of ours.
    """
    names = sorted(path.parent.name for path in root.glob(f"[0-9]*/{MANIFEST}"))
    if not names:
        raise BackupRefused(f"There is no backup in {root}; give the folder that `sebrus backup` wrote to.")
    if name is not None and name not in names:
        raise BackupRefused(f"There is no snapshot {name} in {root}; there are {', '.join(names[-5:])}.")
    chosen = name or names[-1]
    return Snapshot(root, chosen, _read(root / chosen / MANIFEST))


def _read(path: Path) -> Manifest:
    broken = BackupRefused(f"{path} is not a manifest of this version; restore another snapshot with --snapshot.")
    try:
        if path.stat().st_size > MOST_BYTES:
            raise broken
        manifest = Manifest.model_validate_json(path.read_bytes())
    except (ValidationError, ValueError):
        raise broken from None
    names = all(FILES.fullmatch(name) for name in manifest.files)
    # Names become paths below a home: nothing but our own forms of them is taken.
    if manifest.format != FORMAT or not names or not all(STORED.fullmatch(name) for name in manifest.images or {}):
        raise broken
    return manifest


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write a manifest, sorted by path."""
    content: dict[str, Any] = manifest.model_dump()
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")


def entry_of(path: Path) -> Entry:
    """Size and sha256 of a file."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return Entry(sha256=sha256, size=file.tell())


def check_snapshot(snapshot: Snapshot) -> None:
    """Hash everything that belongs to a snapshot.

    Raises:
        BackupRefused: something is missing or is not what was backed up.
    """
    manifest = snapshot.manifest
    wanted = [(snapshot.path(name), entry) for name, entry in manifest.files.items()]
    wanted += [(snapshot.image(name), entry) for name, entry in (manifest.images or {}).items()]
    wrong = [path for path, entry in wanted if not path.is_file() or entry_of(path) != entry]
    if wrong:
        raise BackupRefused(
            f"{len(wrong)} of {len(wanted)} files are missing or damaged, the first is {wrong[0]}; "
            "nothing was restored, try another copy or another snapshot with --snapshot."
        )
