"""A publisher who puts a false release on the chain, hashes and all, is still found at the step that breaks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sebrus import protocol as p

pytestmark = pytest.mark.chain

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
    rows[0]["contributor"] = "0x" + "1" * 40


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
        (lambda rows: rows[0]["outcome"]["panel"].reverse(), "record"),
        (lambda rows: rows[1]["outcome"].update(round=0), "record"),
        (lambda rows: rows[0]["rounds"].pop(), "record"),
        (lambda rows: rows[0]["rounds"].append(rows[0]["rounds"][0]), "record"),
        (lambda rows: rows[1]["outcome"].update(accepted="0x" + f"{0xFFFFF:064x}"), "tally"),
        (lambda rows: rows[1]["outcome"].update(panel_accepted="0x" + f"{1:064x}"), "tally"),
        (lambda rows: rows[0]["outcome"].update(flags=None), "tally"),
        (lambda rows: rows[1]["outcome"].update(flags="0x" + f"{1:064x}"), "tally"),
    ],
)
def test_false_batches(case: Any, edit: Callable[[Rows], Any], step: str) -> None:
    case.edit_lines("batches.jsonl", edit)
    assert case.broken() == step


def shown(edit: Callable[[list[Any]], Any], at: int = 0) -> Callable[[Rows], Any]:
    """Return a lie about what a round's reviewers were shown."""
    return lambda rows: edit(rows[0]["rounds"][at]["task"])


def swap(pictures: list[Any]) -> None:
    pictures[0], pictures[1] = pictures[1], pictures[0]


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (shown(lambda task: task[4].__setitem__(1, task[4][1] ^ 1)), "not those under its root"),
        (shown(lambda task: task[4].__setitem__(0, "ab" * 32), 1), "not those under its root"),
        (shown(swap, 2), "not those under its root"),
        (shown(lambda task: task.append(task[0])), "the task has 321 pictures, 320 were shown"),
        (shown(lambda task: task.pop()), "the task has 319 pictures, 320 were shown"),
        (lambda rows: rows[0]["rounds"][1].update(task=None), "does not say what was shown"),
        (lambda rows: rows[1]["rounds"][0].update(task=rows[1]["items"]), "a task that nobody made"),
        (lambda rows: rows[0]["rounds"][0].update(gold=None), "other gold or answers"),
        (lambda rows: rows[0]["rounds"][0]["gold"].pop(), "other gold or answers"),
        (lambda rows: rows[0]["rounds"][0]["gold"][3].__setitem__(0, 300), "other gold or answers"),
        (lambda rows: rows[0]["rounds"][1]["gold"][0].reverse(), "gold is not a pair"),
        (lambda rows: rows[2]["rounds"][0].update(gold=[[0, True]]), "gold that nobody opened"),
    ],
)
def test_a_false_task_breaks_the_tasks_step(case: Any, edit: Callable[[Rows], Any], sentence: str) -> None:
    case.edit_lines("batches.jsonl", edit)
    step = case.verify().broken
    assert step.name == ("batches" if "pair" in sentence else "tasks"), step
    assert sentence in step.sentence


def test_a_changed_answer_breaks_the_tasks_step(case: Any) -> None:
    def change(rows: Rows) -> None:
        answer = rows[0]["rounds"][0]["gold"][0]
        answer[1] = not answer[1]

    case.edit_lines("batches.jsonl", change)
    assert case.broken() == "tasks"


def test_a_void_batch_is_no_part_of_a_release(case: Any) -> None:
    """Its items are under a root on the chain, but nobody accepted them."""
    life = case.node.told.lives["void"]
    settled = case.node.find("Settled", 0, "void")
    key = {
        "batch_id": "0x" + life.key.batch_id.hex(),
        "dataset_id": "0x" + life.key.dataset_id.hex(),
        "contributor": life.key.contributor,
        "root": "0x" + life.key.root.hex(),
        "item_count": 6,
    }
    ones = "0x" + f"{0b111111:064x}"
    outcome = {"round": 2, "panel": list(life.panel), "accepted": ones, "panel_accepted": ones, "flags": None}
    place = {"block": settled.block, "transaction": settled.transaction}
    line = {
        **key,
        "items": [[sha256.hex(), label] for sha256, label in life.items],
        "rounds": [],
        "outcome": outcome | place,
    }
    case.edit_lines("batches.jsonl", lambda rows: rows.append(line))
    case.edit_manifest(lambda manifest: manifest["batches"].append({**key, "accepted_count": 6}))
    step = case.verify().broken
    assert (step.name, "is void" in step.sentence) == ("batches", True), step


@pytest.mark.parametrize(
    "edit",
    [
        lambda rows: rows[0].update(votes_for=rows[0]["votes_for"] + 1),
        lambda rows: rows[0].update(votes_against=0 if rows[0]["votes_against"] else 1),
        lambda rows: rows[0].update(flagged=not rows[0]["flagged"]),
        lambda rows: rows[0]["rounds"].append(7),
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
        (lambda m: m.update(deployed_block=10), "identity"),
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
    case.node.find("Released").values["itemCount"] -= 1
    assert case.broken() == "items"


def test_a_rejected_item_slipped_in_with_a_valid_proof(case: Any) -> None:
    """Its leaf is in the batch's tree, so only the tally keeps it out."""

    def accept_all(rows: Rows) -> None:
        rows[1]["outcome"]["accepted"] = "0x" + p.bitmap_bytes(p.valid_mask(20)).hex()

    case.edit_lines("batches.jsonl", accept_all)
    step = case.verify().broken
    assert step.name == "tally"
    assert "batches.jsonl accepts other items" in step.sentence
