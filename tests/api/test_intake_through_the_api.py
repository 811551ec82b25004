"""Images come in file by file: each refused one is told why, the rest are unharmed."""

from __future__ import annotations

import hashlib
import io

import httpx
import pytest
from PIL import Image

from sebrus.client import ServerRefused

pytestmark = pytest.mark.chain


def saved(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def test_each_refused_file_has_its_sentence_and_the_rest_are_kept(stage, digits):
    good = digits(2, 40)
    grey = Image.open(io.BytesIO(good[0][1]))
    files = [
        ("a.png", good[0][1]),
        ("empty.png", b""),
        ("gif.png", saved(grey, "GIF")),
        ("photo.jpg", digits(1, 50)[0][1]),
        ("../up.png", digits(1, 51)[0][1]),
        ("cut.png", digits(1, 52)[0][1][:-20]),
        ("polyglot.png", digits(1, 53)[0][1] + b"PK\x03\x04"),
        ("small.png", saved(Image.new("L", (4, 4)), "PNG")),
        ("again.png", good[0][1]),
        ("same.bmp", saved(grey, "BMP")),
        ("b.png", good[1][1]),
    ]
    results = stage.client.upload(files)
    assert [result["code"] for result in results] == [
        *(None, "empty", "unknown_format", "extension_mismatch", "name_has_path", "truncated"),
        *("hidden_bytes", "too_small", "duplicate_in_upload", "same_pixels_in_upload", None),
    ]
    assert [result["accepted"] for result in results] == [result["code"] is None for result in results]
    for result in results:
        assert (result["sentence"] is None) == result["accepted"]
        assert result["accepted"] or result["sentence"].endswith(".")
    for _, data, _ in good:
        assert stage.client.image(hashlib.sha256(data).hexdigest()) == data


def test_a_refused_file_is_not_kept(stage, digits):
    data = digits(1, 60)[0][1] + b"hidden"
    assert not stage.client.upload([("x.png", data)])[0]["accepted"]
    with pytest.raises(ServerRefused) as caught:
        stage.client.image(hashlib.sha256(data).hexdigest())
    assert caught.value.code == "not_found"


def test_what_the_dataset_has_is_refused_and_other_datasets_do_not_care(stage, honest_contributor, digits):
    files = digits(3, 70)
    dataset, other = stage.open_dataset(seed=[(data, label) for _, data, label in digits(1, 75)]), stage.open_dataset()
    seed = digits(1, 75)[0]
    honest_contributor.submit(dataset.id, files)
    again = [(name, data) for name, data, _ in [*files, seed]]
    pixels = saved(Image.open(io.BytesIO(files[0][1])), "BMP")
    seed_pixels = saved(Image.open(io.BytesIO(seed[1])), "BMP")
    results = stage.client.upload([*again, ("p.bmp", pixels), ("s.bmp", seed_pixels)], dataset.id)
    assert [r["code"] for r in results[:4]] == ["duplicate_in_dataset"] * 4
    assert stage.client.upload([("p.bmp", pixels)], dataset.id)[0]["code"] == "same_pixels_in_dataset"
    assert stage.client.upload([("s.bmp", seed_pixels)], dataset.id)[0]["code"] == "same_pixels_in_dataset"
    assert all(result["accepted"] for result in stage.client.upload(again, other.id))


def test_a_batch_of_what_another_sent_is_refused_whole(stage, honest_contributor, hostile_contributor, digits):
    dataset = stage.open_dataset()
    files = digits(2, 80)
    honest_contributor.submit(dataset.id, files)
    items = [(hashlib.sha256(data).hexdigest(), label) for _, data, label in files]
    with pytest.raises(ServerRefused) as caught:
        hostile_contributor._hand_in(dataset.id, items)
    assert (caught.value.status, caught.value.code) == (409, "duplicate_image")
    with pytest.raises(ServerRefused) as caught:
        hostile_contributor.submit(dataset.id, files)
    assert caught.value.code == "nothing_taken"


def test_a_batch_of_the_seed_is_refused(stage, hostile_contributor, digits):
    _, data, label = digits(1, 85)[0]
    dataset = stage.open_dataset(seed=[(data, label)])
    with pytest.raises(ServerRefused) as caught:
        hostile_contributor._hand_in(dataset.id, [(hashlib.sha256(data).hexdigest(), label)])
    assert caught.value.code == "duplicate_image"


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda items: [*items, items[0]], "duplicate_image"),
        (lambda items: [("0" * 64, 1), *items], "image_missing"),
        (lambda items: [(items[0][0], 10), *items[1:]], "unknown_label"),
        (lambda items: items * 40, "item_count"),
    ],
)
def test_a_batch_that_cannot_be_is_refused(stage, honest_contributor, digits, spoil, code):
    dataset = stage.open_dataset()
    files = digits(2, 90)
    stage.client.upload([(name, data) for name, data, _ in files])
    items = [(hashlib.sha256(data).hexdigest(), label) for _, data, label in files]
    with pytest.raises(ServerRefused) as caught:
        honest_contributor._hand_in(dataset.id, spoil(items))
    assert caught.value.code == code
    honest_contributor._hand_in(dataset.id, items)


def test_an_unknown_dataset_takes_nothing(stage, honest_contributor, digits):
    with pytest.raises(ServerRefused) as caught:
        honest_contributor.submit("0x" + "ab" * 32, digits(1))
    assert (caught.value.status, caught.value.code) == (404, "not_found")


def test_a_closed_dataset_takes_nothing(stage, owner, honest_contributor, digits):
    dataset = stage.open_dataset()
    stage.send(owner, "closeDataset", bytes.fromhex(dataset.id[2:]))
    with pytest.raises(ServerRefused) as caught:
        honest_contributor.submit(dataset.id, digits(1))
    assert (caught.value.status, caught.value.code) == (409, "dataset_closed")


def test_too_many_files_are_refused_as_a_whole(stage):
    limit = stage.application.settings.max_upload_files
    with pytest.raises(ServerRefused) as caught:
        stage.client.upload([(f"{i}.png", b"x") for i in range(limit + 1)])
    assert (caught.value.status, caught.value.code) == (413, "too_many_files")


def test_an_upload_without_files_is_refused(stage):
    answer = httpx.post(f"{stage.url}/api/v1/images")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    answer = httpx.post(f"{stage.url}/api/v1/images", data={"files": "text"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
