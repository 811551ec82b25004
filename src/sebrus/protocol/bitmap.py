"""Bitmaps: place `i` is bit `i % 256` of word `i // 256`, the padding is zero. Places are items or positions.

`compress` and `expand` move bits between the two. They are the halves of the sheep-and-goats operation of Warren,
"Hacker's Delight", 2nd edition, sections 7-4 and 7-5, for 256 bits: in eight steps every bit moves by its distance, one
power of two at a time. The moves depend on the mask only. `compress_naive` and `expand_naive` are their twins.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from sebrus.protocol.keccak import keccak

WORD_BITS = 256
WORD_MASK = (1 << WORD_BITS) - 1
STEPS = 8
"""Moves by powers of two below 256."""


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
    """Return the keccak-256 hash of a bitmap, as ballots, screenings and decisions carry it."""
    return keccak(bitmap_bytes(words))


def popcount(words: Iterable[int]) -> int:
    """Return the number of ones."""
    return sum(word.bit_count() for word in words)


def complement(words: Sequence[int], count: int) -> list[int]:
    """Return the bitmap with a one where `words` has none, over `count` places."""
    return [valid & ~word for valid, word in zip(valid_mask(count), words, strict=True)]


def compress(words: Sequence[int], mask: Sequence[int]) -> list[int]:
    """Return the bits of `words` where `mask` is one, packed to the front, in as many words as they need.

    >>> compress([0b1100], [0b1010])
    [2]
    """
    packed, filled = 0, 0
    for word, keep in zip(words, mask, strict=True):
        packed |= _compress_word(word & keep, keep) << filled
        filled += keep.bit_count()
    return [packed >> at & WORD_MASK for at in range(0, filled, WORD_BITS)]


def expand(words: Sequence[int], mask: Sequence[int]) -> list[int]:
    """Return the bits of `words` spread in their order over the ones of `mask`; the inverse of `compress`.

    `ValueError` when `words` is not a bitmap for as many places as `mask` has ones.

    >>> expand([0b10], [0b1010])
    [8]
    """
    require_bitmap(words, popcount(mask))
    packed = sum(word << at * WORD_BITS for at, word in enumerate(words))
    spread = []
    for keep in mask:
        ones = keep.bit_count()
        spread.append(_expand_word(packed & (1 << ones) - 1, keep))
        packed >>= ones
    return spread


def compress_naive(words: Sequence[int], mask: Sequence[int]) -> list[int]:
    """Do what `compress` does, one bit after the other."""
    count = len(mask) * WORD_BITS
    kept = zip(unpack_bits(words, count), unpack_bits(mask, count), strict=True)
    return pack_bits(bit for bit, keep in kept if keep)


def expand_naive(words: Sequence[int], mask: Sequence[int]) -> list[int]:
    """Do what `expand` does, one bit after the other."""
    bits = iter(unpack_bits(words, popcount(mask)))
    return pack_bits(keep and next(bits) for keep in unpack_bits(mask, len(mask) * WORD_BITS))


@lru_cache(maxsize=256)
def _moves(mask: int) -> tuple[int, ...]:
    """Return for each step which bits of the mask's, as they lie by then, move down by `2 ** step`."""
    moves = []
    gaps = ~mask << 1 & WORD_MASK  # a one for every zero of the mask just below
    for step in range(STEPS):
        parity = gaps  # of the number of gaps at or below each place: its bit says whether to move in this step
        for shift in (1, 2, 4, 8, 16, 32, 64, 128):
            parity ^= parity << shift & WORD_MASK
        moving = parity & mask
        moves.append(moving)
        mask = mask ^ moving | moving >> (1 << step)
        gaps &= ~parity
    return tuple(moves)


def _compress_word(word: int, mask: int) -> int:
    for step, move in enumerate(_moves(mask)):
        moving = word & move
        word = word ^ moving | moving >> (1 << step)
    return word


def _expand_word(word: int, mask: int) -> int:
    moves = _moves(mask)
    for step in reversed(range(STEPS)):
        word = word & ~moves[step] | word << (1 << step) & moves[step]
    return word & mask
