"""What is sealed: the opening of a seat's commitment, as bytes."""

from collections.abc import Sequence
from dataclasses import dataclass

from sebrus.protocol.bitmap import WORD_MASK, bitmap_bytes, bitmap_from_bytes, word_count
from sebrus.protocol.leaf import MAX_GOLD, MAX_ITEMS
from sebrus.sealing.binding import MAX_SEAT
from sebrus.sealing.edge import sized_bytes, whole_number
from sebrus.sealing.errors import SealingError

MAX_WORDS = word_count(MAX_ITEMS + MAX_GOLD)
"""Words of verdicts at most: a bit for each position of the largest round."""
SALT_BYTES = 32
MAX_OPENING_BYTES = 1 + SALT_BYTES + 32 * MAX_WORDS


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a commitment: the seat (0 to 31), the salt (32 bytes), the verdicts in words of 256 bits."""

    seat: int
    salt: bytes
    verdicts: tuple[int, ...]


def encode_opening(seat: int, salt: bytes, verdicts: Sequence[int]) -> bytes:
    """Return the seat in one byte, the salt in 32 and the verdicts' words in 32 bytes each, big-endian.

    Raises:
        SealingError: a seat beyond 31, a salt that has not 32 bytes, no word or more than 18, a word of more bits.

    >>> len(encode_opening(3, bytes(32), [5]))
    65
    """
    whole_number("seat", seat, 0, MAX_SEAT)
    sized_bytes("salt", salt, SALT_BYTES)
    if not 1 <= len(verdicts) <= MAX_WORDS:
        raise SealingError(f"Verdicts have 1 to {MAX_WORDS} words of 256 bits, not {len(verdicts)}.")
    for word in verdicts:
        whole_number("word of verdicts", word, 0, WORD_MASK)
    return bytes([seat]) + salt + bitmap_bytes(verdicts)


def decode_opening(data: bytes) -> Opening:
    """Return what `encode_opening` encoded.

    Raises:
        SealingError: a seat beyond 31, or not 65 to 609 bytes in whole words. What opens the commitment is for the
            caller to check: bytes say nothing of who wrote them.
    """
    sized_bytes("opening", data, 1 + SALT_BYTES + 32, MAX_OPENING_BYTES)
    seat, salt, verdicts = data[0], data[1 : 1 + SALT_BYTES], data[1 + SALT_BYTES :]
    whole_number("seat", seat, 0, MAX_SEAT)
    if len(verdicts) % 32:
        raise SealingError(f"Verdicts come in words of 32 bytes, not in {len(verdicts)} bytes.")
    return Opening(seat, salt, tuple(bitmap_from_bytes(verdicts)))
