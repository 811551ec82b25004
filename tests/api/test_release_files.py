"""The files of a release are handed out where they lie here, and only those that the chain's hash reaches."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import httpx
import pytest

pytest.importorskip("pyarrow")

import pyarrow.parquet as pq

from sebrus.platform.release import build_release
from sebrus.verify import verify_release

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def released(shared_stage, digits):
    """A dataset with one published release that lies where the server looks."""
    stage = shared_stage
    stage.begin_anew()
    dataset = stage.open_dataset()
    stage.have_accepted(dataset.id, digits(3, 260))
    folder = stage.application.settings.releases_path / dataset.id / "1"
    folder.parent.mkdir(parents=True)
    written = build_release(stage.application, dataset.id, folder)
    stage.send(
        stage.owner,
        "publishRelease",
        bytes.fromhex(dataset.id[2:]),
        written.manifest_root,
        written.item_count,
        written.manifest_hash,
    )
    assert stage.client.get(f"/v1/datasets/{dataset.id}/releases")["results"][0]["version"] == 1
    return dataset.id, folder


def test_every_file_is_listed_and_handed_out(shared_stage, released):
    dataset_id, folder = released
    base = f"{shared_stage.url}/api/v1/datasets/{dataset_id}/releases/1/files"
    files = httpx.get(base).json()["results"]
    here = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {file["path"] for file in files} == here >= {"manifest.json", "README.md", "proofs.jsonl"}
    for file in files:
        answer = httpx.get(f"{base}/{file['path']}")
        assert (answer.status_code, len(answer.content)) == (200, file["size"])
        assert hashlib.sha256(answer.content).hexdigest() == file["sha256"]
        assert answer.headers["etag"] == f'"{file["sha256"]}"' and "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-disposition"].startswith("attachment")
    shard = next(file for file in files if file["path"].endswith(".parquet"))
    part = httpx.get(f"{base}/{shard['path']}", headers={"range": "bytes=-4"})
    assert (part.status_code, part.content) == (206, b"PAR1")
    known = {"if-none-match": f'"{shard["sha256"]}"'}
    assert httpx.get(f"{base}/{shard['path']}", headers=known).status_code == 304
    page = httpx.get(base, params={"limit": 1}).json()
    assert httpx.get(base, params={"after": page["next"], "limit": 500}).json()["results"] == files[1:]


def test_everything_comes_as_one_archive_that_verifies(shared_stage, released, tmp_path):
    dataset_id, folder = released
    url = f"{shared_stage.url}/api/v1/datasets/{dataset_id}/releases/1/archive"
    answer = httpx.get(url)
    name = re.fullmatch(r'attachment; filename="([a-z0-9-]+-release-1)\.zip"', answer.headers["content-disposition"])
    assert answer.headers["content-type"] == "application/zip" and name
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    unpacked = tmp_path / httpx.get(url.removesuffix("/archive")).json()["folder"]
    assert [path.name for path in tmp_path.iterdir()] == [name[1]]
    for path in folder.rglob("*"):
        if path.is_file():
            assert (unpacked / path.relative_to(folder)).read_bytes() == path.read_bytes()
    report = verify_release(unpacked, shared_stage.chain.url)
    assert report.holds, report.broken
    assert httpx.get(url).content == answer.content
    assert httpx.get(url.replace("/1/", "/2/")).status_code == 404


def test_the_classes_of_a_release_are_counted(shared_stage, released):
    dataset_id, folder = released
    labels = pq.read_table(folder / "data", columns=["label"])["label"].to_pylist()
    told = httpx.get(f"{shared_stage.url}/api/v1/datasets/{dataset_id}/releases/1").json()["classes"]
    assert told == [labels.count(label) for label in range(len(told))] and sum(told) == 3


def test_a_manifest_is_read_once_and_again_when_it_is_another_file(shared_stage, released, monkeypatch):
    dataset_id, folder = released
    manifest, read, read_bytes = folder / "manifest.json", [], Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path) or read_bytes(path))

    def classes() -> list[int] | None:
        return httpx.get(f"{shared_stage.url}/api/v1/datasets/{dataset_id}/releases/1").json()["classes"]

    counted = classes()
    read.clear()
    assert classes() == counted and manifest not in read
    data = read_bytes(manifest)
    manifest.unlink()
    assert classes() is None, "it is not remembered beyond its file"
    manifest.write_bytes(data)
    assert classes() == counted and read.count(manifest) == 1
    manifest.write_bytes(data.replace(b'"batches"', b'"botches"'))
    assert classes() is None, "it is not what was published"
    manifest.write_bytes(data)
    assert classes() == counted


@pytest.mark.parametrize(
    "path", ["../../../keys/operator.key", "..%2F..%2F..%2Fkeys%2Foperator.key", "%2Fetc%2Fpasswd", "data", "nothing"]
)
def test_no_other_file_is_handed_out(shared_stage, released, path):
    dataset_id, _ = released
    base = f"{shared_stage.url}/api/v1/datasets/{dataset_id}/releases/1/files/"
    answer = httpx.get(httpx.URL(base + path))
    assert answer.status_code == 404, answer.text
    assert httpx.get(f"{shared_stage.url}/api/v1/datasets/{dataset_id}/releases/2/files").status_code == 404


def test_a_changed_release_is_not_handed_out(shared_stage, released, tmp_path):
    """A hostile disk lists files outside of the release, or others in it: the chain's hash is not reached."""
    dataset_id, folder = released
    base = f"{shared_stage.url}/api/v1/datasets/{dataset_id}/releases/1/files"
    manifest = folder / "manifest.json"
    good = manifest.read_bytes()
    try:
        listed = json.loads(good)
        listed["files"]["../../../keys/operator.key"] = {"size": 1, "sha256": "0" * 64}
        for bad in (json.dumps(listed).encode(), b"{", b"[]", b"", good + b" "):
            manifest.write_bytes(bad)
            assert httpx.get(base).json()["results"] == []
            assert httpx.get(f"{base}/manifest.json").status_code == 404
    finally:
        manifest.write_bytes(good)
    readme = folder / "README.md"
    text = readme.read_bytes()
    readme.write_bytes(text + b"more")
    assert httpx.get(f"{base}/README.md").status_code == 404
    readme.write_bytes(text)
    assert httpx.get(f"{base}/README.md").status_code == 200
