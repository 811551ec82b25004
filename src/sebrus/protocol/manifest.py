"""The manifest of a release: one leaf per released item, and where it was decided."""

from collections.abc import Iterable
from dataclasses import dataclass

from sebrus.protocol.leaf import manifest_leaf
from sebrus.protocol.merkle import MerkleTree


@dataclass(frozen=True, slots=True, order=True)
class ManifestEntry:
    """One released item: the batch it came in, its index there, the sha256 of its bytes and its label."""

    batch_id: bytes
    index: int
    sha256: bytes
    label: int

    @property
    def leaf(self) -> bytes:
        """The entry's leaf in the manifest tree."""
        return manifest_leaf(self.batch_id, self.index, self.sha256, self.label)


def manifest_tree(entries: Iterable[ManifestEntry]) -> MerkleTree:
    """Return the tree over a release's entries; `root` is the manifest root that `publishRelease` records."""
    return MerkleTree([entry.leaf for entry in entries])
