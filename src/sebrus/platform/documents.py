"""Documents kept beside the images under a digest the chain knows: item lists by batch, screenings by scores root."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sebrus.protocol.leaf import batch_tree
from sebrus.store.blobs import BlobMissing, BlobStore

BATCH = "batch"
SCREENING = "screening"


@dataclass(frozen=True)
class LabelledDigest:
    """An item as its batch lists it: sha256 of the image (64 hex digits) and label."""

    sha256: str
    label: int


@dataclass(frozen=True)
class RecordedFinding:
    """What the detector says of one item."""

    score: float
    p_value: float
    flagged: bool
    reason: str
    suggested_label: int | None


def items_root(items: Sequence[LabelledDigest]) -> str:
    """The Merkle root over a batch's items, `0x` hex."""
    return "0x" + batch_tree((bytes.fromhex(item.sha256), item.label) for item in items).root.hex()


def save_items(blobs: BlobStore, batch_id: str, items: Sequence[LabelledDigest]) -> None:
    """Keep the list of items of a batch.

    By batch and not by root: a root is public, and who copies another's must not find the images at hand.
    """
    blobs.put_named(BATCH, batch_id[2:], canonical({"items": [[item.sha256, item.label] for item in items]}))


def load_items(blobs: BlobStore, batch_id: str, root: str) -> list[LabelledDigest] | None:
    """The items of a batch; None when they are not here or not what the root says."""
    try:
        document = json.loads(blobs.get_named(BATCH, batch_id[2:]))
    except BlobMissing:
        return None
    items = [LabelledDigest(sha256, label) for sha256, label in document["items"]]
    return items if items_root(items) == root else None


def save_findings(blobs: BlobStore, findings: Sequence[RecordedFinding]) -> str:
    """Keep a screening's findings and return the digest that the detector commits to as scores root."""
    document = canonical({"findings": [asdict(finding) for finding in findings]})
    digest = hashlib.sha256(document).hexdigest()
    blobs.put_named(SCREENING, digest, document)
    return "0x" + digest


def load_findings(blobs: BlobStore, scores_root: str) -> list[RecordedFinding] | None:
    """The findings under a scores root; None when they are not here."""
    try:
        document = blobs.get_named(SCREENING, scores_root[2:])
    except BlobMissing:
        return None
    if hashlib.sha256(document).hexdigest() != scores_root[2:]:
        return None
    return [RecordedFinding(**finding) for finding in json.loads(document)["findings"]]


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces: the same value is always the same bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
