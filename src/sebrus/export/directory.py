"""Write a release directory: built beside its place, renamed into it when complete."""

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sebrus.export.canonical import canonical_json, prefixed
from sebrus.export.card import dataset_card
from sebrus.export.certificate import AUDIT_FILE
from sebrus.export.parquet import SHARD_BYTES, require_pyarrow, write_shards
from sebrus.export.release import RELEASE_FORMAT, ExportRefused, ImageBytes, ReleaseBatch, ReleaseInput
from sebrus.protocol import bitmap_bytes, item_leaf


@dataclass(frozen=True)
class WrittenRelease:
    """A release on disk, and what `publishRelease` takes: root, count and the sha256 of manifest.json."""

    directory: Path
    manifest_root: bytes
    item_count: int
    manifest_hash: bytes


def write_release(
    release: ReleaseInput,
    image_bytes: ImageBytes,
    directory: Path,
    *,
    replace: bool = False,
    shard_bytes: int = SHARD_BYTES,
) -> WrittenRelease:
    """Write a release; the same input gives the same bytes (under one version of pyarrow).

    Nothing appears at `directory` before everything is written. An existing one is refused unless `replace` is set.

    Raises:
        ExportRefused: the input contradicts itself, an image is missing, the certificate is none of these items, the
            place is taken, or pyarrow is missing.
    """
    require_pyarrow()
    release.check()
    directory = directory.absolute()
    _require_free(directory, replace)
    directory.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        manifest = _fill(release, image_bytes, draft, shard_bytes)
        draft.chmod(0o755)
        _move_into_place(draft, directory)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return WrittenRelease(directory, release.manifest.root, len(release.manifest), hashlib.sha256(manifest).digest())


def _require_free(directory: Path, replace: bool) -> None:
    """Refuse an occupied place; only an older release may be replaced, never somebody's other files."""
    if not directory.exists():
        return
    if not replace:
        raise ExportRefused(f"{directory.name} exists already; choose another place or ask to replace it.")
    if not (directory / "manifest.json").is_file() and (not directory.is_dir() or any(directory.iterdir())):
        raise ExportRefused(f"{directory.name} is no release, so it will not be replaced; choose another place.")


def _move_into_place(draft: Path, directory: Path) -> None:
    if not directory.exists():
        draft.rename(directory)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{directory.name}-old-", dir=directory.parent))
    directory.rename(old / "release")
    try:
        draft.rename(directory)
    except OSError:
        (old / "release").rename(directory)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _fill(release: ReleaseInput, image_bytes: ImageBytes, draft: Path, shard_bytes: int) -> bytes:
    """Write all files into `draft` and return manifest.json's bytes."""
    rows = write_shards(release, image_bytes, draft / "data", shard_bytes)
    with (draft / "batches.jsonl").open("wb") as file:
        file.writelines(canonical_json(_batch_line(batch)) + b"\n" for batch in release.batches)
    with (draft / "proofs.jsonl").open("wb") as file:
        file.writelines(canonical_json(line) + b"\n" for line in _proof_lines(release))
    if release.metadata.document is not None:
        (draft / "metadata.json").write_bytes(release.metadata.document)
    if release.certificate is not None:
        (draft / AUDIT_FILE).write_bytes(release.certificate)
    (draft / "README.md").write_text(dataset_card(release, rows, len(release.manifest)), encoding="utf-8", newline="\n")
    manifest = canonical_json(_manifest(release, draft))
    (draft / "manifest.json").write_bytes(manifest)
    return manifest


def _batch_line(batch: ReleaseBatch) -> dict[str, Any]:
    return {
        **_key_fields(batch),
        "items": [[sha256.hex(), label] for sha256, label in batch.items],
        "rounds": [one.as_json() for one in batch.evidence.rounds],
        "outcome": {
            "round": batch.evidence.round,
            "panel": list(batch.evidence.panel),
            "accepted": prefixed(bitmap_bytes(batch.accepted)),
            "panel_accepted": prefixed(bitmap_bytes(batch.evidence.panel_accepted)),
            "flags": prefixed(bitmap_bytes(batch.evidence.flags)) if batch.evidence.flags else None,
            "block": batch.evidence.settled_block,
            "transaction": prefixed(batch.evidence.settled_transaction),
        },
    }


def _key_fields(batch: ReleaseBatch) -> dict[str, Any]:
    return {
        "batch_id": prefixed(batch.key.batch_id),
        "dataset_id": prefixed(batch.key.dataset_id),
        "contributor": batch.key.contributor,
        "root": prefixed(batch.key.root),
        "item_count": batch.key.item_count,
    }


def _proof_lines(release: ReleaseInput) -> Any:
    for position, (batch, entry) in enumerate(release.entries()):
        origin = batch.origins[entry.index]
        yield {
            "batch_id": prefixed(entry.batch_id),
            "index": entry.index,
            "sha256": entry.sha256.hex(),
            "label": entry.label,
            "leaf": prefixed(item_leaf(entry.index, entry.sha256, entry.label)),
            "batch_proof": [prefixed(node) for node in batch.tree.proof(entry.index)],
            "manifest_leaf": prefixed(entry.leaf),
            "manifest_proof": [prefixed(node) for node in release.manifest.proof(position)],
            "rounds": list(origin.rounds),
            "flagged": origin.flagged,
            "votes_for": origin.votes_for,
            "votes_against": origin.votes_against,
        }


def _manifest(release: ReleaseInput, draft: Path) -> dict[str, Any]:
    dataset = release.dataset
    return {
        "format": RELEASE_FORMAT,
        "chain_id": release.chain_id,
        "contract": release.contract,
        "deployed_block": release.deployed_block,
        "dataset": {
            "id": prefixed(dataset.dataset_id),
            "name": release.metadata.name,
            "owner": dataset.owner,
            "detector": dataset.detector,
            "class_count": dataset.class_count,
            "metadata_hash": prefixed(dataset.metadata_hash),
            "salt": prefixed(dataset.salt),
            "policy": dataset.policy.as_dict(),
        },
        "class_names": list(release.metadata.class_names),
        "version": release.version,
        "manifest_root": prefixed(release.manifest.root),
        "item_count": len(release.manifest),
        "batches": [{**_key_fields(batch), "accepted_count": len(batch.accepted_indices)} for batch in release.batches],
        "files": {
            path.relative_to(draft).as_posix(): _fingerprint(path)
            for path in sorted(draft.rglob("*"))
            if path.is_file()
        },
    }


def _fingerprint(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "size": path.stat().st_size}
