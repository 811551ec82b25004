"""Compressing and expanding bitmaps equal their naive twins, and undo each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebrus.protocol import (
    compress,
    compress_naive,
    expand,
    expand_naive,
    is_bitmap,
    pack_bits,
    popcount,
    unpack_bits,
    valid_mask,
)

WORD = st.integers(0, 2**256 - 1)
SPARSE = st.sets(st.integers(0, 255)).map(lambda bits: sum(1 << bit for bit in bits))
ANY = WORD | SPARSE | SPARSE.map(lambda word: word ^ 2**256 - 1) | st.sampled_from([0, 2**256 - 1])


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    count = draw(st.integers(0, 5))
    bitmap = st.lists(ANY, min_size=count, max_size=count)
    return draw(bitmap), draw(bitmap)


@given(pairs())
def test_fast_equals_naive_and_expanding_undoes_compressing(pair: tuple[list[int], list[int]]) -> None:
    words, mask = pair
    packed = compress(words, mask)
    assert packed == compress_naive(words, mask)
    assert is_bitmap(packed, popcount(mask))
    spread = expand(packed, mask)
    assert spread == expand_naive(packed, mask)
    assert spread == [word & keep for word, keep in zip(words, mask, strict=True)]


@given(pairs(), st.data())
def test_compressing_undoes_expanding(pair: tuple[list[int], list[int]], data: st.DataObject) -> None:
    _, mask = pair
    count = popcount(mask)
    packed = [data.draw(st.integers(0, word)) for word in valid_mask(count)]
    assert compress(expand(packed, mask), mask) == packed


def test_one_bit_after_the_other() -> None:
    assert compress([0b1100], [0b1010]) == [0b10]
    assert expand([0b10], [0b1010]) == [0b1000]
    kept = [i % 3 == 0 for i in range(900)]
    bits = [i % 5 == 0 for i in range(900)]
    packed = compress(pack_bits(bits), pack_bits(kept))
    assert unpack_bits(packed, 300) == bits[::3]


def test_bitmaps_that_do_not_fit_the_mask_are_refused() -> None:
    with pytest.raises(ValueError, match="zeros beyond"):
        expand([0b100], [0b11])
    with pytest.raises(ValueError, match="2 items has 1 words"):
        expand([], [0b11])
    with pytest.raises(ValueError, match="shorter"):
        compress([1, 1], [1])
