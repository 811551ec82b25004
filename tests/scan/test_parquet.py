"""Parquet as `datasets` writes it is a source; what is not so is refused with one line."""

import hashlib
import io
import json
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from sebrus.scan.errors import SourceError
from sebrus.scan.source import read

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
TYPES = {"image": IMAGE, "label": pa.int64(), "contributor": pa.string()}


def png(image: Any) -> bytes:
    held = io.BytesIO()
    Image.fromarray(np.asarray(image, np.uint8)).save(held, "PNG")
    return held.getvalue()


PICTURES = [png(np.full((8, 8), 10 * number)) for number in range(6)]


def columns(**changed: Any) -> dict[str, Any]:
    """Six good rows, some columns changed or (None) left out."""
    good = {
        "image": [{"bytes": data, "path": f"{number}.png"} for number, data in enumerate(PICTURES)],
        "label": [0, 1, 2, 0, 1, 2],
        "contributor": list("aabbcc"),
    }
    return {name: values for name, values in (good | changed).items() if values is not None}


def write(path: Path, names: list[str] | None = None, types: dict[str, Any] | None = None, **changed: Any) -> Path:
    kinds = TYPES | (types or {})
    values = columns(**changed)
    schema = pa.schema([(name, kinds[name]) for name in values])
    if names is not None:
        feature = {"label": {"names": names, "_type": "ClassLabel"}}
        schema = schema.with_metadata({"huggingface": json.dumps({"info": {"features": feature}})})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(values, schema=schema), path)
    return path


def test_images_labels_contributors_names_and_paths_are_read(tmp_path):
    source = read(write(tmp_path / "train.parquet", ["cat", "dog", "eel"]))
    assert source.images.shape == (6, 8, 8)
    assert [int(image[0, 0]) for image in source.images] == [0, 10, 20, 30, 40, 50]
    assert source.labels.tolist() == [0, 1, 2, 0, 1, 2]
    assert source.class_names == {0: "cat", 1: "dog", 2: "eel"}
    assert source.contributors == tuple("aabbcc")
    assert source.ids == tuple(f"{number}.png" for number in range(6))
    assert source.sha256 == tuple(hashlib.sha256(data).hexdigest() for data in PICTURES)
    assert source.release is None


def test_a_folder_is_read_in_the_order_of_its_files_and_rows_name_themselves(tmp_path):
    bare = [{"bytes": data, "path": None} for data in PICTURES]
    for number in (1, 0):
        write(tmp_path / "data" / f"part-{number}.parquet", image=bare, contributor=None)
    source = read(tmp_path)
    assert source.contributors is None and source.class_names == {}
    assert source.ids == tuple(f"part-{number}.parquet/{row}" for number in (0, 1) for row in range(6))
    twice = write(tmp_path / "twice.parquet", image=[{"bytes": data, "path": "same.png"} for data in PICTURES])
    assert read(twice).ids[0] == "twice.parquet/0"


def test_mixed_images_are_brought_to_one_form(tmp_path):
    pictures = [*PICTURES[:4], png(np.zeros((8, 8, 3))), png(np.zeros((20, 30)))]
    source = read(write(tmp_path / "a.parquet", image=[{"bytes": data, "path": None} for data in pictures]))
    assert source.images.shape == (6, 8, 8, 3)


def test_parquet_without_its_suffix_and_other_whole_numbers_are_read(tmp_path):
    path = write(tmp_path / "shard", types={"label": pa.uint8(), "contributor": pa.large_string()})
    assert read(path).labels.tolist() == [0, 1, 2, 0, 1, 2]


def test_a_trusted_file_takes_the_classes_and_size_of_the_source(tmp_path):
    source = read(write(tmp_path / "a.parquet", ["cat", "dog", "eel"]))
    large = [{"bytes": png(np.zeros((30, 30))), "path": None}] * 6
    seed = read(write(tmp_path / "b.parquet", ["eel", "cat", "fox"], image=large), source)
    assert seed.images.shape == (6, 8, 8)
    assert seed.labels.tolist()[:2] == [2, 0]
    with pytest.raises(SourceError, match="same labels in both"):
        read(write(tmp_path / "c.parquet"), source)


def test_a_folder_of_images_stays_one_with_parquet_beside_it(folder):
    root = folder([("a.png", "1", None, np.zeros((8, 8), np.uint8))])
    write(root / "a.parquet")
    assert read(root).ids == ("a.png",)


def test_the_command_scans_it_and_names_classes_and_items(command, rows, tmp_path):
    result = command(write(tmp_path / "train.parquet", ["cat", "dog", "eel"]), "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    first = rows(tmp_path / "out" / "items.csv")[1]
    assert (first["id"], first["label"], first["contributor"]) == ("1.png", "dog", "a")


def images(**first: Any) -> list[Any]:
    return [{"bytes": PICTURES[0], "path": "0.png", **first}, *columns()["image"][1:]]


BIG, EPS = io.BytesIO(), io.BytesIO()
Image.new("1", (20_000, 20_000)).save(BIG, "PNG")
Image.new("L", (8, 8)).save(EPS, "EPS")

BAD = [
    ({"label": None}, "has not one column label"),
    ({"image": None}, "has not one column image"),
    ({"image": ["a.png"] * 6, "types": {"image": pa.string()}}, "image must be a column of structs of bytes and path"),
    ({"image": [{"path": "a"}] * 6, "types": {"image": pa.struct([("path", pa.string())])}}, "Image feature"),
    ({"label": [0.5] * 6, "types": {"label": pa.float64()}}, "label must be a column of integers, not double"),
    ({"label": ["cat"] * 6, "types": {"label": pa.string()}}, "label must be a column of integers"),
    ({"label": [True] * 6, "types": {"label": pa.bool_()}}, "label must be a column of integers"),
    ({"label": [2**64 - 1] * 6, "types": {"label": pa.uint64()}}, "64 bits"),
    ({"label": [0, None, 1, 1, 1, 1]}, "row.parquet/1: label is empty"),
    ({"contributor": [None] * 6}, "row.parquet/0: contributor is empty"),
    ({"contributor": [1] * 6, "types": {"contributor": pa.int64()}}, "contributor must be a column of strings"),
    ({"image": [None, *images()[1:]]}, "has no bytes"),
    ({"image": images(bytes=None)}, "has no bytes"),
    ({"image": images(bytes=b"")}, "cannot be read as an image"),
    ({"image": images(bytes=PICTURES[0][:40])}, "cannot be read as an image"),
    ({"image": images(bytes=EPS.getvalue())}, "row.parquet/0: the image cannot be read as an image"),
    ({"image": images(bytes=BIG.getvalue())}, "row.parquet/0: the image"),
    ({"names": ["cat", "dog"]}, "label 2 of row.parquet/2 names none of the 2 classes"),
    ({"label": [], "image": [], "contributor": []}, "holds no images"),
]


@pytest.mark.parametrize(("changed", "words"), BAD, ids=[words for _, words in BAD])
def test_bad_rows_and_columns_are_refused(command, tmp_path, changed, words):
    result = command(write(tmp_path / "row.parquet", **changed), "--out", tmp_path / "out")
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("sebrus scan: ") and result.stderr.count("\n") == 1
    assert words in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_column_twice_is_refused(tmp_path):
    values = columns()
    table = pa.table(
        [pa.array(values["image"], IMAGE), pa.array([0] * 6), pa.array([1] * 6)], names=["image", "label", "label"]
    )
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(SourceError, match="has not one column label"):
        read(tmp_path / "a.parquet")


def test_files_that_do_not_belong_together_are_refused(tmp_path):
    write(tmp_path / "a.parquet", ["cat", "dog", "eel"])
    write(tmp_path / "b.parquet", ["dog", "cat", "eel"])
    with pytest.raises(SourceError, match=r"b\.parquet has other columns or classes than a\.parquet"):
        read(tmp_path)
    write(tmp_path / "b.parquet", ["cat", "dog", "eel"], contributor=None)
    with pytest.raises(SourceError, match="other columns or classes"):
        read(tmp_path)


@pytest.mark.parametrize(
    "described", [b"", b"[" * 100_000, b"{}", b'{"info":{"features":{"label":{"names":["\\ud800"]}}}}']
)
def test_a_description_that_is_none_leaves_numbers(tmp_path, described):
    values = columns()
    schema = pa.schema([(name, TYPES[name]) for name in values], metadata={"huggingface": described})
    pq.write_table(pa.table(values, schema=schema), tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet").class_names == {}


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1 and nothing more", b"PAR1" + b"\xff" * 200 + b"PAR1"])
def test_what_only_begins_like_parquet_is_refused(tmp_path, content):
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(SourceError, match="cannot be read as Parquet"):
        read(tmp_path / "a.parquet")


def test_damaged_files_end_in_a_sentence(tmp_path):
    """Whatever byte is changed, the file is read or refused."""
    honest = write(tmp_path / "a.parquet", ["cat", "dog", "eel"]).read_bytes()
    draw = random.Random(0)
    for _ in range(300):
        damaged = bytearray(honest)
        for place in draw.sample(range(len(honest)), draw.randint(1, 8)):
            damaged[place] = draw.randrange(256)
        (tmp_path / "a.parquet").write_bytes(damaged)
        try:
            read(tmp_path / "a.parquet")
        except SourceError as error:
            assert str(error).endswith(".")


@pytest.mark.parametrize("limit", ["MOST_GROUP_BYTES", "MOST_FILE_BYTES", "MOST_BYTES"])
def test_more_than_the_limits_is_refused(tmp_path, monkeypatch, limit):
    monkeypatch.setattr(f"sebrus.scan.parquet.{limit}", 60)
    with pytest.raises(SourceError, match=r"GiB|MiB"):
        read(write(tmp_path / "a.parquet"))


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    path = write(tmp_path / "a.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(SourceError, match=r"pip install 'sebrus\[export\]'"):
        read(path)
