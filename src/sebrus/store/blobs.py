"""The content-addressed store: bytes are found by their sha256 and checked on every read.

On disk, below the root:

    sha256/ab/<64 hex>          a blob, named by its own digest
    named/<kind>/ab/<64 hex>    a document named by another digest, its own sha256 in front
    writing/                    writes under way; an interrupted one is removed by a later start
"""

import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_KIND: Final = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)
_SEAL_BYTES: Final = 65  # 64 hex digits and a newline
_ABANDONED_AFTER_SECONDS: Final = 3600.0


class BlobError(Exception):
    """A store operation failed; the message is one sentence for people."""


class BlobMissing(BlobError):
    """Nothing is stored under this digest."""


class BlobCorrupted(BlobError):
    """The file on disk is not what was stored."""


class BlobNotWritten(BlobError):
    """The disk refused the write; nothing was stored."""


class BlobConflict(BlobError):
    """Another document is already stored under this name."""


class BlobKeyInvalid(BlobError, ValueError):
    """A key is not 64 hex digits, or a kind is not a plain word."""


class BlobUrlUnsupported(BlobError, ValueError):
    """The store's address is of a kind this version cannot use."""


class Blobs(Protocol):
    """What the platform asks of a blob store."""

    def put(self, data: bytes) -> str:
        """Store bytes and return their sha256 in hex."""

    def get(self, sha256: str) -> bytes:
        """Return the bytes of this digest, checked."""

    def has(self, sha256: str) -> bool:
        """Tell whether something is stored under this digest."""

    def size(self, sha256: str) -> int:
        """Return the number of bytes stored under this digest."""

    def path(self, sha256: str) -> Path:
        """Return a local file to stream from."""

    def __iter__(self) -> Iterator[str]:
        """Yield every stored digest, in ascending order."""

    def put_named(self, kind: str, key_hex: str, data: bytes) -> None:
        """Store a document under a digest that is not its own."""

    def get_named(self, kind: str, key_hex: str) -> bytes:
        """Return a named document, checked."""

    def has_named(self, kind: str, key_hex: str) -> bool:
        """Tell whether a named document is stored."""

    def names(self, kind: str) -> Iterator[str]:
        """Yield the keys of every document of a kind, in ascending order."""


class BlobStore:
    """Keep blobs on the local disk; safe with many processes writing at once.

    >>> store = BlobStore(Path("blobs"))              # doctest: +SKIP
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
        """Store bytes under their sha256; storing them again changes nothing.

        A copy that rotted on disk is replaced by the good bytes.

        Returns:
            The sha256, 64 lowercase hex digits.

        Raises:
            BlobNotWritten: if the disk is full or refuses; nothing is left behind.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        target = self._blob_file(sha256)
        if _digest_of_file(target) != sha256:
            self._write(target, data, replace=True)
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return the bytes of a digest, hashed again before they are handed out.

        Raises:
            BlobKeyInvalid: if ``sha256`` is not 64 lowercase hex digits.
            BlobMissing: if nothing is stored under it.
            BlobCorrupted: if the file's bytes no longer have this digest.
        """
        data = _read(self._blob_file(sha256), sha256)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise BlobCorrupted(
                f"The stored file {sha256} no longer has this sha256; restore it from a backup "
                "or have its contributor send the image again."
            )
        return data

    def has(self, sha256: str) -> bool:
        """Tell whether a file is stored under this digest (its bytes are not read)."""
        return self._blob_file(sha256).is_file()

    def size(self, sha256: str) -> int:
        """Return the size in bytes; raises BlobMissing if nothing is stored under the digest."""
        try:
            return self._blob_file(sha256).stat().st_size
        except FileNotFoundError as error:
            raise _missing(sha256) from error

    def path(self, sha256: str) -> Path:
        """Return the file to stream from; bytes read this way are not checked.

        Raises:
            BlobMissing: if nothing is stored under the digest.
        """
        path = self._blob_file(sha256)
        if not path.is_file():
            raise _missing(sha256)
        return path

    def __iter__(self) -> Iterator[str]:
        """Yield every stored digest, in ascending order."""
        return _digests_below(self.root / "sha256")

    def put_named(self, kind: str, key_hex: str, data: bytes) -> None:
        """Store a document under a digest that is not its own, such as a manifest under its Merkle root.

        The first document stays: storing it again changes nothing, storing another is refused.

        Args:
            kind: a plain lowercase word, such as ``"manifest"``.
            key_hex: 64 lowercase hex digits.
            data: the document.

        Raises:
            BlobKeyInvalid: if kind or key is malformed.
            BlobConflict: if a different document has this name.
            BlobNotWritten: if the disk refuses; nothing is left behind.
        """
        target = self._named_file(kind, key_hex)
        sealed = hashlib.sha256(data).hexdigest().encode() + b"\n" + data
        try:
            stored = self.get_named(kind, key_hex)
        except BlobMissing:
            if self._write(target, sealed, replace=False):
                return
            stored = self.get_named(kind, key_hex)  # another writer was first
        except BlobCorrupted:
            self._write(target, sealed, replace=True)
            return
        if stored != data:
            raise BlobConflict(
                f"Another {kind} is already stored under {key_hex}; the first one is kept, "
                "so compute the digest again from what you send."
            )

    def get_named(self, kind: str, key_hex: str) -> bytes:
        """Return a named document, hashed again before it is handed out.

        Raises:
            BlobKeyInvalid: if kind or key is malformed.
            BlobMissing: if nothing has this name.
            BlobCorrupted: if the file's bytes are not those that were stored.
        """
        sealed = _read(self._named_file(kind, key_hex), f"{kind} {key_hex}")
        seal, data = sealed[:_SEAL_BYTES], sealed[_SEAL_BYTES:]
        if seal != hashlib.sha256(data).hexdigest().encode() + b"\n":
            raise BlobCorrupted(f"The stored {kind} {key_hex} is damaged; store it again or restore it from a backup.")
        return data

    def has_named(self, kind: str, key_hex: str) -> bool:
        """Tell whether a document has this name (its bytes are not read)."""
        return self._named_file(kind, key_hex).is_file()

    def names(self, kind: str) -> Iterator[str]:
        """Yield the keys of every document of a kind, in ascending order."""
        return _digests_below(self._kind_folder(kind))

    def _blob_file(self, sha256: str) -> Path:
        return self.root / "sha256" / _checked_key(sha256)[:2] / sha256

    def _kind_folder(self, kind: str) -> Path:
        if not _KIND.fullmatch(kind):
            raise BlobKeyInvalid(
                f"The document kind {kind!r} is not valid; use lowercase letters, digits and hyphens, 32 at most."
            )
        return self.root / "named" / kind

    def _named_file(self, kind: str, key_hex: str) -> Path:
        return self._kind_folder(kind) / _checked_key(key_hex)[:2] / key_hex

    def _write(self, target: Path, data: bytes, *, replace: bool) -> bool:
        """Write a file whole or not at all; False if it exists and may not be replaced."""
        temporary = self._writing / f"{os.getpid()}-{secrets.token_hex(8)}"
        try:
            _write_through(temporary, data)
            _make_folder(target.parent)
            if replace:
                temporary.replace(target)
            elif not _link_unless_taken(temporary, target):
                return False
            _sync_folder(target.parent)
        except OSError as error:
            raise BlobNotWritten(
                f"The image store could not write {target.name} ({error.strerror}); nothing was stored, "
                "so free some space or fix the disk and send it again."
            ) from error
        finally:
            with suppress(OSError):
                temporary.unlink()
        return True

    def _remove_abandoned_writes(self) -> None:
        oldest = time.time() - _ABANDONED_AFTER_SECONDS
        for leftover in self._writing.iterdir():
            with suppress(OSError):  # another process may remove it first
                if leftover.stat().st_mtime < oldest:
                    leftover.unlink()


def open_blobs(url: str) -> BlobStore:
    """Open the store that ``SEBRUS_BLOB_URL`` names.

    >>> open_blobs("file:///srv/sebrus/blobs")  # doctest: +SKIP

    Raises:
        BlobUrlUnsupported: if the address is not ``file://`` and an absolute path.
    """
    parts = urlsplit(url)
    path = Path(unquote(parts.path))
    plain = parts.netloc in ("", "localhost") and not parts.query and not parts.fragment
    if parts.scheme != "file" or not plain or not path.is_absolute() or "\0" in str(path):
        raise BlobUrlUnsupported(
            f"SEBRUS_BLOB_URL is {url!r}, but this version stores images on the local disk only; "
            "give it as file:// and an absolute path, such as file:///srv/sebrus/blobs."
        )
    return BlobStore(path)


def _checked_key(key: str) -> str:
    if not _DIGEST.fullmatch(key):
        raise BlobKeyInvalid(f"The key {key[:80]!r} is not valid; give 64 lowercase hex digits without 0x.")
    return key


def _missing(name: str) -> BlobMissing:
    return BlobMissing(f"Nothing is stored under {name}; check the digest, or whether it was ever uploaded.")


def _read(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise _missing(name) from error
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
            yield from sorted(file.name for file in fan.iterdir() if _DIGEST.fullmatch(file.name))


def _write_through(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _link_unless_taken(source: Path, target: Path) -> bool:
    """Give a file a second name; unlike a rename, this cannot replace what another writer put there."""
    try:
        os.link(source, target)
    except FileExistsError:
        return False
    return True


def _make_folder(folder: Path) -> None:
    """Make a folder whose own entry survives a power cut."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
