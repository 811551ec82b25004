"""Openings go to bytes and back, and nothing else is read as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebrus.sealing import Opening, SealingError, decode_opening, encode_opening
from sebrus.sealing.opening import MAX_OPENING_BYTES, MAX_WORDS

WORDS = st.lists(st.integers(0, 2**256 - 1), min_size=1, max_size=MAX_WORDS)


@given(st.integers(0, 31), st.binary(min_size=32, max_size=32), WORDS)
def test_round_trip(seat: int, salt: bytes, verdicts: list[int]) -> None:
    data = encode_opening(seat, salt, verdicts)
    assert len(data) == 33 + 32 * len(verdicts) <= MAX_OPENING_BYTES
    assert decode_opening(data) == Opening(seat, salt, tuple(verdicts))


@given(st.binary(max_size=700))
def test_random_bytes_are_read_in_one_way_or_refused(data: bytes) -> None:
    try:
        read = decode_opening(data)
    except SealingError:
        return
    assert encode_opening(read.seat, read.salt, read.verdicts) == data


@pytest.mark.parametrize(
    ("seat", "salt", "verdicts", "sentence"),
    [
        (32, bytes(32), [1], "The seat must be a whole number from 0 to 31."),
        (-1, bytes(32), [1], "The seat must be a whole number from 0 to 31."),
        (0, bytes(31), [1], "The salt must have 32 bytes; this one has 31."),
        (0, bytes(32), [], "Verdicts have 1 to 18 words of 256 bits, not 0."),
        (0, bytes(32), [0] * 19, "Verdicts have 1 to 18 words of 256 bits, not 19."),
        (0, bytes(32), [2**256], "The word of verdicts must be a whole number from 0 to"),
    ],
)
def test_what_is_no_opening(seat: int, salt: bytes, verdicts: list[int], sentence: str) -> None:
    with pytest.raises(SealingError) as refusal:
        encode_opening(seat, salt, verdicts)
    assert str(refusal.value).startswith(sentence)


def test_half_a_word() -> None:
    with pytest.raises(SealingError, match="words of 32 bytes, not in 33"):
        decode_opening(bytes(66))
