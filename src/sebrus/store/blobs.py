"""The content-addressed store: bytes are found by their sha256 and checked on every read.

Where they lie is `disk.py` or `s3.py`, by the same names in both:

    sha256/ab/<64 hex>          a blob, named by its own digest
    named/<kind>/ab/<64 hex>    a document named by another digest, its own sha256 in front
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Final, Protocol

DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_KIND: Final = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)
_SEAL_BYTES: Final = 65  # 64 hex digits and a newline


class BlobError(Exception):
    """A store operation failed; the message is one sentence for people."""


class BlobMissing(BlobError):
    """Nothing is stored under this digest."""


class BlobCorrupted(BlobError):
    """What lies there is not what was stored."""


class BlobNotWritten(BlobError):
    """The store refused the write; nothing was stored."""


class BlobUnreachable(BlobError):
    """The store does not answer; what is in it is not known."""


class BlobConflict(BlobError):
    """Another document is already stored under this name."""


class BlobKeyInvalid(BlobError, ValueError):
    """A key is not 64 hex digits, or a kind is not a plain word."""


class BlobUrlUnsupported(BlobError, ValueError):
    """The store's address is of a kind this version cannot use."""


class BlobStore(Protocol):
    """What the platform asks of a blob store; each is safe with many processes writing at once."""

    def put(self, data: bytes) -> str:
        """Store bytes under their sha256; storing them again changes nothing.

        A copy that rotted is replaced by the good bytes. What was stored survives a power cut.

        Returns:
            The sha256, 64 lowercase hex digits.

        Raises:
            BlobNotWritten: if the disk is full or refuses, or a store far away does not answer.
        """

    def put_all(self, many: Iterable[bytes]) -> list[str]:
        """As `put` for each, together and faster; when it raises some may be stored.

        Returns:
            The sha256 of each, in their order.
        """

    def get(self, sha256: str) -> bytes:
        """Return the bytes of a digest, hashed again before they are handed out.

        Raises:
            BlobKeyInvalid: if ``sha256`` is not 64 lowercase hex digits.
            BlobMissing: if nothing is stored under it.
            BlobCorrupted: if the bytes there no longer have this digest.
            BlobUnreachable: if a store far away does not answer.
        """

    def has(self, sha256: str) -> bool:
        """Tell whether something is stored under this digest (its bytes are not read)."""

    def size(self, sha256: str) -> int:
        """Return the size in bytes; raises BlobMissing if nothing is stored under the digest."""

    def __iter__(self) -> Iterator[str]:
        """Yield every stored digest, in ascending order."""

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
            BlobNotWritten: if the store refuses; nothing is left behind.
        """

    def get_named(self, kind: str, key_hex: str) -> bytes:
        """Return a named document, hashed again before it is handed out.

        Raises:
            BlobKeyInvalid: if kind or key is malformed.
            BlobMissing: if nothing has this name.
            BlobCorrupted: if the bytes there are not those that were stored.
            BlobUnreachable: if a store far away does not answer.
        """

    def has_named(self, kind: str, key_hex: str) -> bool:
        """Tell whether a document has this name (its bytes are not read)."""

    def names(self, kind: str) -> Iterator[str]:
        """Yield the keys of every document of a kind, in ascending order."""


# ---------------------------------------------------------------- what the stores share


def digest_of(data: bytes) -> str:
    """The sha256 of bytes, 64 lowercase hex digits."""
    return hashlib.sha256(data).hexdigest()


def blob_place(sha256: str) -> str:
    """Where a blob lies below the store's root.

    Raises:
        BlobKeyInvalid: not 64 lowercase hex digits.
    """
    return f"sha256/{_checked_key(sha256)[:2]}/{sha256}"


def kind_place(kind: str) -> str:
    """Where the documents of a kind lie below the store's root.

    Raises:
        BlobKeyInvalid: not a plain lowercase word.
    """
    if not _KIND.fullmatch(kind):
        raise BlobKeyInvalid(
            f"The document kind {kind!r} is not valid; use lowercase letters, digits and hyphens, 32 at most."
        )
    return f"named/{kind}"


def named_place(kind: str, key_hex: str) -> str:
    """Where a named document lies below the store's root.

    Raises:
        BlobKeyInvalid: kind or key is malformed.
    """
    return f"{kind_place(kind)}/{_checked_key(key_hex)[:2]}/{key_hex}"


def checked(sha256: str, data: bytes) -> bytes:
    """Return the bytes read for a digest if they have it.

    Raises:
        BlobCorrupted: they do not.
    """
    if digest_of(data) != sha256:
        raise BlobCorrupted(
            f"The stored file {sha256} no longer has this sha256; restore it from a backup "
            "or have its contributor send the image again."
        )
    return data


def sealed(data: bytes) -> bytes:
    """A named document as it lies in a store: its own sha256 in front."""
    return digest_of(data).encode() + b"\n" + data


def opened(kind: str, key_hex: str, stored: bytes) -> bytes:
    """The document in what `sealed` made.

    Raises:
        BlobCorrupted: the two do not fit together.
    """
    data = stored[_SEAL_BYTES:]
    if stored[:_SEAL_BYTES] != digest_of(data).encode() + b"\n":
        raise BlobCorrupted(f"The stored {kind} {key_hex} is damaged; store it again or restore it from a backup.")
    return data


def missing(name: str) -> BlobMissing:
    """Nothing has this name."""
    return BlobMissing(f"Nothing is stored under {name}; check the digest, or whether it was ever uploaded.")


def conflict(kind: str, key_hex: str) -> BlobConflict:
    """Another document has this name."""
    return BlobConflict(
        f"Another {kind} is already stored under {key_hex}; the first one is kept, "
        "so compute the digest again from what you send."
    )


def _checked_key(key: str) -> str:
    if not DIGEST.fullmatch(key):
        raise BlobKeyInvalid(f"The key {key[:80]!r} is not valid; give 64 lowercase hex digits without 0x.")
    return key
