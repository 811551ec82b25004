"""Bitmaps over the items of a batch: item `i` is bit `i % 256` of word `i // 256`, the padding is zero."""

from collections.abc import Iterable, Sequence

from sebrus.protocol.keccak import keccak

WORD_BITS = 256
WORD_MASK = (1 << WORD_BITS) - 1


def word_count(item_count: int) -> int:
    """Return how many 256-bit words hold a bit for each item."""
    return -(-item_count // WORD_BITS)


def valid_mask(item_count: int) -> list[int]:
    """Return the bitmap with a one for every item and zero padding."""
    words = [WORD_MASK] * word_count(item_count)
    if item_count % WORD_BITS:
        words[-1] = (1 << item_count % WORD_BITS) - 1
    return words


def is_bitmap(words: Sequence[int], item_count: int) -> bool:
    """Tell whether `words` is a bitmap for `item_count` items: right number of words, zero padding."""
    mask = valid_mask(item_count)
    return len(words) == len(mask) and all(0 <= word & ~m == 0 for word, m in zip(words, mask, strict=True))


def require_bitmap(words: Sequence[int], item_count: int) -> None:
    """Raise `ValueError` when `words` is not a bitmap for `item_count` items."""
    if not is_bitmap(words, item_count):
        raise ValueError(
            f"A bitmap for {item_count} items has {word_count(item_count)} words of 256 bits "
            "and zeros beyond the last item."
        )


def pack_bits(bits: Iterable[bool]) -> list[int]:
    """Pack one bool per item into words.

    >>> pack_bits([True, False, True])
    [5]
    """
    words: list[int] = []
    for i, bit in enumerate(bits):
        if i % WORD_BITS == 0:
            words.append(0)
        if bit:
            words[-1] |= 1 << i % WORD_BITS
    return words


def unpack_bits(words: Sequence[int], item_count: int) -> list[bool]:
    """Return one bool per item; `ValueError` when `words` is not a bitmap for that many items."""
    require_bitmap(words, item_count)
    return [bool(words[i // WORD_BITS] >> i % WORD_BITS & 1) for i in range(item_count)]


def bitmap_bytes(words: Iterable[int]) -> bytes:
    """Return the words one after the other, 32 bytes each, big-endian."""
    return b"".join(word.to_bytes(32, "big") for word in words)


def bitmap_from_bytes(data: bytes) -> list[int]:
    """Return the words of `bitmap_bytes`; `ValueError` when the length is no multiple of 32."""
    if len(data) % 32:
        raise ValueError(f"A bitmap comes in words of 32 bytes, not in {len(data)} bytes.")
    return [int.from_bytes(data[at : at + 32], "big") for at in range(0, len(data), 32)]


def bitmap_hash(words: Iterable[int]) -> bytes:
    """Return the keccak-256 hash of a bitmap, as ballots, screenings and outcomes carry it."""
    return keccak(bitmap_bytes(words))


def popcount(words: Iterable[int]) -> int:
    """Return the number of ones."""
    return sum(word.bit_count() for word in words)
