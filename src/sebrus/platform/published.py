"""The files of published releases, where they lie on this server: believed as far as the chain's hash reaches."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from sebrus.platform.application import Application
from sebrus.store.projected import Release

MANIFEST = "manifest.json"
MOST_MANIFEST_BYTES = 256 * 2**20


@dataclass(frozen=True)
class ReleaseFile:
    """A file of a release: its path within, its size and sha256."""

    path: str
    size: int
    sha256: str


def release_folder(application: Application, release: Release) -> Path:
    """Where the files of a release are looked for."""
    return application.settings.releases_path / release.dataset_id / str(release.version)


def release_files(application: Application, release: Release) -> tuple[ReleaseFile, ...]:
    """The files of a release by their paths; none where it does not lie here, or is not what was published."""
    manifest = release_folder(application, release) / MANIFEST
    try:
        found = manifest.stat()
        if found.st_size > MOST_MANIFEST_BYTES:
            return ()
        return _files(manifest, found.st_mtime_ns, release.manifest_hash)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ()


@lru_cache(maxsize=32)
def _files(manifest: Path, _changed: int, manifest_hash: str) -> tuple[ReleaseFile, ...]:
    """The manifest's own list, once it is the manifest that the chain knows."""
    data = manifest.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if "0x" + digest != manifest_hash:
        return ()
    listed = json.loads(data)["files"]
    files = [ReleaseFile(path, one["size"], one["sha256"]) for path, one in listed.items() if _within(path)]
    return tuple(sorted([*files, ReleaseFile(MANIFEST, len(data), digest)], key=lambda file: file.path))


def _within(path: str) -> bool:
    """Whether a path stays in its folder, however the system writes paths."""
    parts = PurePosixPath(path).parts
    return not path.startswith("/") and ".." not in parts and not set(path) & {"\\", ":", "\0"}
