"""Bring a snapshot back: everything is checked first, built beside the home, and renamed into place."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from sebrus.chain.embedded import running_anvil
from sebrus.platform.backup.database import is_in_use, sqlite_path
from sebrus.platform.backup.make import copy_file
from sebrus.platform.backup.manifest import DATABASE, DUMP, BackupRefused, Snapshot, check_snapshot, open_snapshot
from sebrus.platform.settings import Settings
from sebrus.store.blobs import BlobStore
from sebrus.store.disk import DiskBlobs
from sebrus.store.places import open_blobs


@dataclass(frozen=True)
class Restored:
    """What was brought back. `set_aside` are what was there before; `dump` is to be given to pg_restore."""

    snapshot: str
    files: int
    images: int
    set_aside: list[Path]
    dump: Path | None


def restore_backup(settings: Settings, root: Path, snapshot: str | None = None, *, replace: bool = False) -> Restored:
    """Restore a snapshot, the newest unless one is named, into the home and wherever the settings put its parts.

    Raises:
        BackupRefused: it is damaged, processes run, or something is there that may not be replaced; nothing changed.
        OSError: a disk refuses; what was there before is in place.
    """
    chosen = open_snapshot(root, snapshot)
    _refuse_running(settings)
    database = _database_place(settings, chosen)
    _refuse_taken([settings.home_path, *([database] if database is not None else [])], replace)
    check_snapshot(chosen)
    home = settings.home_path
    staging = home.with_name(f".{home.name}.restoring-{os.getpid()}")
    try:
        _build(settings, chosen, staging, inside=database is None)
        set_aside = [*_swap_database(chosen, database), *_swap(staging, home)]
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    dump = home / DUMP if DUMP in chosen.manifest.files else None
    return Restored(chosen.name, len(chosen.manifest.files), len(chosen.manifest.images or {}), set_aside, dump)


def _refuse_running(settings: Settings) -> None:
    path = sqlite_path(settings.effective_database_url)
    busy = path is not None and is_in_use(path)
    if busy or running_anvil(settings.home_path / "chain") is not None:
        raise BackupRefused(f"SeBRUS is running in {settings.home_path}; stop its processes first.")


def _database_place(settings: Settings, snapshot: Snapshot) -> Path | None:
    """Where the database goes when that is outside the home; None inside, or where it is no file."""
    path = sqlite_path(settings.effective_database_url)
    held = DATABASE if DATABASE in snapshot.manifest.files else DUMP
    if held in snapshot.manifest.files and (path is None) != (held == DUMP):
        raise BackupRefused(
            f"The snapshot holds {held} and SEBRUS_DATABASE_URL is of another kind; set it as when it was backed up."
        )
    return None if path is None or path == settings.home_path / DATABASE else path


def _refuse_taken(places: list[Path], replace: bool) -> None:
    for place in places:
        taken = any(place.iterdir()) if place.is_dir() else place.exists()
        if taken and not replace:
            raise BackupRefused(f"{place} is not empty; choose another SEBRUS_HOME, or add --replace to set it aside.")


def _build(settings: Settings, snapshot: Snapshot, staging: Path, inside: bool) -> None:
    """Put everything that belongs into the home into a folder beside it; images elsewhere go where they belong."""
    staging.mkdir(mode=0o700)
    for name in snapshot.manifest.files:
        if name == DATABASE and not inside:
            continue
        target = staging / name
        target.parent.mkdir(exist_ok=True, mode=0o700)
        copy_file(snapshot.path(name), target, mode=0o600)
    if snapshot.manifest.images is not None:
        elsewhere: BlobStore | None = open_blobs(settings.effective_blob_url) if settings.blob_url is not None else None
        store = elsewhere.root if isinstance(elsewhere, DiskBlobs) else staging / "images"
        for name in snapshot.manifest.images:
            target = store / name
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                copy_file(snapshot.image(name), target)
    os.sync()


def _swap(staging: Path, home: Path) -> list[Path]:
    """Rename the new home into place, the old one aside; where the second rename fails the first is undone."""
    if not home.exists() or not any(home.iterdir()):
        _rename(staging, home)
        return []
    aside = _aside(home)
    _rename(home, aside)
    try:
        _rename(staging, home)
    except BackupRefused:
        aside.rename(home)
        raise
    return [aside]


def _rename(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError as error:
        raise BackupRefused(
            f"{target} cannot be put in place ({error.strerror}); if it is a volume's own folder, "
            "set SEBRUS_HOME to a folder below it."
        ) from error


def _swap_database(snapshot: Snapshot, place: Path | None) -> list[Path]:
    """Put the database where the settings want it, outside the home."""
    if place is None or DATABASE not in snapshot.manifest.files:
        return []
    aside = []
    place.parent.mkdir(parents=True, exist_ok=True)
    for path in (place, *(place.with_name(place.name + end) for end in ("-wal", "-shm"))):
        if path.exists():
            aside.append(_aside(path))
            path.rename(aside[-1])
    copy_file(snapshot.path(DATABASE), place, mode=0o600)
    return aside


def _aside(path: Path) -> Path:
    return path.with_name(f"{path.name}.replaced-{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}")
