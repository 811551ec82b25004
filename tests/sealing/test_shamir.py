"""Any threshold of shares gives the secret; fewer are consistent with every secret, equally often."""

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebrus.sealing import SealingError
from sebrus.sealing.shamir import MAX_SHARES, combine, share_at, split

SECRETS = st.binary(min_size=32, max_size=32)
COUNTS = st.integers(1, MAX_SHARES).flatmap(lambda count: st.tuples(st.integers(1, count), st.just(count)))
EVERY_BYTE = [bytes(range(at, at + 32)) for at in range(0, 256, 32)]


@given(SECRETS, COUNTS, st.data())
def test_any_threshold_of_shares_gives_the_secret(secret: bytes, counts: tuple[int, int], data: st.DataObject) -> None:
    threshold, count = counts
    shares = split(secret, threshold, count)
    places = data.draw(st.permutations(range(1, count + 1)))[:threshold]
    assert combine({place: shares[place - 1] for place in places}) == secret


@pytest.mark.parametrize("count", range(1, 7))
def test_every_threshold_subset_of_a_small_set(count: int) -> None:
    secret = bytes(range(32))
    for threshold in range(1, count + 1):
        shares = split(secret, threshold, count)
        for places in combinations(range(1, count + 1), threshold):
            assert combine({place: shares[place - 1] for place in places}) == secret


@pytest.mark.parametrize("place", [1, 2, 3, 16])
def test_one_share_of_two_says_nothing(place: int) -> None:
    """Exhaustive for one byte: whatever the secret, the coefficients make every share exactly once."""
    for secret in range(256):
        seen: list[int] = []
        for slopes in EVERY_BYTE:
            seen += share_at([bytes([secret]) * 32, slopes], place)
        assert sorted(seen) == list(range(256))


@pytest.mark.parametrize("secret", [0x00, 0x01, 0x53, 0xFF])
def test_two_shares_of_three_say_nothing(secret: int) -> None:
    """Exhaustive for one byte: whatever the secret, the coefficients make every pair of shares exactly once."""
    seen: Counter[tuple[int, int]] = Counter()
    for slope in range(256):
        for curves in EVERY_BYTE:
            coefficients = [bytes([secret]) * 32, bytes([slope]) * 32, curves]
            seen.update(zip(share_at(coefficients, 1), share_at(coefficients, 3), strict=True))
    assert len(seen) == 256 * 256
    assert set(seen.values()) == {1}


@pytest.mark.parametrize("threshold", range(2, MAX_SHARES + 1))
def test_the_missing_share_decides(threshold: int) -> None:
    """With one share missing, its 256 values lead to all 256 secrets, byte by byte."""
    shares = dict(enumerate(split(bytes(range(32)), threshold, threshold), start=1))
    led_to = [combine({**shares, threshold: bytes([guess]) * 32}) for guess in range(256)]
    for lane in range(32):
        assert sorted(secret[lane] for secret in led_to) == list(range(256))


def test_a_threshold_of_one_is_a_copy() -> None:
    assert split(b"\x07" * 32, 1, 3) == [b"\x07" * 32] * 3


def test_shares_are_new_each_time() -> None:
    assert split(bytes(32), 2, 3) != split(bytes(32), 2, 3)


@pytest.mark.parametrize(("threshold", "count"), [(0, 1), (2, 1), (1, 0), (1, 17), (-1, 3), (True, 2)])
def test_counts_out_of_range(threshold: int, count: int) -> None:
    with pytest.raises(SealingError, match=r"must be (1|a whole number from 1)"):
        split(bytes(32), threshold, count)


@pytest.mark.parametrize("shares", [{}, {0: bytes(32)}, {17: bytes(32)}, {1: bytes(31)}, {1: bytes(33)}])
def test_shares_that_cannot_be(shares: dict[int, bytes]) -> None:
    with pytest.raises(SealingError):
        combine(shares)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_secret_of_another_size(size: int) -> None:
    with pytest.raises(SealingError, match="must have 32 bytes"):
        split(bytes(size), 1, 1)
