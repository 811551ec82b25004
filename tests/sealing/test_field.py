"""The field: multiplication is that of its naive twin, inverses undo it, and 32 bytes at once are 32 times one."""

from hypothesis import given
from hypothesis import strategies as st

from sebrus.sealing.field import LANES, inverse, scale

BYTES = st.integers(0, 255)
LANE_BYTES = st.binary(min_size=LANES, max_size=LANES)


def multiply_naive(a: int, b: int) -> int:
    """Multiply two polynomials over GF(2) term by term, then divide by x^8 + x^4 + x^3 + x + 1 and keep the rest."""
    product = 0
    for i in range(8):
        for j in range(8):
            if a >> i & 1 and b >> j & 1:
                product ^= 1 << (i + j)
    for degree in range(14, 7, -1):
        if product >> degree & 1:
            product ^= 0b1_0001_1011 << (degree - 8)
    return product


def test_every_product_is_that_of_the_naive_twin() -> None:
    for a in range(256):
        for b in range(256):
            assert scale(a, b) == multiply_naive(a, b)


def test_the_example_of_fips_197() -> None:
    """Section 4.2: {57} times {83} is {c1}."""
    assert scale(0x57, 0x83) == 0xC1


@given(LANE_BYTES, BYTES)
def test_lanes_do_not_touch_each_other(lanes: bytes, factor: int) -> None:
    one_by_one = bytes(multiply_naive(byte, factor) for byte in lanes)
    assert scale(int.from_bytes(lanes), factor).to_bytes(LANES) == one_by_one


def test_an_inverse_undoes_its_factor() -> None:
    assert all(scale(factor, inverse(factor)) == 1 for factor in range(1, 256))


@given(BYTES, BYTES, BYTES)
def test_it_is_a_field(a: int, b: int, c: int) -> None:
    assert scale(a, b) == scale(b, a)
    assert scale(scale(a, b), c) == scale(a, scale(b, c))
    assert scale(a ^ b, c) == scale(a, c) ^ scale(b, c)
    assert scale(a, 1) == a
    assert (scale(a, b) == 0) == (a == 0 or b == 0)
