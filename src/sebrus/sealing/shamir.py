"""Secret sharing: Shamir, "How to share a secret", CACM 22:11, 1979, byte by byte over GF(256).

The secret is a polynomial's value at 0 and the share of place `i` its value at `i`. With `threshold` values the
polynomial is known; with fewer, every secret is as likely as before, whatever can be computed.
"""

import secrets
from collections.abc import Mapping, Sequence

from sebrus.sealing.edge import sized_bytes, whole_number
from sebrus.sealing.errors import SealingError
from sebrus.sealing.field import LANES, inverse, scale

SECRET_BYTES = LANES
MAX_SHARES = 16


def split(secret: bytes, threshold: int, count: int) -> list[bytes]:
    """Return the shares (32 bytes each) of places 1 to `count`, any `threshold` of which give the secret.

    Raises:
        SealingError: the secret has not 32 bytes, or not 1 <= threshold <= count <= 16.
    """
    sized_bytes("secret", secret, SECRET_BYTES)
    whole_number("number of shares", count, 1, MAX_SHARES)
    whole_number("threshold", threshold, 1, count)
    coefficients = [secret, *(secrets.token_bytes(SECRET_BYTES) for _ in range(threshold - 1))]
    return [share_at(coefficients, place) for place in range(1, count + 1)]


def share_at(coefficients: Sequence[bytes], place: int) -> bytes:
    """Return the value at `place` of the polynomial whose constant coefficient comes first (Horner's rule)."""
    value = 0
    for coefficient in reversed(coefficients):
        value = scale(value, place) ^ int.from_bytes(coefficient)
    return value.to_bytes(SECRET_BYTES)


def combine(shares: Mapping[int, bytes]) -> bytes:
    """Return the secret of exactly as many shares as the threshold, given by their places.

    Fewer, more or wrong shares give a wrong secret and no error: who combines must check the shares.

    Raises:
        SealingError: no share, a place outside 1 to 16, or a share that has not 32 bytes.
    """
    if not shares:
        raise SealingError("Without a share there is nothing to combine.")
    value = 0
    for place, share in shares.items():
        whole_number("place of a share", place, 1, MAX_SHARES)
        sized_bytes("share", share, SECRET_BYTES)
        value ^= scale(int.from_bytes(share), _weight(place, shares))
    return value.to_bytes(SECRET_BYTES)


def _weight(place: int, places: Mapping[int, bytes]) -> int:
    """Return Lagrange's coefficient at 0: the product of other / (other - place)."""
    above, below = 1, 1
    for other in places:
        if other != place:
            above, below = scale(above, other), scale(below, other ^ place)
    return scale(above, inverse(below))
