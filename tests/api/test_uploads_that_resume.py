"""Nothing is sent twice: images that are here are known, files that broke off go on from where they were."""

from __future__ import annotations

import hashlib
import io
import socket
import time
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from PIL import Image
from starlette.requests import Request

from sebrus.platform.uploads import parts_of
from sebrus.store.blobs import BlobNotWritten
from sebrus.store.parts import ABANDONED_AFTER_SECONDS, PartGap, PartStore

pytestmark = pytest.mark.chain


def picture(seed: int, side: int = 90) -> bytes:
    buffer = io.BytesIO()
    noise = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, "PNG")
    return buffer.getvalue()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put(stage, data, start, end, *, sha256=None, size=None, filename="a.png", body=None, **query):
    headers = {"content-range": f"bytes {start}-{end - 1}/{size or len(data)}"}
    url = f"{stage.url}/api/v1/uploads/{sha256 or digest(data)}"
    content = data[start:end] if body is None else body
    return httpx.put(url, params={"filename": filename, **query}, headers=headers, content=content)


@pytest.fixture
def read_so_far(monkeypatch):
    """How many bytes of bodies the server has read: what it has not read when a connection breaks is lost."""
    stream, pieces = Request.stream, []

    async def noted(request):
        async for piece in stream(request):
            pieces.append(len(piece))
            yield piece

    monkeypatch.setattr(Request, "stream", noted)
    return lambda: sum(pieces)


def test_what_is_here_need_not_be_sent(stage, digits):
    files = digits(4, 150)
    stage.client.upload([(name, data) for name, data, _ in files[:2]])
    asked = [digest(data) for _, data, _ in files]
    answer = stage.client.post("/v1/images/missing", {"sha256": [*asked, *asked]})
    assert set(asked[:2]).isdisjoint(answer["missing"]) and answer["refused"] == []
    assert set(answer["missing"]) <= set(asked[2:]) and len(answer["missing"]) == len(set(answer["missing"]))
    head = httpx.head(f"{stage.url}/api/v1/images/{asked[0]}")
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(files[0][1])))
    assert httpx.head(f"{stage.url}/api/v1/images/{'0' * 64}").status_code == 404


def test_what_a_dataset_has_is_told_by_bytes_and_by_pixels(stage, honest_contributor, digits):
    _, seed_data, seed_label = digits(1, 160)[0]
    name, data, label = digits(1, 161)[0]
    dataset, other = stage.open_dataset(seed=[(seed_data, seed_label)]), stage.open_dataset()
    honest_contributor.submit(dataset.id, [(name, data, label)])
    bmp = [saved_as_bmp(data), saved_as_bmp(seed_data)]
    stage.client.upload([(f"{at}.bmp", one) for at, one in enumerate(bmp)])
    asked = [digest(one) for one in (data, seed_data, *bmp)]
    answer = stage.client.post("/v1/images/missing", {"sha256": asked, "dataset_id": dataset.id})
    codes = {one["sha256"]: one["code"] for one in answer["refused"]}
    assert codes == dict(zip(asked, ["duplicate_in_dataset"] * 2 + ["same_pixels_in_dataset"] * 2, strict=True))
    assert all(one["sentence"].endswith(".") for one in answer["refused"])
    answer = stage.client.post("/v1/images/missing", {"sha256": asked, "dataset_id": other.id})
    assert {one["sha256"]: one["code"] for one in answer["refused"]} == dict.fromkeys(
        asked[2:], "same_pixels_in_upload"
    )


def saved_as_bmp(data: bytes) -> bytes:
    buffer = io.BytesIO()
    Image.open(io.BytesIO(data)).save(buffer, "BMP")
    return buffer.getvalue()


def test_a_file_in_parts_is_kept_when_it_is_whole(stage):
    data = picture(1)
    first = put(stage, data, 0, 9000)
    assert (first.status_code, first.json()["received"], first.json()["file"]) == (200, 9000, None)
    assert httpx.get(f"{stage.url}/api/v1/uploads/{digest(data)}").json()["received"] == 9000
    last = put(stage, data, 9000, len(data)).json()
    assert last["file"]["accepted"] and last["file"]["sha256"] == digest(data)
    assert stage.client.image(digest(data)) == data
    gone = httpx.get(f"{stage.url}/api/v1/uploads/{digest(data)}")
    assert (gone.status_code, gone.json()["code"]) == (404, "not_found")


def test_a_part_sent_again_changes_nothing_and_a_gap_is_refused(stage):
    data = picture(2)
    assert put(stage, data, 0, 5000).json()["received"] == 5000
    assert put(stage, data, 1000, 3000).json()["received"] == 5000
    gap = put(stage, data, 6000, 7000)
    assert (gap.status_code, gap.json()["code"], gap.json()["received"]) == (409, "wrong_offset", 5000)
    assert put(stage, data, 5000, len(data)).json()["file"]["accepted"]


def test_what_came_before_the_connection_broke_is_there_on_another_server(stage, serving, read_so_far):
    """The parts lie on disk: another process goes on, as after a restart."""
    data = picture(3, 500)
    address = urlsplit(stage.url)
    with socket.create_connection((address.hostname, address.port)) as wire:
        wire.sendall(
            f"PUT /api/v1/uploads/{digest(data)}?filename=a.png HTTP/1.1\r\nHost: here\r\n"
            f"Content-Range: bytes 0-{len(data) - 1}/{len(data)}\r\nContent-Length: {len(data)}\r\n\r\n".encode()
        )
        wire.sendall(data[:300_000])
        until(lambda: read_so_far() == 300_000)
    parts = parts_of(stage.application)
    until(lambda: parts.received(digest(data)) == 300_000)
    with serving(stage.application) as url:
        elsewhere = httpx.get(f"{url}/api/v1/uploads/{digest(data)}").json()["received"]
        headers = {"content-range": f"bytes {elsewhere}-{len(data) - 1}/{len(data)}"}
        path = f"{url}/api/v1/uploads/{digest(data)}?filename=a.png"
        assert httpx.put(path, headers=headers, content=data[elsewhere:]).json()["file"]["accepted"]


def until(true, seconds=60.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_other_bytes_than_promised_are_forgotten(stage):
    """An attacker who knows the digest can spoil what is on its way, and nothing else: it is sent again."""
    data, other = picture(4), picture(5)
    put(stage, other, 0, 4000, sha256=digest(data), size=len(data))
    spoiled = put(stage, data, 4000, len(data))
    assert (spoiled.status_code, spoiled.json()["code"]) == (422, "wrong_digest")
    assert httpx.head(f"{stage.url}/api/v1/images/{digest(data)}").status_code == 404
    assert put(stage, data, 0, len(data)).json()["file"]["accepted"]


def test_a_whole_file_is_checked_as_any_other(stage, honest_contributor, digits):
    hidden = picture(6) + b"hidden"
    result = put(stage, hidden, 0, len(hidden)).json()["file"]
    assert (result["accepted"], result["code"]) == (False, "hidden_bytes")
    assert httpx.head(f"{stage.url}/api/v1/images/{digest(hidden)}").status_code == 404
    name, data, label = digits(1, 165)[0]
    dataset = stage.open_dataset()
    honest_contributor.submit(dataset.id, [(name, data, label)])
    assert put(stage, data, 0, len(data), dataset_id=dataset.id).json()["file"]["code"] == "duplicate_in_dataset"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"size": 10**9}, 413, "file_too_large"),
        ({"body": b"short"}, 422, "invalid_request"),
        ({"body": b"long" * 5000}, 422, "invalid_request"),
        ({"end": 0}, 422, "invalid_request"),
        ({"sha256": "short"}, 422, "invalid_request"),
        ({"dataset_id": "0x" + "ab" * 32, "end": None}, 404, "not_found"),
    ],
)
def test_parts_that_cannot_be_are_refused(stage, change, status, code):
    data = picture(7)
    change = dict(change)
    end = (
        change.pop("end", 1000) if "end" not in change or change["end"] is not None else change.pop("end") or len(data)
    )
    answer = put(stage, data, 0, end, **change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    parts_of(stage.application).remove(digest(data))


@pytest.mark.parametrize("place", ["", "bytes 0-9", "bytes 5-2/9", "bytes 0-9/9", "lines 0-1/2", "bytes -1-2/9"])
def test_a_part_says_where_it_belongs(stage, place):
    answer = httpx.put(f"{stage.url}/api/v1/uploads/{'a' * 64}?filename=a.png", headers={"content-range": place})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_files_that_came_whole_before_a_form_broke_off_are_kept(stage, read_so_far):
    files = [picture(10), picture(11), picture(12)]
    body = b"".join(
        b'--edge\r\nContent-Disposition: form-data; name="files"; filename="%d.png"\r\n\r\n' % at + data + b"\r\n"
        for at, data in enumerate(files)
    )
    address = urlsplit(stage.url)
    with socket.create_connection((address.hostname, address.port)) as wire:
        wire.sendall(
            b"POST /api/v1/images HTTP/1.1\r\nHost: here\r\nContent-Type: multipart/form-data; boundary=edge\r\n"
            b"Content-Length: %d\r\n\r\n" % (len(body) + 8)
        )
        wire.sendall(body[: -len(files[2])])
        until(lambda: read_so_far() == len(body) - len(files[2]))
    asked = [digest(data) for data in files]
    until(lambda: stage.client.post("/v1/images/missing", {"sha256": asked})["missing"] == asked[2:])
    answer = httpx.post(
        f"{stage.url}/api/v1/images",
        content=body[: -len(files[2])],
        headers={"content-type": "multipart/form-data; boundary=edge"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "http_error")


def test_too_much_on_its_way_is_refused_and_the_abandoned_is_forgotten(tmp_path):
    import os

    parts = PartStore(tmp_path / "uploads", most_bytes=10)
    parts.write("a" * 64, 0, b"0123456789")
    with pytest.raises(BlobNotWritten):
        parts.write("b" * 64, 0, b"0")
    assert parts.write("a" * 64, 10, b"more") == 14, "what has begun goes on"
    long_ago = time.time() - ABANDONED_AFTER_SECONDS - 1
    os.utime(tmp_path / "uploads" / ("a" * 64), (long_ago, long_ago))
    assert parts.write("b" * 64, 0, b"0") == 1
    assert parts.received("a" * 64) == 0
    with pytest.raises(PartGap):
        parts.write("a" * 64, 3, b"x")
    with pytest.raises(ValueError, match="64"):
        parts.received("../../etc/passwd")


def test_same_pixels_in_one_batch_by_two_uploads_are_refused(stage, hostile_contributor, digits):
    """Each request is checked by itself, so the batch is looked at again: one picture is not paid for twice."""
    from sebrus.client import ServerRefused

    _, data, label = digits(1, 170)[0]
    dataset, bmp = stage.open_dataset(), saved_as_bmp(data)
    stage.client.upload([("a.png", data)], dataset.id)
    stage.client.upload([("a.bmp", bmp)], dataset.id)
    with pytest.raises(ServerRefused, match="same pixels") as caught:
        hostile_contributor._hand_in(dataset.id, [(digest(data), label), (digest(bmp), label)])
    assert caught.value.code == "duplicate_image"
    handed = hostile_contributor.submit(dataset.id, [("a.png", data, label), ("a.bmp", bmp, label)])
    assert handed.taken == 1 and "exactly the same pixels" in handed.refused["a.bmp"]
