"""OpenZeppelin's StandardMerkleTree ("standard-v1"): sorted leaves, a complete binary tree, sorted pairs.

Source: https://github.com/OpenZeppelin/merkle-tree; `MerkleProof.sol` checks its proofs.
"""

from collections.abc import Iterable, Sequence

from sebrus.protocol.keccak import keccak


def hash_pair(a: bytes, b: bytes) -> bytes:
    """Hash two nodes in sorted order, so that a proof needs no sides."""
    return keccak(a + b if a < b else b + a)


class MerkleTree:
    """A tree over leaf hashes (32 bytes each, at least one), which keeps their given order for proofs.

    >>> tree = MerkleTree([keccak(b"a"), keccak(b"b")])
    >>> verify_proof(tree.root, keccak(b"b"), tree.proof(1))
    True
    """

    def __init__(self, leaves: Sequence[bytes]) -> None:
        """Build the tree; `ValueError` when there is no leaf."""
        count = len(leaves)
        if count == 0:
            raise ValueError("A Merkle tree needs at least one leaf.")
        order = sorted(range(count), key=leaves.__getitem__)
        nodes = [b""] * (2 * count - 1)
        self._place = [0] * count
        for rank, position in enumerate(order):
            self._place[position] = len(nodes) - 1 - rank
            nodes[len(nodes) - 1 - rank] = leaves[position]
        for node in range(count - 2, -1, -1):
            nodes[node] = hash_pair(nodes[2 * node + 1], nodes[2 * node + 2])
        self._nodes = nodes

    def __len__(self) -> int:
        """Return the number of leaves."""
        return len(self._place)

    @property
    def root(self) -> bytes:
        """The root (32 bytes); a single leaf is its own root."""
        return self._nodes[0]

    def proof(self, position: int) -> list[bytes]:
        """Return the siblings from the leaf given at `position` up to the root."""
        node = self._place[position]
        siblings = []
        while node > 0:
            siblings.append(self._nodes[node + 1 if node % 2 else node - 1])
            node = (node - 1) // 2
        return siblings


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root of the tree over `leaves`."""
    return MerkleTree(leaves).root


def verify_proof(root: bytes, leaf: bytes, proof: Iterable[bytes]) -> bool:
    """Tell whether `proof` leads from `leaf` to `root`."""
    node = leaf
    for sibling in proof:
        node = hash_pair(node, sibling)
    return node == root
