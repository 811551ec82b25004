"""manifest.json of a release: found, read and checked for its form."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from sebrus.protocol import BatchKey, DatasetParams, Policy
from sebrus.verify.errors import BadInput, StepFailed, require
from sebrus.verify.fields import Fields, parse_json, parse_sha256

RELEASE_FORMAT = "sebrus-release-1"
MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 64 * 2**20
_FILE_NAME = re.compile(
    r"(README\.md|metadata\.json|audit\.json|batches\.jsonl|proofs\.jsonl|data/train-\d{5}-of-\d{5}\.parquet)"
)


@dataclass(frozen=True)
class ListedBatch:
    """A batch as the manifest lists it."""

    batch_id: bytes
    key: BatchKey
    accepted_count: int


@dataclass(frozen=True)
class ListedFile:
    """A file as the manifest lists it."""

    sha256: bytes
    size: int


@dataclass(frozen=True)
class Manifest:
    """What manifest.json says; nothing of it is trusted yet."""

    sha256: bytes
    chain_id: int
    contract: str
    deployed_block: int
    dataset_id: bytes
    dataset: DatasetParams
    name: str
    class_names: tuple[str, ...]
    version: int
    root: bytes
    item_count: int
    batches: tuple[ListedBatch, ...]
    files: dict[str, ListedFile]

    @property
    def shards(self) -> list[str]:
        """The Parquet files in order."""
        return sorted(name for name in self.files if name.startswith("data/"))


def read_manifest(directory: Path) -> Manifest:
    """Read a release's manifest.

    Raises:
        BadInput: this is no release directory.
        StepFailed: the manifest is damaged.
    """
    path = directory / MANIFEST
    if not directory.is_dir():
        raise BadInput(f"{directory} is not a directory.")
    if path.is_symlink() or not path.is_file():
        raise BadInput(f"{directory} is no release: it has no {MANIFEST}.")
    require(path.stat().st_size <= MAX_MANIFEST_BYTES, f"{MANIFEST} is larger than any manifest")
    data = path.read_bytes()
    top = Fields(parse_json(data, MANIFEST), MANIFEST)
    found = top.text("format")
    require(found == RELEASE_FORMAT, f"{MANIFEST}: the format is {found[:40]!r}, not {RELEASE_FORMAT!r}")
    return _parse(top, hashlib.sha256(data).digest())


def _parse(top: Fields, sha256: bytes) -> Manifest:
    dataset = top.object("dataset")
    class_names = top.array("class_names")
    require(all(isinstance(name, str) for name in class_names), f"{MANIFEST}: class_names are not all texts")
    return Manifest(
        sha256=sha256,
        chain_id=top.integer("chain_id", 256),
        contract=top.address("contract"),
        deployed_block=top.integer("deployed_block", 63),
        dataset_id=dataset.hash("id"),
        dataset=_params(dataset),
        name=dataset.text("name"),
        class_names=tuple(class_names),
        version=top.integer("version", 32),
        root=top.hash("manifest_root"),
        item_count=top.integer("item_count", 32),
        batches=tuple(_batch(Fields(value, f"{MANIFEST}: batches")) for value in top.array("batches")),
        files=dict(_file(name, value) for name, value in top.object("files").items()),
    )


def _params(dataset: Fields) -> DatasetParams:
    try:
        policy = Policy.from_dict(dict(dataset.object("policy").items()))
    except ValueError as error:
        raise StepFailed(f"{MANIFEST}: {str(error).rstrip('.')}") from error
    return DatasetParams(
        owner=dataset.address("owner"),
        detector=dataset.address("detector"),
        class_count=dataset.integer("class_count", 16),
        metadata_hash=dataset.hash("metadata_hash"),
        salt=dataset.hash("salt"),
        policy=policy,
    )


def _batch(fields: Fields) -> ListedBatch:
    return ListedBatch(fields.hash("batch_id"), read_key(fields), fields.integer("accepted_count", 16))


def read_key(fields: Fields) -> BatchKey:
    """Read the four fields of a batch's key."""
    return BatchKey(
        dataset_id=fields.hash("dataset_id"),
        contributor=fields.address("contributor"),
        root=fields.hash("root"),
        item_count=fields.integer("item_count", 16),
    )


def _file(name: str, value: object) -> tuple[str, ListedFile]:
    require(_FILE_NAME.fullmatch(name) is not None, f"{MANIFEST} lists {name[:80]!r}, which has no place in a release")
    fields = Fields(value, f"{MANIFEST}: files: {name}")
    sha256 = parse_sha256(fields.text("sha256"), f"{fields.where}: sha256")
    return name, ListedFile(sha256, fields.integer("size", 63))
