"""A release is a source: its manifest says the classes and which release it is, and must be that of its images."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from sebrus.scan.errors import SourceError
from sebrus.scan.source import read


def edit(folder, **changed):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | changed))


def test_a_release_is_read_with_what_its_manifest_says(released, digits):
    folder = released()
    manifest = json.loads((folder / "manifest.json").read_bytes())
    source = read(folder)
    assert source.release.dataset_id == manifest["dataset"]["id"]
    assert (source.release.version, source.release.manifest_root) == (1, manifest["manifest_root"])
    assert source.class_names[3] == "digit 3"
    table = pq.read_table(folder / "data" / "train-00000-of-00001.parquet").to_pylist()
    assert source.ids == tuple(f"{row['batch_id']}/{row['index']}" for row in table)
    assert source.contributors == tuple(row["contributor"] for row in table)
    assert source.sha256 == tuple(row["sha256"] for row in table)
    assert source.labels.tolist() == [row["label"] for row in table]
    assert sorted(image.tobytes() for image in source.images) == sorted(image.tobytes() for image in digits["x"][:60])


def test_the_command_scans_it(command, rows, released, tmp_path):
    result = command(released(), "--out", tmp_path / "out", "--json")
    assert result.exit_code == 0, result.output
    items = rows(tmp_path / "out" / "items.csv")
    assert len(items) == json.loads(result.stdout)["items"] == 60
    assert all(row["label"].startswith("digit ") and row["id"].startswith("0x") for row in items)


def test_an_archive_of_names_can_be_its_trusted_seed(released, tmp_path, digits):
    named = np.array([f"digit {label}" for label in digits["y"][:5]])
    np.savez(tmp_path / "seed.npz", x=digits["x"][:5], y=named)
    seed = read(tmp_path / "seed.npz", read(released()))
    assert seed.labels.tolist() == digits["y"][:5].tolist()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"format": "sebrus-release-9"}, "is not of the format sebrus-release-1"),
        ({"manifest_root": "0x" + "00" * 32}, "not those of its manifest root"),
        ({"manifest_root": 7}, "does not say which release"),
        ({"version": True}, "does not say which release"),
        ({"dataset": None}, "does not say which release"),
        ({"class_names": ["a", "a"]}, "class_names must be names that differ"),
        ({"class_names": None}, "class_names must be names that differ"),
        ({"class_names": ["one", "two"]}, "names none of the 2 classes"),
    ],
)
def test_a_manifest_of_other_images_or_of_none_is_refused(command, released, tmp_path, changed, words):
    folder = released()
    edit(folder, **changed)
    result = command(folder, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert words in result.stderr and result.stderr.count("\n") == 1


@pytest.mark.parametrize("text", ['{"format":"sebrus-release-1"', '{"format":"sebrus-release-1","a":' + "[" * 10_000])
def test_a_damaged_manifest_is_refused(released, text):
    folder = released()
    (folder / "manifest.json").write_text(text)
    with pytest.raises(SourceError, match="not valid JSON"):
        read(folder)


def test_another_label_or_a_missing_shard_is_refused(released):
    folder = released()
    shard = folder / "data" / "train-00000-of-00001.parquet"
    table = pq.read_table(shard)
    labels = [(label + 1) % 10 for label in table["label"].to_pylist()]
    pq.write_table(table.set_column(1, table.schema.field(1), [labels]), shard)
    with pytest.raises(SourceError, match="not those of its manifest root"):
        read(folder)
    pq.write_table(table.drop_columns(["batch_id"]), shard)
    with pytest.raises(SourceError, match="has not one column batch_id"):
        read(folder)
    shard.unlink()
    with pytest.raises(SourceError, match="The release holds no images"):
        read(folder)


def test_a_manifest_of_something_else_is_not_taken_for_a_releases(folder):
    root = folder([("a.png", "1", None, np.zeros((8, 8), np.uint8))])
    (root / "manifest.json").write_text('{"manifest_version": 3}')
    assert read(root).ids == ("a.png",)
