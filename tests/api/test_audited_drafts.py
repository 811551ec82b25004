"""A dataset's owner audits the draft that the server built, and has it built again with the audit's certificate."""

from __future__ import annotations

import io
import secrets
import time
import zipfile

import pytest

pytest.importorskip("pyarrow")

from sebrus.export.canonical import canonical_json
from sebrus.platform.drafts import Drafts
from sebrus.platform.refusals import Refused
from sebrus.verify import verify_release

from ..actors.audits import certificate_of

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def dataset_id(shared_stage, digits):
    """A dataset with accepted items and no release."""
    shared_stage.begin_anew()
    dataset = shared_stage.open_dataset()
    shared_stage.have_accepted(dataset.id, digits(3, 400))
    return dataset.id


@pytest.fixture(scope="module")
def owner(shared_stage, dataset_id, new_browser):
    return new_browser(shared_stage.url, bytes(shared_stage.owner.key))


def built(owner, dataset_id, **asked):
    """Have the next release built, and wait for what it comes to."""
    path = f"/datasets/{dataset_id}/releases/draft"
    answer = owner.http.post(path, json=asked)
    assert answer.status_code == 202, answer.text
    while (draft := owner.http.get(path).json())["state"] == "building":
        time.sleep(0.05)
    return draft


def unpacked(archive, place):
    with zipfile.ZipFile(io.BytesIO(archive)) as found:
        found.extractall(place)
    (folder,) = place.iterdir()
    return folder


def test_the_owner_audits_the_draft_and_publishes_it_with_the_certificate(shared_stage, owner, dataset_id, tmp_path):
    plain = built(owner, dataset_id)
    assert (plain["state"], plain["audited"]) == ("built", False)
    archive = owner.http.get(f"/datasets/{dataset_id}/releases/draft/archive")
    assert archive.status_code == 200 and "attachment" in archive.headers["content-disposition"]
    said = certificate_of(unpacked(archive.content, tmp_path / "draft"), flagged=1)

    audited = built(owner, dataset_id, certificate=canonical_json(said).decode())
    assert (audited["state"], audited["audited"], audited["reason"]) == ("built", True, None)
    assert audited["manifest_root"] == plain["manifest_root"], "the same items"
    assert audited["manifest_hash"] != plain["manifest_hash"]
    root, manifest_hash = (bytes.fromhex(audited[name][2:]) for name in ("manifest_root", "manifest_hash"))
    stage = shared_stage
    stage.send(stage.owner, "publishRelease", bytes.fromhex(dataset_id[2:]), root, audited["item_count"], manifest_hash)
    published = owner.http.get(f"/datasets/{dataset_id}/releases/1/archive").content
    report = verify_release(unpacked(published, tmp_path / "published"), stage.chain.url)
    assert report.holds, report.broken
    assert any("1 of 3 items" in note for note in report.notes)


def test_an_audit_holds_though_more_was_accepted_while_it_ran(shared_stage, owner, digits, tmp_path):
    stage, dataset_id = shared_stage, shared_stage.open_dataset().id
    stage.have_accepted(dataset_id, digits(3, 410))
    stage.have_accepted(dataset_id, digits(2, 420))
    plain = built(owner, dataset_id)
    archive = owner.http.get(f"/datasets/{dataset_id}/releases/draft/archive")
    said = certificate_of(unpacked(archive.content, tmp_path / "draft"), flagged=0)
    stage.have_accepted(dataset_id, digits(4, 430))

    audited = built(owner, dataset_id, certificate=canonical_json(said).decode())
    assert (audited["state"], audited["audited"], audited["reason"]) == ("built", True, None)
    assert (audited["item_count"], audited["manifest_root"]) == (5, plain["manifest_root"]), "what was audited"
    later = built(owner, dataset_id)
    assert (later["item_count"], later["audited"]) == (9, False), "the others are for the release after it"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"source": {"kind": "files", "items_sha256": "00" * 32}}, "about other items than this release holds"),
        ({"format": "something else"}, "is not of the format"),
    ],
)
def test_an_audit_of_something_else_is_refused_in_a_sentence(owner, dataset_id, tmp_path, changed, words):
    built(owner, dataset_id)
    archive = owner.http.get(f"/datasets/{dataset_id}/releases/draft/archive")
    said = certificate_of(unpacked(archive.content, tmp_path / "draft"), flagged=1) | changed
    draft = built(owner, dataset_id, certificate=canonical_json(said).decode())
    assert draft["state"] == "failed" and words in draft["reason"] and draft["reason"].endswith(".")
    assert built(owner, dataset_id)["audited"] is False


def test_an_audit_that_comes_while_the_release_is_built_is_not_lost_silently(shared_stage, dataset_id, monkeypatch):
    builder = Drafts(shared_stage.application)
    monkeypatch.setattr(builder, "_building", dataset_id)
    with pytest.raises(Refused, match="give it the audit once that is done"):
        builder.ask(dataset_id, b"{}")


def test_a_hostile_stranger_sees_no_draft(shared_stage, new_browser, owner, dataset_id):
    built(owner, dataset_id)
    path = f"/datasets/{dataset_id}/releases/draft/archive"
    answer = new_browser(shared_stage.url, secrets.token_bytes(32)).http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_owner")
    assert new_browser(shared_stage.url).http.get(path).status_code == 401


def test_where_no_draft_is_built_there_is_no_archive(shared_stage, owner):
    answer = owner.http.get(f"/datasets/{shared_stage.open_dataset().id}/releases/draft/archive")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
