"""What a release says of an audit is about its own items, or the release is bad; the report tells the numbers."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sebrus.export.certificate import items_digest

pytestmark = pytest.mark.chain

CLASSES = ("cat", "dog")
WARP = {"family": "warp", "planted": 4, "found": 3, "low": 0.194, "high": 0.994}


def certificate(directory: Path, **changed: Any) -> dict[str, Any]:
    rows = [row for file in sorted((directory / "data").iterdir()) for row in pq.read_table(file).to_pylist()]
    items = [(row["sha256"], CLASSES[row["label"]], row["contributor"]) for row in rows]
    return {
        "format": "sebrus-audit-1",
        "source": {"kind": "files", "items_sha256": items_digest(items)},
        "items": {"tested": len(items), "flagged": 3},
        "contributors": {"tested": 2, "flagged": 1},
        "power": {"families": [WARP]},
    } | changed


def carry(case: Any, data: bytes) -> None:
    """Publish the release with this audit.json."""
    (case.directory / "audit.json").write_bytes(data)
    entry = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    case.edit_manifest(lambda manifest: manifest["files"].update({"audit.json": entry}))


def test_an_audit_of_the_released_items_holds_and_is_told(case: Any) -> None:
    carry(case, json.dumps(certificate(case.directory)).encode())
    report = case.verify()
    assert report.holds, report.broken
    count = json.loads((case.directory / "manifest.json").read_bytes())["item_count"]
    assert report.steps[-1].sentence == f"audit.json is about exactly these {count} items"
    told = next(note for note in report.notes if note.startswith("audit.json"))
    assert f"which only another audit can check: 3 of {count} items" in told
    assert "1 of 2 contributors flagged; found 3 of 4 planted by warp (0.19 to 0.99)." in told


def test_an_audit_without_plants_is_told_so(case: Any) -> None:
    carry(case, json.dumps(certificate(case.directory, power=None)).encode())
    assert any("nothing was planted, so its power was not measured" in note for note in case.verify().notes)


def test_a_release_without_an_audit_holds_and_says_so(case: Any) -> None:
    report = case.verify()
    assert report.holds
    assert any(note.startswith("The release carries no audit") for note in report.notes)


def test_an_unlisted_or_changed_audit_is_not_part_of_the_release(case: Any) -> None:
    carry(case, json.dumps(certificate(case.directory)).encode())
    with (case.directory / "audit.json").open("ab") as file:
        file.write(b"\n")
    assert case.verify().broken.name == "files"
    case.edit_manifest(lambda manifest: manifest["files"].pop("audit.json"))
    assert case.verify().broken.sentence == "audit.json is not part of the release"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"source": {"items_sha256": "00" * 32}}, "about other items"),
        ({"items": {"tested": 1, "flagged": 0}}, "counts other items"),
        ({"format": "sebrus-audit-9"}, "the format is 'sebrus-audit-9'"),
        ({"source": 7}, "source is not a JSON object"),
        ({"items": None}, "items is not a JSON object"),
        ({"contributors": {"tested": 1, "flagged": 2}}, "more are flagged than were tested"),
        ({"power": []}, "power is not a JSON object"),
        ({"power": {"families": {}}}, "families is not a list"),
        ({"power": {"families": [7]}}, "is not a JSON object"),
        ({"power": {"families": [WARP | {"found": 5}]}}, "more are found than were planted"),
        ({"power": {"families": [WARP | {"high": 1.5}]}}, "high is not a number from 0 to 1"),
        ({"power": {"families": [WARP | {"low": "0"}]}}, "low is not a number from 0 to 1"),
        ({"power": {"families": [WARP | {"low": True}]}}, "low is not a number from 0 to 1"),
        ({"power": {"families": [WARP | {"family": None}]}}, "family is not a text"),
    ],
)
def test_another_or_a_malformed_audit_breaks_its_step(case: Any, changed: dict[str, Any], sentence: str) -> None:
    carry(case, json.dumps(certificate(case.directory, **changed)).encode())
    broken = case.verify().broken
    assert broken.name == "audit"
    assert sentence in broken.sentence


@pytest.mark.parametrize("data", [b"", b"\xff", b"[" * 100_000, b"[]", b'{"a":NaN}', b" " * (2**20 + 1)])
def test_an_audit_that_is_no_json_breaks_its_step(case: Any, data: bytes) -> None:
    carry(case, data)
    assert case.verify().broken.name == "audit"


def test_half_a_character_in_a_class_name_does_not_stop_the_verifier(case: Any) -> None:
    """The Parquet files and the manifest of a lying publisher may agree on a name that nothing can write."""

    def rename(manifest: dict[str, Any]) -> None:
        manifest["class_names"] = ["\ud800", "dog"]
        manifest["files"].pop("metadata.json")

    rewrite(case, lambda names: ["\ud800", *names[1:]])
    (case.directory / "metadata.json").unlink()
    case.edit_manifest(rename)
    carry(case, json.dumps(certificate(case.directory)).encode())
    assert case.verify().broken.name == "audit"


def rewrite(case: Any, change: Callable[[list[str]], list[str]]) -> None:
    """Name the classes otherwise in the Parquet file."""
    path = next((case.directory / "data").iterdir())
    table = pq.read_table(path)
    described = json.loads(table.schema.metadata[b"huggingface"])
    label = described["info"]["features"]["label"]
    label["names"] = change(label["names"])
    pq.write_table(table.replace_schema_metadata({"huggingface": json.dumps(described)}), path)
    case.publish()
