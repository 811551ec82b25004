"""Item leaves of a batch and manifest leaves of a release, hashed twice as StandardMerkleTree does."""

from collections.abc import Iterable

from sebrus.protocol.keccak import bytes32_word, keccak, uint_word
from sebrus.protocol.merkle import MerkleTree

MAX_ITEMS = 4096
"""Items in one batch at most."""

MAX_GOLD = 512
"""Gold in one round at most."""


def item_leaf(index: int, sha256: bytes, label: int) -> bytes:
    """Return the leaf of one item: `(uint256 index, bytes32 sha256, uint16 label)`."""
    return keccak(keccak(uint_word(index) + bytes32_word(sha256) + uint_word(label, 16)))


def manifest_leaf(batch_id: bytes, index: int, sha256: bytes, label: int) -> bytes:
    """Return a released item's leaf: `(bytes32 batchId, uint256 index, bytes32 sha256, uint16 label)`."""
    words = bytes32_word(batch_id) + uint_word(index) + bytes32_word(sha256) + uint_word(label, 16)
    return keccak(keccak(words))


def batch_tree(items: Iterable[tuple[bytes, int]]) -> MerkleTree:
    """Return the tree over the `(sha256, label)` items of a batch, in their order; its root goes on chain."""
    return MerkleTree([item_leaf(index, sha256, label) for index, (sha256, label) in enumerate(items)])


def task_tree(pictures: Iterable[tuple[bytes, int]]) -> MerkleTree:
    """Return the tree over the `(sha256, label)` pictures that a round's reviewers are shown, in their positions.

    Its leaves are item leaves with the position as index; its root is the screening's `taskRoot`.
    """
    return batch_tree(pictures)
