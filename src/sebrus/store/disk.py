"""Blobs on a local disk, or on a volume that several machines mount.

A write under way is a file in `writing/`, renamed when it is whole; an interrupted one is removed by a later start.
"""

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from sebrus.store.blobs import (
    DIGEST,
    BlobCorrupted,
    BlobMissing,
    BlobNotWritten,
    blob_place,
    checked,
    conflict,
    digest_of,
    kind_place,
    missing,
    named_place,
    opened,
    sealed,
)

SYNCS_AT_ONCE: Final = 8
_ABANDONED_AFTER_SECONDS: Final = 3600.0


class DiskBlobs:
    """Keep blobs in a folder.

    >>> store = DiskBlobs(Path("blobs"))              # doctest: +SKIP
    >>> store.get(store.put(b"pixels")) == b"pixels"  # doctest: +SKIP
    True

    Args:
        root: the store's folder, made if absent.

    Raises:
        BlobNotWritten: if the folder cannot be made.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._writing = self.root / "writing"
        try:
            for folder in (self.root / "sha256", self.root / "named", self._writing):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BlobNotWritten(
                f"The image store cannot make its folder {self.root} ({error.strerror}); "
                "check SEBRUS_HOME or SEBRUS_BLOB_URL and its permissions."
            ) from error
        self._remove_abandoned_writes()

    def put(self, data: bytes) -> str:
        """See `BlobStore.put`."""
        return self.put_all([data])[0]

    def put_all(self, many: Iterable[bytes]) -> list[str]:
        """See `BlobStore.put_all`: all are written, then all made durable, then all named."""
        found, new = [], {}
        for data in many:
            sha256 = digest_of(data)
            found.append(sha256)
            target = self.root / blob_place(sha256)
            if target not in new and _digest_of_file(target) != sha256:
                new[target] = data
        self._write_together(new)
        return found

    def get(self, sha256: str) -> bytes:
        """See `BlobStore.get`."""
        return checked(sha256, _read(self.root / blob_place(sha256), sha256))

    def has(self, sha256: str) -> bool:
        """See `BlobStore.has`."""
        return (self.root / blob_place(sha256)).is_file()

    def size(self, sha256: str) -> int:
        """See `BlobStore.size`."""
        try:
            return (self.root / blob_place(sha256)).stat().st_size
        except FileNotFoundError as error:
            raise missing(sha256) from error

    def __iter__(self) -> Iterator[str]:
        """See `BlobStore`."""
        return _digests_below(self.root / "sha256")

    def put_named(self, kind: str, key_hex: str, data: bytes) -> None:
        """See `BlobStore.put_named`."""
        target = self.root / named_place(kind, key_hex)
        try:
            stored = self.get_named(kind, key_hex)
        except BlobMissing:
            if self._write_unless_taken(target, sealed(data)):
                return
            stored = self.get_named(kind, key_hex)  # another writer was first
        except BlobCorrupted:
            self._write_together({target: sealed(data)})
            return
        if stored != data:
            raise conflict(kind, key_hex)

    def get_named(self, kind: str, key_hex: str) -> bytes:
        """See `BlobStore.get_named`."""
        return opened(kind, key_hex, _read(self.root / named_place(kind, key_hex), f"{kind} {key_hex}"))

    def has_named(self, kind: str, key_hex: str) -> bool:
        """See `BlobStore.has_named`."""
        return (self.root / named_place(kind, key_hex)).is_file()

    def names(self, kind: str) -> Iterator[str]:
        """See `BlobStore.names`."""
        return _digests_below(self.root / kind_place(kind))

    def _write_together(self, new: dict[Path, bytes]) -> None:
        """Write files, each whole or not at all; what stands there is replaced."""
        written: dict[Path, Path] = {}
        try:
            for target, data in new.items():
                written[target] = self._temporary()
                _write(written[target], data)
            _sync_all(_sync_file, written.values())
            changed = {target.parent for target in written}
            grown = {new for folder in changed for new in _make_folder(folder)}
            for target, temporary in written.items():
                temporary.replace(target)
            _sync_all(_sync_folder, changed | grown)
        except OSError as error:
            raise _refused(f"{len(new)} files" if len(new) > 1 else next(iter(new)).name, error) from error
        finally:
            _remove(written.values())

    def _write_unless_taken(self, target: Path, data: bytes) -> bool:
        """Write a file whole or not at all; False if there is one already, which stays."""
        temporary = self._temporary()
        try:
            _write(temporary, data)
            _sync_file(temporary)
            grown = _make_folder(target.parent)
            if not _link_unless_taken(temporary, target):
                return False
            _sync_all(_sync_folder, {target.parent, *grown})
        except OSError as error:
            raise _refused(target.name, error) from error
        finally:
            _remove([temporary])
        return True

    def _temporary(self) -> Path:
        return self._writing / f"{os.getpid()}-{secrets.token_hex(8)}"

    def _remove_abandoned_writes(self) -> None:
        oldest = time.time() - _ABANDONED_AFTER_SECONDS
        for leftover in self._writing.iterdir():
            with suppress(OSError):  # another process may remove it first
                if leftover.stat().st_mtime < oldest:
                    leftover.unlink()


def _refused(what: str, error: OSError) -> BlobNotWritten:
    return BlobNotWritten(
        f"The image store could not write {what} ({error.strerror}); nothing was acknowledged, "
        "so free some space or fix the disk and send it again."
    )


def _read(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise missing(name) from error
    except OSError as error:
        raise BlobCorrupted(
            f"The stored file {name} cannot be read ({error.strerror}); check the disk or restore it from a backup."
        ) from error


def _digest_of_file(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _digests_below(folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        return
    for fan in sorted(folder.iterdir()):
        if fan.is_dir():
            yield from sorted(file.name for file in fan.iterdir() if DIGEST.fullmatch(file.name))


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        if hasattr(os, "posix_fadvise"):
            # On Linux this begins to write them out now, so that all files' blocks go to the disk in one go.
            file.flush()
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _sync_all(sync: Callable[[Path], None], paths: Collection[Path]) -> None:
    """Wait for the disk for all paths at once: it answers many waits with one flush, but not one after the other."""
    if len(paths) > 1:
        with ThreadPoolExecutor(SYNCS_AT_ONCE) as waiting:
            list(waiting.map(sync, paths))
    else:
        for path in paths:
            sync(path)


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()


def _link_unless_taken(source: Path, target: Path) -> bool:
    """Give a file a second name; unlike a rename, this cannot replace what another writer put there."""
    try:
        os.link(source, target)
    except FileExistsError:
        return False
    return True


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder; returns those that must be synced for its own entry to survive a power cut."""
    if folder.is_dir():
        return []
    grown = _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    return [*grown, folder.parent]


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
