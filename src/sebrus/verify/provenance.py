"""Steps files, identity and batches: the files are those the chain knows, under its rules, from its contributors."""

import hashlib
import json

from sebrus.protocol import batch_tree
from sebrus.verify.contents import BatchFile, check_files, read_batches
from sebrus.verify.errors import require
from sebrus.verify.evidence import Evidence
from sebrus.verify.history import short
from sebrus.verify.manifest import MANIFEST


def verify_files(evidence: Evidence) -> str:
    """Every file is the one the manifest lists, and the manifest is the one published on the chain."""
    manifest = evidence.manifest
    check_files(evidence.directory, manifest)
    released = evidence.history.released.get((manifest.dataset_id, manifest.version))
    require(
        released is not None,
        f"the chain has no release {manifest.version} of dataset {short(manifest.dataset_id)}",
    )
    assert released is not None
    require(released["manifestHash"] == manifest.sha256, f"{MANIFEST} is not the one published on the chain")
    return f"{len(manifest.files) + 1} files are those published on the chain"


def verify_identity(evidence: Evidence) -> str:
    """The dataset's id follows from its parameters and policy, and the chain created it so."""
    manifest, dataset = evidence.manifest, evidence.manifest.dataset
    require(dataset.dataset_id == manifest.dataset_id, "the dataset's id does not follow from its parameters")
    created = evidence.history.created.get(manifest.dataset_id)
    require(created is not None, f"the chain never created dataset {short(manifest.dataset_id)}")
    assert created is not None
    require(type(dataset).from_abi(created["params"]) == dataset, "the chain created the dataset with other parameters")
    require(created["policyHash"] == dataset.policy.policy_hash, "the chain has another policy hash")
    require(
        len(manifest.class_names) == dataset.class_count,
        f"there are {len(manifest.class_names)} class names for {dataset.class_count} classes",
    )
    if "metadata.json" in manifest.files:
        _check_metadata(evidence)
    else:
        evidence.notes.append("The release brings no metadata.json: the class names are the publisher's word.")
    return f"dataset {short(manifest.dataset_id)} and its policy are those created on the chain"


def _check_metadata(evidence: Evidence) -> None:
    """The metadata document is the one the dataset was created with, and names the classes as the manifest does."""
    document = (evidence.directory / "metadata.json").read_bytes()
    expected = evidence.manifest.dataset.metadata_hash
    require(hashlib.sha256(document).digest() == expected, "metadata.json is not the one the dataset was created with")
    try:
        metadata = json.loads(document)
        name, classes = metadata["name"], metadata["classes"]
    except (ValueError, KeyError, TypeError, RecursionError):
        evidence.notes.append("metadata.json names no classes: the class names are the publisher's word.")
        return
    require(name == evidence.manifest.name, "metadata.json names the dataset otherwise than the manifest")
    require(classes == list(evidence.manifest.class_names), "metadata.json names the classes otherwise")


def verify_batches(evidence: Evidence) -> str:
    """Every batch's id and root follow from all its items, and the chain has it submitted and settled."""
    manifest = evidence.manifest
    evidence.batches = list(read_batches(evidence.directory))
    listed = [(b.batch_id, b.key) for b in manifest.batches]
    require([(b.batch_id, b.key) for b in evidence.batches] == listed, "batches.jsonl and the manifest list others")
    require(len({b.batch_id for b in evidence.batches}) == len(listed), "a batch is listed twice")
    for batch in evidence.batches:
        _check_batch(evidence, batch)
    _note_others(evidence)
    items = sum(batch.key.item_count for batch in evidence.batches)
    return f"{len(listed)} batches of {items} items hash to what their contributors submitted"


def _check_batch(evidence: Evidence, batch: BatchFile) -> None:
    key, history = batch.key, evidence.history.batch(batch.batch_id)
    name = history.name
    require(key.batch_id == batch.batch_id, f"{name}: the id does not follow from its key")
    require(key.dataset_id == evidence.manifest.dataset_id, f"{name} belongs to another dataset")
    require(len(batch.items) == key.item_count > 0, f"{name} lists {len(batch.items)} of {key.item_count} items")
    require(batch_tree(batch.items).root == key.root, f"{name}: the root does not follow from its items")
    submitted = history.one("Submitted")
    found = (submitted["datasetId"], submitted["contributor"], submitted["root"], submitted["itemCount"])
    require(found == key.as_abi(), f"{name} was submitted otherwise on the chain")
    settled = history.one("Settled")
    require(settled["decided"], f"{name} is void: nothing of it was accepted")
    place = (settled.at.block, settled.transaction)
    require((batch.block, batch.transaction) == place, f"{name} was settled elsewhere than batches.jsonl says")


def _note_others(evidence: Evidence) -> None:
    mine = {batch.batch_id for batch in evidence.batches}
    released = evidence.history.released[evidence.manifest.dataset_id, evidence.manifest.version]
    others = 0
    for batch_id, history in evidence.history.batches.items():
        settled = [event for event in history.all("Settled") if event.at < released.at and event["decided"]]
        ours = any(e["datasetId"] == evidence.manifest.dataset_id for e in history.all("Submitted"))
        others += bool(settled) and ours and batch_id not in mine
    if others:
        evidence.notes.append(f"{others} settled batches of this dataset are not part of the release.")
