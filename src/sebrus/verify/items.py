"""Steps items and manifest: the images are exactly the accepted ones, and the root on the chain covers them."""

from collections.abc import Iterator

from sebrus.protocol import ManifestEntry, MerkleTree, batch_tree, item_leaf, manifest_tree, unpack_bits
from sebrus.verify.contents import BatchFile, ProofLine, read_proofs
from sebrus.verify.errors import require
from sebrus.verify.evidence import Evidence
from sebrus.verify.origin import Origins
from sebrus.verify.parquet import read_rows


def accepted_entries(evidence: Evidence) -> Iterator[tuple[BatchFile, ManifestEntry]]:
    """Yield what the release must hold, in its order: the accepted items of the listed batches."""
    for batch in evidence.batches:
        for index, accepted in enumerate(unpack_bits(batch.accepted, batch.key.item_count)):
            if accepted:
                sha256, label = batch.items[index]
                yield batch, ManifestEntry(batch.batch_id, index, sha256, label)


def verify_items(evidence: Evidence) -> str:
    """Row by row, the Parquet files hold the accepted items: nothing missing, added or swapped."""
    manifest = evidence.manifest
    expected = accepted_entries(evidence)
    count = 0
    for row in read_rows(evidence.directory, manifest.shards, manifest.class_names):
        batch, entry = next(expected, (None, None))
        if batch is None or entry is None:
            require(False, f"row {count} is an image beyond the accepted ones")
            break
        where = f"row {count} (item {entry.index} of batch 0x{entry.batch_id.hex()[:12]}…)"
        place = (row.batch_id, row.index, row.contributor)
        same = place == ("0x" + entry.batch_id.hex(), entry.index, batch.key.contributor)
        require(same, f"{where} is another item, or an accepted one is missing before it")
        require(row.sha256 == entry.sha256, f"{where} has another image than was accepted")
        require(row.label == entry.label, f"{where} has label {row.label}, accepted was {entry.label}")
        require(row.label < len(manifest.class_names), f"{where} has a label that names no class")
        count += 1
    missing = sum(1 for _ in expected)
    require(missing == 0, f"{missing} accepted items are missing from the Parquet files")
    return f"{count} images are exactly the accepted ones, with their labels"


def verify_manifest(evidence: Evidence) -> str:
    """The manifest root follows from the released items, is on the chain, and every proof leads to it."""
    manifest = evidence.manifest
    entries = list(accepted_entries(evidence))
    require(
        len(entries) == manifest.item_count,
        f"the manifest counts {manifest.item_count} items, there are {len(entries)}",
    )
    tree = manifest_tree(entry for _, entry in entries)
    root = tree.root
    require(root == manifest.root, "the manifest root does not follow from the released items")
    released = evidence.history.released[manifest.dataset_id, manifest.version]
    require(released["manifestRoot"] == root, "the chain has another manifest root")
    require(released["itemCount"] == len(entries), f"the chain counts {released['itemCount']} items")
    _check_proofs(evidence, entries, tree)
    return f"root 0x{root.hex()} is on the chain and {len(entries)} proofs lead to it"


def _check_proofs(evidence: Evidence, entries: list[tuple[BatchFile, ManifestEntry]], manifest: MerkleTree) -> None:
    """Compare every line with the proofs of the trees recomputed here: an item has no other proof."""
    count, tree, tree_of = 0, manifest, b""
    origins: dict[bytes, Origins] = {}
    for line in read_proofs(evidence.directory):
        where = f"proofs.jsonl line {count + 1}"
        require(count < len(entries), f"{where} proves an item beyond the released ones")
        batch, entry = entries[count]
        if batch.batch_id != tree_of:
            tree, tree_of = batch_tree(batch.items), batch.batch_id
        proved = ManifestEntry(line.batch_id, line.index, line.sha256, line.label)
        require(proved == entry, f"{where} proves another item than the release holds there")
        leaf = item_leaf(entry.index, entry.sha256, entry.label)
        require((line.leaf, line.manifest_leaf) == (leaf, entry.leaf), f"{where}: a leaf is not the item's")
        require(line.batch_proof == tree.proof(entry.index), f"{where}: the proof to the batch fails")
        require(line.manifest_proof == manifest.proof(count), f"{where}: the proof to the manifest fails")
        _check_origin(evidence, origins, line, where)
        count += 1
    require(count == len(entries), f"proofs.jsonl proves {count} of {len(entries)} items")


def _check_origin(evidence: Evidence, origins: dict[bytes, Origins], line: ProofLine, where: str) -> None:
    """The rounds, flag and votes that a line tells of are those of its item."""
    if line.batch_id not in origins:
        origins[line.batch_id] = Origins(evidence.history.batch(line.batch_id).replay)
    found = (line.rounds, line.flagged, line.votes)
    require(found == origins[line.batch_id].of(line.index), f"{where} tells of other rounds, flags or votes")
