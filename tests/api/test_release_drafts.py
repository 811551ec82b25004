"""A dataset's owner has the server build the next release, and publishes it; nobody else can make it work."""

from __future__ import annotations

import secrets
import time

import pytest

pytest.importorskip("pyarrow")

from sebrus.platform import drafts
from sebrus.platform.drafts import Drafts
from sebrus.platform.refusals import Refused
from sebrus.verify import verify_release

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def dataset_id(shared_stage, digits):
    """A dataset with accepted items and no release."""
    shared_stage.begin_anew()
    dataset = shared_stage.open_dataset()
    shared_stage.have_accepted(dataset.id, digits(3, 300))
    return dataset.id


@pytest.fixture(scope="module")
def owner(shared_stage, dataset_id, new_browser):
    return new_browser(shared_stage.url, bytes(shared_stage.owner.key))


def built(owner, dataset_id):
    """Ask for the next release and wait until it is there."""
    path = f"/datasets/{dataset_id}/releases/draft"
    asked = owner.http.post(path)
    assert (asked.status_code, asked.json()["state"]) == (202, "building"), asked.text
    while (draft := owner.http.get(path).json())["state"] == "building":
        time.sleep(0.05)
    return draft


def publish(stage, dataset_id, draft):
    root, manifest_hash = (bytes.fromhex(draft[name][2:]) for name in ("manifest_root", "manifest_hash"))
    stage.send(stage.owner, "publishRelease", bytes.fromhex(dataset_id[2:]), root, draft["item_count"], manifest_hash)


def test_the_owner_builds_publishes_and_anyone_downloads(
    shared_stage, new_browser, owner, dataset_id, digits, tmp_path
):
    path = f"/datasets/{dataset_id}/releases"
    assert owner.http.get(f"{path}/draft").json()["state"] == "none"
    draft = built(owner, dataset_id)
    assert (draft["state"], draft["version"], draft["item_count"]) == ("built", 1, draft["total"])
    assert draft == owner.http.get(f"{path}/draft").json() == built(owner, dataset_id)  # the same bytes again
    releases = shared_stage.application.settings.releases_path / dataset_id
    assert len(list(releases.iterdir())) == 1
    anyone = new_browser(shared_stage.url).http
    assert anyone.get(f"{path}/1").status_code == anyone.get(f"{path}/1/files").status_code == 404

    publish(shared_stage, dataset_id, draft)
    told = anyone.get(f"{path}/1").json()
    assert (told["manifest_hash"], told["item_count"]) == (draft["manifest_hash"], draft["item_count"])
    receipt = shared_stage.rpc("eth_getTransactionReceipt", told["transaction_hash"])
    assert int(receipt["blockNumber"], 16) == told["block"]
    assert told["time"] == int(shared_stage.rpc("eth_getBlockByNumber", receipt["blockNumber"], False)["timestamp"], 16)
    for file in anyone.get(f"{path}/1/files").json()["results"]:
        place = tmp_path / file["path"]
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(anyone.get(f"{path}/1/files/{file['path']}").content)
    report = verify_release(tmp_path, shared_stage.chain.url)
    assert report.holds, report.broken

    # The next draft takes nothing of the published one.
    shared_stage.have_accepted(dataset_id, digits(2, 310))
    assert owner.http.get(f"{path}/draft").json()["state"] == "none"
    second = built(owner, dataset_id)
    assert second["version"] == 2 and second["item_count"] > draft["item_count"]
    assert anyone.get(f"{path}/1/files").json()["results"] != []


def test_old_drafts_are_removed_and_published_ones_never(shared_stage, owner, digits, monkeypatch):
    monkeypatch.setattr(drafts, "KEPT", 0)
    stage = shared_stage
    dataset_id = stage.open_dataset().id
    hashes = []
    for number in range(3):
        stage.have_accepted(dataset_id, digits(1, 320 + number))
        hashes.append(built(owner, dataset_id)["manifest_hash"])
        if number == 0:
            publish(stage, dataset_id, owner.http.get(f"/datasets/{dataset_id}/releases/draft").json())
    kept = {path.name for path in (stage.application.settings.releases_path / dataset_id).iterdir()}
    assert kept == {f"draft-{one[2:18]}" for one in (hashes[0], hashes[2])}
    assert stage.client.get(f"/v1/datasets/{dataset_id}/releases/1/files")["results"] != []


def test_a_hostile_stranger_makes_nobody_work(shared_stage, new_browser, dataset_id):
    path = f"/datasets/{dataset_id}/releases/draft"
    somebody = new_browser(shared_stage.url, secrets.token_bytes(32))
    for answer in (somebody.http.post(path), somebody.http.get(path)):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_owner")
    assert new_browser(shared_stage.url).http.post(path).status_code == 401
    another = f"/datasets/0x{'1' * 64}/releases/draft"
    assert somebody.http.post(another).status_code == 404
    other_site = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    owner = new_browser(shared_stage.url, bytes(shared_stage.owner.key))
    assert owner.http.post(path, headers=other_site).json()["code"] == "cross_site"


def test_where_nothing_was_accepted_nothing_is_built(shared_stage, owner):
    answer = owner.http.post(f"/datasets/{shared_stage.open_dataset().id}/releases/draft")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_accepted")


def test_one_release_is_built_at_a_time(shared_stage, dataset_id, monkeypatch):
    builder = Drafts(shared_stage.application)
    monkeypatch.setattr(builder, "_building", "0x" + "2" * 64)
    with pytest.raises(Refused, match="builds another release now"):
        builder.ask(dataset_id)


def test_a_lost_image_is_told_as_a_sentence_and_leaves_nothing(shared_stage, owner, digits):
    stage = shared_stage
    dataset_id = stage.open_dataset().id
    stage.have_accepted(dataset_id, items := digits(1, 340))
    sha256 = stage.client.get(f"/v1/datasets/{dataset_id}/items")["results"][0]["sha256"]
    images = stage.application.settings.home_path / "images"
    (image,) = [path for path in images.rglob(f"*{sha256[-60:]}*") if path.is_file()]
    data = image.read_bytes()
    image.unlink()
    try:
        draft = built(owner, dataset_id)
    finally:
        image.write_bytes(data)
    assert draft["state"] == "failed" and "image" in draft["reason"]
    assert list((stage.application.settings.releases_path / dataset_id).iterdir()) == []
    assert built(owner, dataset_id)["state"] == "built" and len(items) == 1
