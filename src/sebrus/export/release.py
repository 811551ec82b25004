"""What a release is made of, as plain values, and the refusals of writing one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from sebrus.export.canonical import prefixed
from sebrus.export.certificate import Certificate, CertificateRefused, items_digest, read_certificate
from sebrus.export.rounds import Origin, ReleaseRound, origins
from sebrus.protocol import BatchKey, DatasetParams, ManifestEntry, MerkleTree, batch_tree, manifest_tree, unpack_bits

RELEASE_FORMAT = "sebrus-release-1"

ImageBytes = Callable[[bytes], bytes]
"""Returns the bytes of the image with this sha256 (32 bytes)."""


class ExportRefused(ValueError):
    """The release cannot be written; the sentence says why and what to do."""


@dataclass(frozen=True)
class ReleaseMetadata:
    """What people call the dataset: its name and one name per class, in the order of the labels.

    `document` is the metadata document whose sha256 the dataset's parameters carry; it is written beside the data.
    """

    name: str
    class_names: tuple[str, ...]
    license: str | None = None
    description: str = ""
    document: bytes | None = None


@dataclass(frozen=True)
class BatchEvidence:
    """Where the chain decided a batch: its last round and panel in seat order, what the panels accepted, all rounds.

    `flags` are the detector's that it was decided with, empty without.
    """

    round: int
    panel: tuple[str, ...]
    panel_accepted: tuple[int, ...]
    settled_block: int
    settled_transaction: bytes
    flags: tuple[int, ...] = ()
    rounds: tuple[ReleaseRound, ...] = ()


@dataclass(frozen=True)
class ReleaseBatch:
    """A settled batch: its key, every item as `(sha256, label)`, the accepted bitmap and the evidence."""

    key: BatchKey
    items: tuple[tuple[bytes, int], ...]
    accepted: tuple[int, ...]
    evidence: BatchEvidence

    @cached_property
    def accepted_indices(self) -> tuple[int, ...]:
        """The indices of the accepted items, ascending."""
        return tuple(index for index, bit in enumerate(unpack_bits(self.accepted, self.key.item_count)) if bit)

    @cached_property
    def origins(self) -> list[Origin]:
        """Where each item comes from."""
        return origins(self.evidence.rounds, self.evidence.flags, self.key.item_count)

    @cached_property
    def tree(self) -> MerkleTree:
        """The tree over all items of the batch."""
        return batch_tree(self.items)


@dataclass(frozen=True)
class ReleaseInput:
    """All that a release says. `version` is the one that `publishRelease` will give it.

    `deployed_block` is where the contract's events begin; a verifier reads the chain from there. `certificate` is what
    an audit of these very items wrote, if there was one.
    """

    chain_id: int
    contract: str
    dataset: DatasetParams
    metadata: ReleaseMetadata
    version: int
    batches: tuple[ReleaseBatch, ...]
    deployed_block: int = 0
    certificate: bytes | None = None

    def entries(self) -> Iterator[tuple[ReleaseBatch, ManifestEntry]]:
        """Yield every accepted item with its batch: batches as given, items ascending."""
        for batch in self.batches:
            for index in batch.accepted_indices:
                sha256, label = batch.items[index]
                yield batch, ManifestEntry(batch.key.batch_id, index, sha256, label)

    @cached_property
    def manifest(self) -> MerkleTree:
        """The manifest tree; its root is what `publishRelease` records."""
        return manifest_tree(entry for _, entry in self.entries())

    @cached_property
    def audit(self) -> Certificate | None:
        """What the certificate says; raises `ExportRefused` when it is none, or one of other items than these."""
        if self.certificate is None:
            return None
        try:
            found = read_certificate(self.certificate)
        except CertificateRefused as error:
            raise ExportRefused(f"The audit's certificate {error}.") from error
        names = self.metadata.class_names
        ours = items_digest((e.sha256.hex(), names[e.label], batch.key.contributor) for batch, e in self.entries())
        same = found.items_sha256 == ours and found.items[0] == len(self.manifest)
        if not same or found.dataset_id not in (None, prefixed(self.dataset.dataset_id)):
            raise ExportRefused(
                "The audit's certificate is about other items than this release holds: audit the release, then build "
                "it again with the certificate."
            )
        return found

    def check(self) -> None:
        """Raise `ExportRefused` unless keys, items, bitmaps, classes and the certificate agree with each other."""
        if len(self.metadata.class_names) != self.dataset.class_count:
            raise ExportRefused(
                f"The dataset has {self.dataset.class_count} classes, but {len(self.metadata.class_names)} names."
            )
        if len({batch.key.batch_id for batch in self.batches}) != len(self.batches):
            raise ExportRefused("A batch is listed twice.")
        for batch in self.batches:
            _check_batch(self, batch)
        if not any(batch.accepted_indices for batch in self.batches):
            raise ExportRefused("No item was accepted: a release needs at least one.")
        _ = self.audit  # reading it refuses what is no certificate of these items


def _check_batch(release: ReleaseInput, batch: ReleaseBatch) -> None:
    name = f"Batch 0x{batch.key.batch_id.hex()}"
    if batch.key.dataset_id != release.dataset.dataset_id:
        raise ExportRefused(f"{name} belongs to another dataset.")
    if len(batch.items) != batch.key.item_count or batch.tree.root != batch.key.root:
        raise ExportRefused(f"{name}: the items given are not those under its root.")
    try:
        accepted = batch.accepted_indices
        for one in batch.evidence.rounds:
            one.check(batch.items)
    except ValueError as error:
        raise ExportRefused(f"{name}: {error}") from error
    for index in accepted:
        if batch.items[index][1] >= release.dataset.class_count:
            raise ExportRefused(f"{name}: item {index} was accepted with a label beyond the classes.")
