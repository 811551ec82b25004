"""Running digests: what the contract keeps of a round instead of the ballots and the verdicts."""

from collections.abc import Iterable

from sebrus.protocol.keccak import ZERO32, bytes32_word, keccak, uint_word


def extend_digest(digest: bytes, seat: int, value: bytes) -> bytes:
    """Return `keccak256(abi.encode(digest, seat, value))`, the digest after one more seat."""
    return keccak(bytes32_word(digest) + uint_word(seat, 8) + bytes32_word(value))


def running_digest(entries: Iterable[tuple[int, bytes]], start: bytes = ZERO32) -> bytes:
    """Return the digest of `(seat, hash)` entries in their order.

    The hash is the commitment in the digest of ballots, the verdicts' bitmap hash in the digest of reveals.
    """
    digest = start
    for seat, value in entries:
        digest = extend_digest(digest, seat, value)
    return digest
