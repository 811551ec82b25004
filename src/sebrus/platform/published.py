"""The files of published releases, where they lie on this server: believed as far as the chain's hash reaches."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sebrus.chain.errors import ChainError
from sebrus.platform.application import Application
from sebrus.platform.keys import hash_bytes, hash_text
from sebrus.platform.timeline import mined
from sebrus.store.projected import Dataset, Event, Item, Release

MANIFEST = "manifest.json"
DRAFT = "draft-"
DRAFT_DIGITS = 16
BATCHES_AT_ONCE = 500
MOST_MANIFEST_BYTES = 256 * 2**20


@dataclass(frozen=True)
class ReleaseFile:
    """A file of a release: its path within, its size and sha256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What is kept of a manifest that was read: its files by their paths, and the ids of its batches.

    The ids are 32 bytes each, one behind the other: a release may be of a million batches.
    """

    files: tuple[ReleaseFile, ...]
    ids: bytes

    @property
    def batches(self) -> list[str]:
        """The ids, `0x` hex."""
        return [hash_text(self.ids[at : at + 32]) for at in range(0, len(self.ids), 32)]


@dataclass(frozen=True)
class Publication:
    """A release on chain.

    `time` is its block's, in seconds: None where the node does not say. `classes` are its items by class, None where
    its files do not lie here. `folder` is what its archive unpacks to.
    """

    dataset_id: str
    version: int
    manifest_root: str
    manifest_hash: str
    item_count: int
    block: int
    transaction_hash: str
    time: int | None
    classes: list[int] | None
    folder: str


def publication_of(application: Application, session: Session, release: Release) -> Publication:
    """In which transaction, and when, a release was published."""
    dataset = session.get_one(Dataset, release.dataset_id)
    query = select(Event).where(Event.subject == release.dataset_id, Event.name == "Released")
    told = session.scalars(query.where(Event.block_number == release.block)).all()
    event = next(one for one in told if int(one.arguments["version"]) == release.version)
    try:
        time = mined(application.contract, event.transaction_hash, event.block_number)[0]
    except ChainError:
        time = None
    return Publication(
        dataset_id=release.dataset_id,
        version=release.version,
        manifest_root=release.manifest_root,
        manifest_hash=release.manifest_hash,
        item_count=release.item_count,
        block=release.block,
        transaction_hash=event.transaction_hash,
        time=time,
        classes=_classes(application, session, release, dataset),
        folder=archive_name(str((dataset.document or {}).get("name", "")), release.version),
    )


def _classes(application: Application, session: Session, release: Release, dataset: Dataset) -> list[int] | None:
    """How many items of each class a release holds: the accepted ones of the batches that its manifest lists."""
    manifest = _manifest(release_folder(application, release), release.manifest_hash)
    if manifest is None:
        return None
    batches = manifest.batches
    counts = [0] * dataset.class_count
    for first in range(0, len(batches), BATCHES_AT_ONCE):
        ids = batches[first : first + BATCHES_AT_ONCE]
        query = select(Item.label, func.count()).where(Item.batch_id.in_(ids), Item.accepted.is_(True))
        for label, count in session.execute(query.group_by(Item.label)):
            counts[label] += count
    return counts


def archive_name(name: str, version: int) -> str:
    """The folder in an archive and, with `.zip`, its file name: of the dataset's name what is safe everywhere.

    Example:
        >>> archive_name("Cats & Dogs", 2)
        'cats-dogs-release-2'
    """
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60].strip("-")
    return f"{words or 'dataset'}-release-{version}"


def draft_folder(application: Application, dataset_id: str, manifest_hash: str) -> Path:
    """Where a release lies that was built here for its owner: by its manifest's hash, so that none takes its place."""
    return application.settings.releases_path / dataset_id / f"{DRAFT}{manifest_hash.removeprefix('0x')[:DRAFT_DIGITS]}"


def release_folder(application: Application, release: Release) -> Path:
    """Where the files of a release are looked for: under its version, or where it was built."""
    own = application.settings.releases_path / release.dataset_id / str(release.version)
    return own if own.is_dir() else draft_folder(application, release.dataset_id, release.manifest_hash)


def release_files(application: Application, release: Release) -> tuple[ReleaseFile, ...]:
    """The files of a release by their paths; none where it does not lie here, or is not what was published."""
    return files_in(release_folder(application, release), release.manifest_hash)


def files_in(folder: Path, manifest_hash: str) -> tuple[ReleaseFile, ...]:
    """The files that a folder's manifest lists, by their paths; none where it is not the manifest of that hash."""
    manifest = _manifest(folder, manifest_hash)
    return () if manifest is None else manifest.files


def _manifest(folder: Path, manifest_hash: str) -> Manifest | None:
    """What the manifest in a folder says; None where there is none, or not the one of that hash."""
    path = folder / MANIFEST
    try:
        found = path.stat()
        if found.st_size > MOST_MANIFEST_BYTES:
            return None
        return _read(path, (found.st_ino, found.st_size, found.st_mtime_ns), manifest_hash)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


@lru_cache(maxsize=32)
def _read(path: Path, _identity: tuple[int, int, int], manifest_hash: str) -> Manifest | None:
    """The manifest's own lists, once it is the manifest that the chain knows; read again when the file is another."""
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if "0x" + digest != manifest_hash:
        return None
    told = json.loads(data)
    files = [ReleaseFile(name, one["size"], one["sha256"]) for name, one in told["files"].items() if _within(name)]
    files = sorted([*files, ReleaseFile(MANIFEST, len(data), digest)], key=lambda file: file.path)
    return Manifest(tuple(files), b"".join(hash_bytes(batch["batch_id"]) for batch in told["batches"]))


def _within(path: str) -> bool:
    """Whether a path stays in its folder, however the system writes paths."""
    parts = PurePosixPath(path).parts
    return not path.startswith("/") and ".." not in parts and not set(path) & {"\\", ":", "\0"}
