"""A publisher who puts a false release on the chain, hashes and all, is still found at the step that breaks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sebrus import protocol as p

SHARD = "data/train-00000-of-00001.parquet"
Rows = list[dict[str, Any]]


def edit_rows(case: Any, edit: Callable[[Rows], Any]) -> None:
    """Rewrite the images' table and publish it."""
    table = pq.read_table(case.directory / SHARD)
    rows = table.to_pylist()
    edit(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), case.directory / SHARD)
    case.publish()


def swap_label(rows: Rows) -> None:
    rows[3]["label"] ^= 1


def drop_last(rows: Rows) -> None:
    rows.pop()


def drop_inner(rows: Rows) -> None:
    del rows[10]


def add_item(rows: Rows) -> None:
    rows.append(dict(rows[0]))


def swap_two(rows: Rows) -> None:
    rows[0], rows[1] = rows[1], rows[0]


def swap_image(rows: Rows) -> None:
    rows[0]["image"], rows[0]["sha256"] = rows[1]["image"], rows[1]["sha256"]


def poison_pixels(rows: Rows) -> None:
    rows[0]["image"]["bytes"] += b"trigger"


def other_contributor(rows: Rows) -> None:
    rows[0]["contributor"] = rows[-1]["contributor"]


def hostile_path(rows: Rows) -> None:
    rows[0]["image"]["path"] = "../../.bashrc"


def empty_cell(rows: Rows) -> None:
    rows[0]["label"] = None


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (swap_label, "accepted was"),
        (drop_last, "1 accepted items are missing"),
        (drop_inner, "an accepted one is missing before it"),
        (add_item, "an image beyond the accepted ones"),
        (swap_two, "is another item"),
        (swap_image, "another image than was accepted"),
        (poison_pixels, "has other bytes"),
        (other_contributor, "is another item"),
        (hostile_path, "an image is named"),
        (empty_cell, "an empty cell"),
    ],
)
def test_changed_rows_break_the_items_step(case: Any, edit: Callable[[Rows], Any], sentence: str) -> None:
    edit_rows(case, edit)
    step = case.verify().broken
    assert step.name == "items", step
    assert sentence in step.sentence


def test_another_schema_breaks_the_items_step(case: Any) -> None:
    table = pq.read_table(case.directory / SHARD)
    for changed, sentence in [
        (table.append_column("evil", pa.array([1] * len(table))), "other columns"),
        (table.replace_schema_metadata({}), "does not describe its columns"),
        (table.replace_schema_metadata({"huggingface": "[]"}), "does not describe its columns"),
        (
            table.replace_schema_metadata({"huggingface": '{"info":{"features":{"label":{"names":["dog","cat"]}}}}'}),
            "names the classes otherwise",
        ),
    ]:
        pq.write_table(changed, case.directory / SHARD)
        case.publish()
        step = case.verify().broken
        assert step.name == "items", step
        assert sentence in step.sentence


def relabel(rows: Rows) -> None:
    rows[0]["items"][5][1] ^= 1


def forget_a_batch(rows: Rows) -> None:
    rows.pop()


def drop_item(rows: Rows) -> None:
    rows[0]["items"].pop()


def other_block(rows: Rows) -> None:
    rows[0]["outcome"]["block"] += 1


@pytest.mark.parametrize(
    ("edit", "step"),
    [
        (relabel, "batches"),
        (forget_a_batch, "batches"),
        (drop_item, "batches"),
        (other_block, "batches"),
        (lambda rows: rows[0].update(batch_id="0x" + "1" * 64), "batches"),
        (lambda rows: rows[0]["outcome"]["panel"].reverse(), "ballots"),
        (lambda rows: rows[1]["outcome"].update(round=0), "ballots"),
        (lambda rows: rows[1]["outcome"].update(accepted="0x" + f"{0xFFFFF:064x}"), "tally"),
        (lambda rows: rows[1]["outcome"].update(panel_accepted="0x" + f"{1:064x}"), "tally"),
    ],
)
def test_false_batches(case: Any, edit: Callable[[Rows], Any], step: str) -> None:
    case.edit_lines("batches.jsonl", edit)
    assert case.broken() == step


@pytest.mark.parametrize(
    "edit",
    [
        lambda rows: rows.pop(),
        lambda rows: rows.append(rows[0]),
        lambda rows: rows[0]["batch_proof"].pop(),
        lambda rows: rows[0].update(manifest_proof=rows[1]["manifest_proof"]),
        lambda rows: rows[0].update(leaf=rows[1]["leaf"]),
        lambda rows: rows[0].update(label=rows[0]["label"] ^ 1),
    ],
)
def test_false_proofs_break_the_manifest_step(case: Any, edit: Callable[[Rows], Any]) -> None:
    case.edit_lines("proofs.jsonl", edit)
    assert case.broken() == "manifest"


@pytest.mark.parametrize(
    ("edit", "step"),
    [
        (lambda m: m["dataset"]["policy"].update(detector_votes=0), "identity"),
        (lambda m: m["dataset"].update(salt="0x" + "1" * 64), "identity"),
        (lambda m: m.update(class_names=["dog", "cat"]), "identity"),
        (lambda m: m["dataset"].update(name="Weapons"), "identity"),
        (lambda m: m.update(class_names=["cat"]), "identity"),
        (lambda m: m["dataset"].update(id="0x" + "1" * 64), "files"),
        (lambda m: m.update(version=2), "files"),
        (lambda m: m["batches"].pop(), "batches"),
        (lambda m: m["batches"].append(m["batches"][0]), "batches"),
        (lambda m: m["batches"][0].update(accepted_count=1), "tally"),
        (lambda m: m.update(manifest_root="0x" + "1" * 64), "manifest"),
        (lambda m: m.update(item_count=5), "manifest"),
        (lambda m: m["files"].pop("metadata.json"), "files"),
        (lambda m: m.update(deployed_block=19), "identity"),
    ],
)
def test_false_manifests(case: Any, edit: Callable[[Any], Any], step: str) -> None:
    case.edit_manifest(edit)
    assert case.broken() == step


def test_a_release_without_metadata_verifies_with_a_note(case: Any) -> None:
    (case.directory / "metadata.json").unlink()
    case.edit_manifest(lambda manifest: manifest["files"].pop("metadata.json"))
    report = case.verify()
    assert report.holds, report.broken
    assert any("brings no metadata.json" in note for note in report.notes)


def test_metadata_of_another_dataset(case: Any) -> None:
    (case.directory / "metadata.json").write_bytes(b'{"name":"Pets","classes":["cat","dog"]}')
    case.publish()
    assert case.broken() == "identity"


def test_leaving_out_an_item_from_everything_still_misses_it(case: Any, tmp_path: Path) -> None:
    """The publisher drops a poisoned-looking item from rows, proofs, count and root: the tally still has it."""
    edit_rows(case, drop_last)
    case.edit_lines("proofs.jsonl", lambda rows: rows.pop())
    case.edit_manifest(lambda m: m.update(item_count=m["item_count"] - 1))
    case.node.find("Released")["itemCount"] -= 1
    assert case.broken() == "items"


def test_a_rejected_item_slipped_in_with_a_valid_proof(case: Any) -> None:
    """Its leaf is in the batch's tree, so only the tally keeps it out."""

    def accept_all(rows: Rows) -> None:
        rows[1]["outcome"]["accepted"] = "0x" + p.bitmap_bytes(p.valid_mask(20)).hex()

    case.edit_lines("batches.jsonl", accept_all)
    step = case.verify().broken
    assert step.name == "tally"
    assert "batches.jsonl accepts other items" in step.sentence
