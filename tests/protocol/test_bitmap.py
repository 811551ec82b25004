"""Bitmaps round-trip, and padding beyond the last item is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebrus.protocol import (
    bitmap_bytes,
    bitmap_from_bytes,
    bitmap_hash,
    complement,
    is_bitmap,
    keccak,
    pack_bits,
    popcount,
    require_bitmap,
    unpack_bits,
    valid_mask,
    word_count,
)


@given(st.lists(st.booleans(), max_size=600))
def test_round_trip(bits: list[bool]) -> None:
    words = pack_bits(bits)
    assert unpack_bits(words, len(bits)) == bits
    assert bitmap_from_bytes(bitmap_bytes(words)) == words
    assert popcount(words) == sum(bits)
    assert len(words) == word_count(len(bits))


@given(st.integers(1, 1000))
def test_the_full_bitmap_is_valid_and_one_more_bit_is_not(count: int) -> None:
    words = valid_mask(count)
    assert popcount(words) == count
    assert is_bitmap(words, count)
    if count % 256:
        words[-1] |= 1 << count % 256
        assert not is_bitmap(words, count)
    assert not is_bitmap([*valid_mask(count), 0], count)


def test_item_and_bit_order() -> None:
    words = pack_bits([i == 257 for i in range(300)])
    assert words == [0, 2]
    assert bitmap_hash(words) == keccak(bytes(63) + b"\x02")


def test_bad_bitmaps_are_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="3 items has 1 words"):
        require_bitmap([8], 3)
    with pytest.raises(ValueError, match="32 bytes"):
        bitmap_from_bytes(b"abc")
    assert not is_bitmap([-1], 256)


@given(st.lists(st.booleans(), max_size=600))
def test_the_complement_stays_within_the_places(bits: list[bool]) -> None:
    words = complement(pack_bits(bits), len(bits))
    assert unpack_bits(words, len(bits)) == [not bit for bit in bits]
