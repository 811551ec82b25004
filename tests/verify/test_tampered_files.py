"""Whatever is changed in the files after publication is found, and named."""

import json
import os
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from sebrus.verify import BadInput

pytestmark = pytest.mark.chain

FILES = ["README.md", "metadata.json", "batches.jsonl", "proofs.jsonl", "data/train-00000-of-00001.parquet"]


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= 1 << place % 8
    path.write_bytes(data)


@pytest.mark.parametrize("place", [0, 12_345, -1])
@pytest.mark.parametrize("name", FILES)
def test_any_changed_byte_breaks_the_files_step(case: Any, name: str, place: int) -> None:
    flip(case.directory / name, place)
    step = case.verify().broken
    assert step.name == "files"
    assert name in step.sentence


def test_any_changed_byte_of_the_manifest_is_found(case: Any) -> None:
    path = case.directory / "manifest.json"
    honest = path.read_bytes()
    for place in random.Random(7).sample(range(len(honest)), 40):
        path.write_bytes(honest)
        flip(path, place)
        with suppress(BadInput):  # the byte named another chain, or an address without a contract
            assert case.broken() is not None
    path.write_bytes(honest + b"\n")
    assert case.broken() == "files"


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(case: Any, name: str) -> None:
    (case.directory / name).unlink()
    assert case.verify().broken.sentence == f"{name} is missing"


@pytest.mark.parametrize("name", ["extra.py", "data/train-00001-of-00001.parquet", ".hidden"])
def test_an_extra_file_is_named(case: Any, name: str) -> None:
    (case.directory / name).write_bytes(b"extra")
    assert case.verify().broken.sentence == f"{name} is not part of the release"


def test_an_extra_folder_is_named(case: Any) -> None:
    (case.directory / "more").mkdir()
    assert "the folder more" in case.verify().broken.sentence


def test_a_link_is_not_followed(case: Any, tmp_path: Path) -> None:
    """A link could name a file of the reader's own, or one that never ends."""
    path = case.directory / "README.md"
    path.rename(tmp_path / "outside.md")
    path.symlink_to(tmp_path / "outside.md")
    assert case.verify().broken.sentence == "README.md is not a plain file"


def test_a_linked_folder_or_a_pipe_is_not_read(case: Any, tmp_path: Path) -> None:
    (case.directory / "data").rename(tmp_path / "data")
    (case.directory / "data").symlink_to(tmp_path / "data")
    assert case.verify().broken.sentence == "data is not a plain file"
    (case.directory / "data").unlink()
    (tmp_path / "data").rename(case.directory / "data")
    os.mkfifo(case.directory / "pipe")
    assert case.verify().broken.sentence == "pipe is not a plain file"


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "data/../../x", "data/train-1.parquet", "a\u0000b"])
def test_a_path_that_escapes_is_refused(case: Any, name: str) -> None:
    case.edit_manifest(lambda manifest: manifest["files"].update({name: {"sha256": "0" * 64, "size": 1}}))
    step = case.verify().broken
    assert (step.name, "has no place in a release" in step.sentence) == ("files", True)


def damage(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda manifest: manifest.update({key: value})


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (damage("format", "sebrus-release-9"), "the format is 'sebrus-release-9'"),
        (damage("version", -1), "version does not fit"),
        (damage("version", True), "version is not a whole number"),
        (damage("version", 10**30), "version does not fit"),
        (damage("batches", {}), "batches is not a list"),
        (damage("batches", [7]), "is not a JSON object"),
        (damage("class_names", [1, 2]), "class_names are not all texts"),
        (damage("contract", "0x12"), "contract is not an address"),
        (damage("manifest_root", "0xzz"), "not hexadecimal data"),
        (damage("manifest_root", "0x00"), "not a hash of 32 bytes"),
        (damage("files", {}), "does not list README.md"),
        (damage("dataset", None), "dataset is not a JSON object"),
        (lambda m: m["dataset"]["policy"].update(quorum=-1), "The policy's quorum"),
        (lambda m: m["dataset"]["policy"].pop("quorum"), "missing or unknown fields: quorum"),
        (lambda m: m["files"]["README.md"].update(sha256="no"), "not a sha256 of 64"),
    ],
)
def test_a_damaged_manifest_is_one_sentence(case: Any, edit: Callable[[Any], Any], sentence: str) -> None:
    case.edit_manifest(edit)
    step = case.verify().broken
    assert step.name == "files"
    assert sentence in step.sentence


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"a": NaN}', '{"a":1,"a":2}', '{"a": ' + "9" * 5000 + "}"])
def test_a_manifest_that_is_no_json_is_one_sentence(case: Any, text: str) -> None:
    (case.directory / "manifest.json").write_text(text)
    assert case.verify().broken.sentence == "manifest.json is not valid JSON"


def test_an_oversized_file_is_not_even_read(case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with (case.directory / "batches.jsonl").open("ab") as file:
        file.truncate(10**12)  # sparse
    assert "batches.jsonl has 1000000000000 bytes" in case.verify().broken.sentence


@pytest.mark.parametrize("line", ["nonsense\n", "[]\n", "{}\n", '{"outcome": {}}\n', "x" * (5 * 2**20)])
@pytest.mark.parametrize(("name", "step"), [("batches.jsonl", "batches"), ("proofs.jsonl", "manifest")])
def test_published_nonsense_in_a_line_is_one_sentence(case: Any, name: str, step: str, line: str) -> None:
    (case.directory / name).write_text(line)
    case.publish()
    broken = case.verify().broken
    assert broken.name == step
    assert broken.sentence.startswith(f"{name} line 1")


def test_a_parquet_file_that_is_none_is_one_sentence(case: Any) -> None:
    (case.directory / FILES[-1]).write_bytes(b"PAR1 and nothing more")
    case.publish()
    assert case.verify().broken.sentence == f"{FILES[-1]} is not a readable Parquet file"


def test_the_report_is_json(case: Any) -> None:
    flip(case.directory / "README.md", 5)
    report = json.loads(json.dumps(case.verify().as_dict()))
    assert report["verified"] is False
    assert report["broken"] == "files"
    assert [step["holds"] for step in report["steps"]] == [False]
