"""Sealed openings: what lets a reviewer's verdicts be opened in time when the reviewer forgets. docs/sealing.md.

Pure: bytes in, bytes out. Errors are `SealingError`, with one sentence for people.
"""

from sebrus.sealing.binding import Binding, SeatOnChain
from sebrus.sealing.envelope import SealedOpening, SealedShare
from sebrus.sealing.errors import SealingError
from sebrus.sealing.keeper import KeeperKey, ReleasedShare, is_right_share, release
from sebrus.sealing.opening import Opening, decode_opening, encode_opening
from sebrus.sealing.seal import seal, unseal, wrong_keepers

__all__ = [
    "Binding",
    "KeeperKey",
    "Opening",
    "ReleasedShare",
    "SealedOpening",
    "SealedShare",
    "SealingError",
    "SeatOnChain",
    "decode_opening",
    "encode_opening",
    "is_right_share",
    "release",
    "seal",
    "unseal",
    "wrong_keepers",
]
