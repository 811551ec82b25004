"""A release holds the accepted items, opens with pyarrow, and is the same bytes every time."""

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sebrus import protocol as p
from sebrus.export import ExportRefused, ReleaseInput, write_release

Images = Callable[[bytes], bytes]


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_parquet_file_holds_the_accepted_items(release: ReleaseInput, images: Images, tmp_path: Path) -> None:
    written = write_release(release, images, tmp_path / "r")
    table = pq.read_table(written.directory / "data" / "train-00000-of-00001.parquet")
    rows = table.to_pylist()
    assert len(rows) == written.item_count == 118 + 29
    assert [row["index"] for row in rows[:6]] == [1, 2, 3, 4, 5, 6]
    assert {row["index"] for row in rows if row["batch_id"] != rows[0]["batch_id"]} == set(range(29))
    for row in rows:
        assert hashlib.sha256(row["image"]["bytes"]).hexdigest() == row["sha256"]
        assert row["image"]["path"] == row["sha256"] + ".png"
    assert pq.ParquetFile(written.directory / "data" / "train-00000-of-00001.parquet").num_row_groups == 2
    described = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert described["image"] == {"_type": "Image"}
    assert described["label"] == {"_type": "ClassLabel", "names": list(release.metadata.class_names)}
    assert list(described) == table.column_names


def test_manifest_lists_every_other_file(release: ReleaseInput, images: Images, tmp_path: Path) -> None:
    written = write_release(release, images, tmp_path / "r")
    raw = (written.directory / "manifest.json").read_bytes()
    manifest = json.loads(raw)
    assert hashlib.sha256(raw).digest() == written.manifest_hash
    assert manifest["format"] == "sebrus-release-1"
    assert manifest["manifest_root"] == "0x" + written.manifest_root.hex()
    found = {q.relative_to(written.directory).as_posix() for q in written.directory.rglob("*") if q.is_file()}
    assert set(manifest["files"]) == found - {"manifest.json"}
    for name, stated in manifest["files"].items():
        data = (written.directory / name).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (stated["sha256"], stated["size"])
    assert [batch["accepted_count"] for batch in manifest["batches"]] == [118, 29]


def test_batches_list_rejected_items_too_and_proofs_verify(
    release: ReleaseInput, images: Images, tmp_path: Path
) -> None:
    written = write_release(release, images, tmp_path / "r")
    batches = lines(written.directory / "batches.jsonl")
    assert [len(batch["items"]) for batch in batches] == [120, 30]
    roots = {batch["batch_id"]: bytes.fromhex(batch["root"][2:]) for batch in batches}
    proofs = lines(written.directory / "proofs.jsonl")
    assert len(proofs) == written.item_count
    for proof in proofs:
        sha256 = bytes.fromhex(proof["sha256"])
        leaf = p.item_leaf(proof["index"], sha256, proof["label"])
        assert p.verify_proof(roots[proof["batch_id"]], leaf, [bytes.fromhex(n[2:]) for n in proof["batch_proof"]])
        leaf = p.manifest_leaf(bytes.fromhex(proof["batch_id"][2:]), proof["index"], sha256, proof["label"])
        nodes = [bytes.fromhex(n[2:]) for n in proof["manifest_proof"]]
        assert p.verify_proof(written.manifest_root, leaf, nodes)


def test_same_input_same_bytes(release: ReleaseInput, images: Images, tmp_path: Path) -> None:
    one = write_release(release, images, tmp_path / "one", shard_bytes=4000)
    two = write_release(release, images, tmp_path / "two", shard_bytes=4000)
    assert one.manifest_hash == two.manifest_hash
    for path in one.directory.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (two.directory / path.relative_to(one.directory)).read_bytes()


def test_shards_are_bounded(release: ReleaseInput, images: Images, tmp_path: Path) -> None:
    written = write_release(release, images, tmp_path / "r", shard_bytes=5000)
    names = sorted(q.name for q in (written.directory / "data").iterdir())
    assert names == ["train-00000-of-00002.parquet", "train-00001-of-00002.parquet"]
    assert sum(pq.read_metadata(written.directory / "data" / name).num_rows for name in names) == 147


def test_the_card_has_front_matter_that_loaders_read(release: ReleaseInput, images: Images, tmp_path: Path) -> None:
    card = (write_release(release, images, tmp_path / "r").directory / "README.md").read_text(encoding="utf-8")
    _, front, body = card.split("---\n", 2)
    assert 'license: "cc-by-4.0"' in front
    assert "path: data/train-*" in front
    assert """'1': "one: \\"quoted\\"\"""" in front
    assert "num_examples: 147" in front
    assert "load_dataset(" in body and "sebrus verify" in body
    plain = replace(release, metadata=replace(release.metadata, license=None, document=None))
    directory = write_release(plain, images, tmp_path / "plain").directory
    assert "license" not in (directory / "README.md").read_text(encoding="utf-8").split("---\n")[1]
    assert not (directory / "metadata.json").exists()


def test_nothing_is_left_behind_when_an_image_is_missing(release: ReleaseInput, tmp_path: Path) -> None:
    def forgetful_store(sha256: bytes) -> bytes:
        raise KeyError(sha256)

    with pytest.raises(ExportRefused, match="not in the image store"):
        write_release(release, forgetful_store, tmp_path / "r")
    with pytest.raises(ExportRefused, match="other bytes"):
        write_release(release, lambda _: b"swapped", tmp_path / "r")
    assert list(tmp_path.iterdir()) == []


def test_an_occupied_place_is_refused_or_replaced(release: ReleaseInput, images: Images, tmp_path: Path) -> None:
    place = tmp_path / "r"
    first = write_release(release, images, place)
    with pytest.raises(ExportRefused, match="exists already"):
        write_release(release, images, place)
    second = write_release(replace(release, version=2), images, place, replace=True)
    assert second.manifest_hash != first.manifest_hash
    assert [q.name for q in tmp_path.iterdir()] == ["r"]
    precious = tmp_path / "photos"
    precious.mkdir()
    (precious / "wedding.jpg").write_bytes(b"dear")
    with pytest.raises(ExportRefused, match="is no release"):
        write_release(release, images, precious, replace=True)
    assert (precious / "wedding.jpg").exists()


def test_contradictions_are_refused(release: ReleaseInput, images: Images, tmp_path: Path) -> None:
    first, second = release.batches
    swapped = replace(first, items=((first.items[0][0], 2), *first.items[1:]))
    other = replace(first, key=replace(first.key, dataset_id=p.ZERO32))
    wide = replace(first, accepted=(1 << 130,))
    none = replace(first, accepted=(0,))
    few = replace(release, metadata=replace(release.metadata, class_names=("a", "b")))
    for bad, sentence in [
        (replace(release, batches=(swapped,)), "not those under its root"),
        (replace(release, batches=(other,)), "another dataset"),
        (replace(release, batches=(wide,)), "zeros beyond"),
        (replace(release, batches=(none,)), "No item was accepted"),
        (replace(release, batches=(second, second)), "listed twice"),
        (few, "3 classes, but 2 names"),
    ]:
        with pytest.raises(ExportRefused, match=sentence):
            write_release(bad, images, tmp_path / "r")


def test_without_pyarrow_the_extra_is_named(
    release: ReleaseInput, images: Images, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportRefused, match=r"pip install 'sebrus\[export\]'"):
        write_release(release, images, tmp_path / "r")
