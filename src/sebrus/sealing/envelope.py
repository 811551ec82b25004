"""The sealed opening as it is kept and sent, and the hashes that tie its parts together."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from sebrus.sealing.binding import Binding
from sebrus.sealing.edge import read_fields, read_hex, sized_bytes, whole_number, write_hex
from sebrus.sealing.errors import SealingError
from sebrus.sealing.opening import MAX_OPENING_BYTES
from sebrus.sealing.shamir import MAX_SHARES, SECRET_BYTES

VERSION = 1
TAG = b"SeBRUS sealed opening 1"
KEY_BYTES = 32
TAG_BYTES = 16
BLINDING_BYTES = 32
MAX_JSON_BYTES = 16_384
_FIELD_PRIME = 2**255 - 19


@dataclass(frozen=True, slots=True)
class SealedShare:
    """One keeper's share: the keeper's public key, the share's commitment, and the share encrypted to the key."""

    keeper: bytes
    commitment: bytes
    encapsulated: bytes
    ciphertext: bytes

    def __post_init__(self) -> None:
        """Refuse wrong sizes and keys written in two ways, with a `SealingError`."""
        check_public_key("keeper's public key", self.keeper)
        sized_bytes("share's commitment", self.commitment, 32)
        check_public_key("share's encapsulated key", self.encapsulated)
        sized_bytes("share's ciphertext", self.ciphertext, SECRET_BYTES + BLINDING_BYTES + TAG_BYTES)

    def to_dict(self) -> dict[str, str]:
        """Return the fields by name, for JSON."""
        return {name: write_hex(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def from_dict(cls, value: object) -> Self:
        """Build a share from `to_dict`; `SealingError` says what is wrong with it."""
        read = read_fields("sealed share", value, cls.__slots__)
        return cls(**{name: read_hex(f"share's {name}", read[name]) for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class SealedOpening:
    """An opening that any `threshold` of its keepers can open together; a keeper's place counts from 1."""

    binding: Binding
    threshold: int
    key_check: bytes
    shares: tuple[SealedShare, ...]
    ciphertext: bytes

    def __post_init__(self) -> None:
        """Refuse wrong sizes, counts and keepers, with a `SealingError`."""
        check_keepers(self.keepers, self.threshold)
        sized_bytes("key check", self.key_check, KEY_BYTES)
        sized_bytes("opening's ciphertext", self.ciphertext, 1 + TAG_BYTES, MAX_OPENING_BYTES + TAG_BYTES)

    @property
    def keepers(self) -> tuple[bytes, ...]:
        """The keepers' public keys in the order of their places."""
        return tuple(share.keeper for share in self.shares)

    @property
    def context(self) -> bytes:
        """What is fixed before a share is made: see `context_of`."""
        return context_of(self.binding, self.threshold, self.keepers)

    @property
    def header(self) -> bytes:
        """What each ciphertext is bound to: see `header_of`."""
        return header_of(self.context, self.key_check, [share.commitment for share in self.shares])

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name, for JSON."""
        return {
            "version": VERSION,
            "binding": self.binding.to_dict(),
            "threshold": self.threshold,
            "key_check": write_hex(self.key_check),
            "shares": [share.to_dict() for share in self.shares],
            "ciphertext": write_hex(self.ciphertext),
        }

    @classmethod
    def from_dict(cls, value: object) -> Self:
        """Build a sealed opening from `to_dict`; `SealingError` says what is wrong with it."""
        names = ("version", "binding", "threshold", "key_check", "shares", "ciphertext")
        read = read_fields("sealed opening", value, names)
        whole_number("version of the sealed opening", read["version"], VERSION, VERSION)
        shares = read["shares"]
        if not isinstance(shares, list) or not 1 <= len(shares) <= MAX_SHARES:
            raise SealingError(f"The sealed opening must have a list of 1 to {MAX_SHARES} shares.")
        return cls(
            binding=Binding.from_dict(read["binding"]),
            threshold=read["threshold"],
            key_check=read_hex("key check", read["key_check"]),
            shares=tuple(SealedShare.from_dict(share) for share in shares),
            ciphertext=read_hex("opening's ciphertext", read["ciphertext"]),
        )

    def to_json(self) -> str:
        """Return the JSON of `to_dict`, without spaces."""
        return json.dumps(self.to_dict(), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Build a sealed opening from JSON of at most 16 KiB; `SealingError` says what is wrong with it."""
        if len(text) > MAX_JSON_BYTES:
            raise SealingError(f"A sealed opening has at most {MAX_JSON_BYTES} bytes of JSON.")
        try:
            value = json.loads(text, object_pairs_hook=_each_name_once)
        except SealingError:
            raise
        except (ValueError, RecursionError) as error:
            raise SealingError("The sealed opening is not JSON.") from error
        return cls.from_dict(value)


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Two readers that keep different ones of two values would read two envelopes.
    read = dict(pairs)
    if len(read) != len(pairs):
        raise SealingError("The sealed opening names a field twice.")
    return read


def check_public_key(name: str, value: object) -> bytes:
    """Return an X25519 public key (32 bytes) written in the one way that is least: RFC 7748 reads others as well.

    Else the same keeper could be counted twice under two names for its key. `SealingError` otherwise.
    """
    key = sized_bytes(name, value, KEY_BYTES)
    if int.from_bytes(key, "little") >= _FIELD_PRIME:
        raise SealingError(f"The {name} must be a number below 2**255 - 19 (RFC 7748), little-endian.")
    return key


def check_keepers(keepers: Sequence[bytes], threshold: int) -> None:
    """Raise `SealingError` unless there are 1 to 16 different keepers and a threshold of 1 to as many."""
    whole_number("number of keepers", len(keepers), 1, MAX_SHARES)
    for keeper in keepers:
        check_public_key("keeper's public key", keeper)
    if len(set(keepers)) != len(keepers):
        raise SealingError("A keeper is named twice; each may hold one share only.")
    whole_number("threshold", threshold, 1, len(keepers))


def context_of(binding: Binding, threshold: int, keepers: Sequence[bytes]) -> bytes:
    """Return the hash (32 bytes) of the seat and of who can open: binding, threshold, keepers in order."""
    parts = (TAG, b" context", binding.encoded, bytes([threshold, len(keepers)]), *keepers)
    return hashlib.sha256(b"".join(parts)).digest()


def share_commitment(context: bytes, place: int, share: bytes, blinding: bytes) -> bytes:
    """Return the hash that a share is checked against; the blinding (32 random bytes) hides the share in it."""
    return hashlib.sha256(TAG + b" share" + context + bytes([place]) + blinding + share).digest()


def header_of(context: bytes, key_check: bytes, commitments: Sequence[bytes]) -> bytes:
    """Return the hash (32 bytes) of all that is not encrypted; no ciphertext opens under another."""
    return hashlib.sha256(b"".join((TAG, b" header", context, key_check, *commitments))).digest()
