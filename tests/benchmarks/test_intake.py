"""The intake benchmark: its files are the same again and mean harm of every kind; a short run through a real server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.fuzz_api import examples_each, operations_of, settings_text
from benchmarks.hostile_files import KINDS, hostile_files
from benchmarks.intake import bitmaps, form_of, main

from sebrus.api.multipart import FormReader
from sebrus.platform.intake import FILE_SENTENCES, check_files
from sebrus.store.images import SENTENCES

MOST_MEBIBYTES = 512


def test_the_same_seed_gives_the_same_files() -> None:
    files = list(hostile_files(3, 40))
    assert files == list(hostile_files(3, 40)) != list(hostile_files(4, 40))
    assert {kind for kind, _, _ in files} == set(KINDS)


def test_each_is_accepted_or_refused_with_its_sentence() -> None:
    codes = {result.code for _, name, data in hostile_files(5, 170) for result in check_files([(name, data)])}
    assert codes - {None} <= {*SENTENCES, *FILE_SENTENCES} and len(codes) > 15


def test_the_large_upload_is_of_good_files() -> None:
    files = list(bitmaps(0, 3, 50_000))
    assert all(result.accepted for result in check_files((f"{at}.bmp", data) for at, data in enumerate(files)))
    reader = FormReader("multipart/form-data; boundary=edge", "files", most_files=3, most_bytes=10**6)
    found = [file for piece in form_of(iter(files)) for file in reader.feed(piece)]
    reader.close()
    assert [data for _, data in found] == files


def test_examples_are_shared_among_operations() -> None:
    document = {"paths": {"/api/a": {"get": {}, "post": {}}, "/api/v1/stream": {"get": {}}, "/api/b": {"get": {}}}}
    assert operations_of(document) == 3
    assert 2 * 3 * examples_each(10_000, 3) >= 10_000
    assert settings_text({}) == ""
    assert settings_text({"path.sha256": "ab", "round": 0}) == '[parameters]\n"path.sha256" = "ab"\n"round" = 0\n'


@pytest.mark.chain
def test_a_short_run(anvil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["intake", "--files", str(len(KINDS)), "--flood", "3", "--mebibytes", "1"])
    assert main() == 0
    found = json.loads((tmp_path / "build" / "bench" / "intake.json").read_text())
    assert found["hostile"]["files"] == len(found["hostile"]["codes_by_kind"]) == len(KINDS)
    assert found["flood"]["files"] == 3
    assert "hostile files" in (tmp_path / "build" / "bench" / "intake.md").read_text()


@pytest.mark.chain
@pytest.mark.slow
def test_five_thousand_hostile_files_neither_stop_nor_swell_the_server(
    anvil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["intake", "--files", "5000", "--flood", "100", "--seed", "1"])
    assert main() == 0, "a file that takes a minute is a hang, and one that is not answered a crash"
    found = json.loads((tmp_path / "build" / "bench" / "intake.json").read_text())
    assert found["flood"]["peak_rss_mib"] <= MOST_MEBIBYTES
    assert found["hostile"]["peak_rss_mib"] <= MOST_MEBIBYTES
