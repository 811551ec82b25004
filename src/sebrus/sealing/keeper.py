"""What a keeper does: hold a key, and release its share once the reveals of the round have begun on chain."""

import secrets
from dataclasses import dataclass, field
from typing import Any, Self

from sebrus.sealing.binding import SeatOnChain, mismatch
from sebrus.sealing.edge import read_fields, read_hex, sized_bytes, whole_number, write_hex
from sebrus.sealing.encryption import decrypt_share, is_same, public_key_of
from sebrus.sealing.envelope import BLINDING_BYTES, KEY_BYTES, SealedOpening, share_commitment
from sebrus.sealing.errors import SealingError
from sebrus.sealing.shamir import MAX_SHARES, SECRET_BYTES


@dataclass(frozen=True, slots=True)
class KeeperKey:
    """A keeper's X25519 key pair. `private` (32 bytes) is what the keeper must keep; it is never printed."""

    private: bytes = field(repr=False)
    public: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Refuse a private key that has not 32 bytes, with a `SealingError`."""
        sized_bytes("keeper's private key", self.private, KEY_BYTES)
        object.__setattr__(self, "public", public_key_of(self.private))

    @classmethod
    def generate(cls) -> Self:
        """Make a new key from the system's randomness."""
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def from_bytes(cls, private: bytes) -> Self:
        """Take up a key made before; `SealingError` when it has not 32 bytes."""
        return cls(private)


@dataclass(frozen=True, slots=True)
class ReleasedShare:
    """A keeper's share in the clear, with the blinding that shows it to be the one that was sealed."""

    place: int
    share: bytes
    blinding: bytes

    def __post_init__(self) -> None:
        """Refuse wrong sizes and places, with a `SealingError`."""
        whole_number("place of a share", self.place, 1, MAX_SHARES)
        sized_bytes("share", self.share, SECRET_BYTES)
        sized_bytes("share's blinding", self.blinding, BLINDING_BYTES)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name, for JSON."""
        return {"place": self.place, "share": write_hex(self.share), "blinding": write_hex(self.blinding)}

    @classmethod
    def from_dict(cls, value: object) -> Self:
        """Build a share from `to_dict`; `SealingError` says what is wrong with it."""
        read = read_fields("released share", value, ("place", "share", "blinding"))
        return cls(read["place"], read_hex("share", read["share"]), read_hex("share's blinding", read["blinding"]))


def release(sealed: SealedOpening, key: KeeperKey, seen: SeatOnChain) -> ReleasedShare:
    """Return this keeper's share, to be given to anyone: from now on the opening is meant to be public.

    Raises:
        SealingError: another seat or commitment than on chain, too early, not a keeper of this opening, or the
            envelope was changed.
    """
    if sealed.binding != seen.binding:
        raise SealingError(f"The share stays sealed: it is for {mismatch(sealed.binding, seen.binding)}.")
    if not seen.reveals_begun:
        raise SealingError(f"Others may still commit in this round, so the share of {seen.binding} stays sealed.")
    if key.public not in sealed.keepers:
        raise SealingError("This key belongs to no keeper of this opening.")
    place = sealed.keepers.index(key.public) + 1
    mine = sealed.shares[place - 1]
    plain = decrypt_share(key.private, mine.encapsulated, sealed.header, place, mine.ciphertext)
    released = ReleasedShare(place, plain[:SECRET_BYTES], plain[SECRET_BYTES:])
    if not is_right_share(sealed, released):
        # Nobody may be blamed for a share that was sealed wrongly: better to return none.
        raise SealingError(f"The reviewer sealed another share for keeper {place} than committed to.")
    return released


def is_right_share(sealed: SealedOpening, released: ReleasedShare) -> bool:
    """Tell whether a share is the one that was sealed for the keeper of its place."""
    if released.place > len(sealed.shares):
        return False
    commitment = share_commitment(sealed.context, released.place, released.share, released.blinding)
    return is_same(commitment, sealed.shares[released.place - 1].commitment)
