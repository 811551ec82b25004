"""Arithmetic in GF(256), 32 bytes at once. Addition is exclusive or; the rest is here.

The field is that of AES (FIPS 197, section 4): polynomials over GF(2) modulo x^8 + x^4 + x^3 + x + 1.
Many bytes in one word: Lamport, "Multiple byte processing with full-word instructions", CACM 18:8, 1975.
"""

LANES = 32
_LOWEST = int.from_bytes(b"\x01" * LANES)
_ALL_BUT_HIGHEST = int.from_bytes(b"\x7f" * LANES)
_REDUCTION = 0x1B


def scale(lanes: int, factor: int) -> int:
    """Multiply each of the 32 bytes of `lanes` (below 2**256) by `factor` (0 to 255).

    The steps are the same whatever the bytes are: no table is read and no branch taken by a secret.

    >>> hex(scale(0x57_01, 0x83))
    '0xc183'
    """
    product = 0
    for bit in range(8):
        product ^= lanes * (factor >> bit & 1)
        lanes = (lanes & _ALL_BUT_HIGHEST) << 1 ^ (lanes >> 7 & _LOWEST) * _REDUCTION
    return product


def inverse(factor: int) -> int:
    """Return the inverse of `factor` (1 to 255), its 254th power: 254 is 2 + 4 + 8 + ... + 128."""
    power, square = 1, factor
    for _ in range(7):
        square = scale(square, square)
        power = scale(power, square)
    return power
