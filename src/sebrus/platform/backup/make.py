"""Make a snapshot while everything runs.

The order makes it consistent. Whatever the database refers to was in the image store before the row was written, and
nothing leaves the store: so the images are copied after the database. And the chain may be ahead of the tables, which
catch up, but should not be behind them: so its snapshot is taken last.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sebrus.chain.deployment import load_deployment
from sebrus.chain.embedded import running_anvil
from sebrus.platform.backup.database import copy_database, indexed_in
from sebrus.platform.backup.manifest import (
    FORMAT,
    IMAGES,
    MANIFEST,
    STORED,
    BackupRefused,
    Entry,
    Manifest,
    entry_of,
    write_manifest,
)
from sebrus.platform.settings import Settings
from sebrus.store.blobs import BlobStore
from sebrus.store.disk import DiskBlobs
from sebrus.store.places import open_blobs

CHAIN_SECONDS = 10.0


@dataclass(frozen=True)
class Made:
    """What a backup did. `damaged` are files of the image store that are not what they are named after."""

    path: Path
    files: int
    images: int
    copied: int
    copied_bytes: int
    damaged: list[str]


@dataclass
class Copied:
    """What was copied of the image store."""

    files: int = 0
    bytes: int = 0
    damaged: list[str] = field(default_factory=list)


def make_backup(settings: Settings, root: Path) -> Made:
    """Copy database, images, chain, keys and deployment into a new snapshot below `root`.

    Raises:
        BackupRefused: there is nothing to back up, or the database cannot be copied.
        OSError: a disk refuses.
    """
    home = settings.home_path
    if not home.is_dir():
        raise BackupRefused(f"{home} does not exist; check SEBRUS_HOME.")
    if root.absolute().is_relative_to(home):
        raise BackupRefused(f"{root} lies inside {home}; choose a folder elsewhere, on another disk if you can.")
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = _free_name(root)
    folder = root / f".{name}-{os.getpid()}"
    folder.mkdir(mode=0o700)
    try:
        copy_database(settings.effective_database_url, folder)
        images, copied = _copy_images(open_blobs(settings.effective_blob_url), root / IMAGES)
        _wait_for_chain(home)
        _copy_home(home, folder)
        made = _finish(settings, folder, images, copied)
        folder.rename(root / name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Made(root / name, *made)


def _free_name(root: Path) -> str:
    """The time, which sorts; two backups in one second wait for each other."""
    while True:
        name = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
        if not (root / name).exists():
            return name
        time.sleep(0.1)


def _finish(
    settings: Settings, folder: Path, images: dict[str, Entry] | None, copied: Copied
) -> tuple[int, int, int, int, list[str]]:
    deployment = load_deployment(settings.deployment_path)
    files = {path.relative_to(folder).as_posix(): entry_of(path) for path in _files_below(folder)}
    manifest = Manifest(
        format=FORMAT,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        chain_id=deployment.chain_id if deployment else None,
        contract=deployment.address if deployment else None,
        indexed_block=indexed_in(folder),
        files=files,
        images=images,
        damaged=copied.damaged,
    )
    write_manifest(folder / MANIFEST, manifest)
    os.sync()
    return len(files), len(images or {}), copied.files, copied.bytes, copied.damaged


# ---------------------------------------------------------------- the image store


def _copy_images(blobs: BlobStore, target: Path) -> tuple[dict[str, Entry] | None, Copied]:
    """Copy what is not there yet; what is there was checked when it was copied, and is again before it is restored."""
    copied = Copied()
    if not isinstance(blobs, DiskBlobs):
        return None, copied
    entries = {}
    for source in _files_below(blobs.root):
        name = source.relative_to(blobs.root).as_posix()
        if not STORED.fullmatch(name):
            continue
        place = target / name
        if not place.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            copy_file(source, place)
            copied.files += 1
            copied.bytes += place.stat().st_size
            if not _is_whole(place, name):
                place.unlink()
                copied.damaged.append(name)
                continue
        entries[name] = _entry(place, name)
    return entries, copied


def _is_whole(path: Path, name: str) -> bool:
    """Whether a file is what its name, or its first line, says."""
    if name.startswith("sha256/"):
        return entry_of(path).sha256 == path.name
    seal, _, document = path.read_bytes().partition(b"\n")
    return hashlib.sha256(document).hexdigest().encode() == seal


def _entry(path: Path, name: str) -> Entry:
    if name.startswith("sha256/"):
        return Entry(sha256=path.name, size=path.stat().st_size)
    return entry_of(path)


# ---------------------------------------------------------------- the home


def _copy_home(home: Path, folder: Path) -> None:
    for name in ("deployment.json", "chain/state.json"):
        if (home / name).is_file():
            (folder / name).parent.mkdir(exist_ok=True)
            copy_file(home / name, folder / name)
    if (home / "keys").is_dir():
        (folder / "keys").mkdir(mode=0o700)
        for path in (home / "keys").iterdir():
            if path.is_file():
                copy_file(path, folder / "keys" / path.name, mode=0o600)


def _wait_for_chain(home: Path) -> None:
    """Let the embedded chain write a snapshot younger than the copy of the database."""
    state, now = home / "chain" / "state.json", time.time()
    deadline = time.monotonic() + CHAIN_SECONDS
    while running_anvil(home / "chain") is not None and time.monotonic() < deadline:
        with suppress(FileNotFoundError):
            if state.stat().st_mtime > now:
                return
        time.sleep(0.1)


def copy_file(source: Path, target: Path, mode: int = 0o644) -> None:
    """Copy a file whole or not at all. A file replaced meanwhile is read as it was when it was opened."""
    temporary = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with source.open("rb") as reading, os.fdopen(descriptor, "wb") as writing:
            shutil.copyfileobj(reading, writing, 2**20)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _files_below(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            yield Path(parent) / name
