"""The client asks before it sends, goes on after a broken connection, and does the same with asyncio."""

from __future__ import annotations

import asyncio
import hashlib
import secrets

import httpx
import numpy as np
import pytest

from sebrus.client import AsyncClient, AsyncContributor, Client, Contributor, ServerRefused, ServerUnreachable, _sending

from ..actors.ports import closed_port


class Breaking(httpx.HTTPTransport):
    """Breaks off before an answer, at the requests whose numbers it was told; counts the rest by method and path."""

    def __init__(self, broken=()):
        super().__init__()
        self.broken = set(broken)
        self.seen: list[tuple[str, str, int]] = []

    def handle_request(self, request):
        body = request.read()
        self.seen.append((request.method, request.url.path, len(body)))
        answer = super().handle_request(request)
        if len(self.seen) - 1 in self.broken:
            answer.close()
            raise httpx.ReadError("broken")
        return answer

    def sent(self, method, path):
        return [size for m, p, size in self.seen if m == method and p.startswith(path)]


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(_sending, "FIRST_REST_SECONDS", 0.001)


@pytest.fixture
def large():
    """A picture of more than a part, other in each test."""
    import io

    from PIL import Image

    noise = np.random.default_rng(secrets.randbits(64)).integers(0, 256, (900, 900, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "PNG")
    return buffer.getvalue()


pytestmark = pytest.mark.chain


def test_what_is_there_is_not_sent_again(stage, digits):
    files = [(name, data) for name, data, _ in digits(3, 190)]
    wire = Breaking()
    with Client(stage.url, transport=wire) as client:
        assert all(result["accepted"] for result in client.send(files))
        before = len(wire.sent("POST", "/api/v1/images"))
        assert [r["sha256"] for r in client.send(files)] == [hashlib.sha256(data).hexdigest() for _, data in files]
    again = [path for _, path, _ in wire.seen[before:]]
    assert set(again) == {"/api/v1/images/missing"}


def test_a_large_file_goes_on_where_its_connection_broke(stage, large):
    wire = Breaking({4})  # missing, received, two parts, then the third is taken and its answer lost
    with Client(stage.url, transport=wire) as client:
        result = client.send([("large.png", large)])[0]
        assert result["accepted"] and client.image(result["sha256"]) == large
    assert sum(wire.sent("PUT", "/api/v1/uploads")) <= len(large) + _sending.PART_BYTES


def test_with_patience_the_lost_answer_to_the_last_part_is_no_refusal(stage, large):
    """Asked again, the server knows of no beginning any more: the file is whole, and an image."""
    wire = Breaking({4})
    with Client(stage.url, transport=wire, patience=600) as client:
        assert client.send([("large.png", large)])[0]["accepted"]
    assert wire.seen[4] == wire.seen[5], "the same part again"


def test_a_beginning_that_somebody_spoiled_is_sent_again(stage, large):
    sha256 = hashlib.sha256(large).hexdigest()
    place = {"content-range": f"bytes 0-{2**20 - 1}/{len(large)}"}
    httpx.put(f"{stage.url}/api/v1/uploads/{sha256}?filename=a.png", headers=place, content=b"\0" * 2**20)
    assert stage.client.send([("large.png", large)])[0]["accepted"]


@pytest.mark.parametrize("broken", [{0}, {1}, {0, 1, 2, 3}])
def test_a_broken_connection_is_tried_again(stage, digits, broken):
    files = [(name, data) for name, data, _ in digits(2, 195)]
    with Client(stage.url, transport=Breaking(broken)) as client:
        assert all(result["accepted"] for result in client.send(files))


def test_after_several_tries_it_says_so(digits):
    with closed_port() as port, Client(f"http://127.0.0.1:{port}") as client, pytest.raises(ServerUnreachable):
        client.send([(name, data) for name, data, _ in digits(1)])


def test_each_file_has_its_own_answer(stage, honest_contributor, digits):
    dataset, (known, new, other) = stage.open_dataset(), digits(3, 200)
    honest_contributor.submit(dataset.id, [known])
    files = [known[:2], new[:2], ("again.png", new[1]), ("x.png", b""), other[:2]]
    results = stage.client.send(files, dataset.id)
    assert [r["code"] for r in results] == ["duplicate_in_dataset", None, "duplicate_in_upload", "empty", None]
    assert [r["filename"] for r in results] == [name for name, _ in files]


def test_forms_are_bounded_by_files_and_by_bytes():
    files = [("a", b"x" * size) for size in [1] * 120 + [2**20] * 20]
    forms = list(_sending._forms(files, range(len(files))))
    assert [place for form in forms for place in form] == list(range(len(files)))
    for form in forms:
        assert len(form) <= _sending.UPLOAD_FILES
        assert sum(len(files[place][1]) for place in form) <= _sending.UPLOAD_BYTES


def test_with_asyncio_it_is_the_same(stage, enrol, digits, large):
    key = secrets.token_bytes(32)
    stage.deposit(Contributor(stage.client, key).address)
    dataset, files = stage.open_dataset(), [*digits(3, 205), ("large.png", large, 1), ("x.png", b"", 0)]

    async def hand_in():
        async with AsyncClient(stage.url) as client:
            handed = await AsyncContributor(client, key).submit(dataset.id, files)
            assert await client.image(hashlib.sha256(large).hexdigest()) == large
            with pytest.raises(ServerRefused) as caught:
                await client.get("/v1/nothing")
            assert caught.value.code == "not_found"
            return handed, await client.get(f"/v1/batches/{handed.batch_id}")

    handed, batch = asyncio.run(hand_in())
    assert (handed.taken, list(handed.refused), batch["phase"]) == (4, ["x.png"], "Queued")
    assert batch["contributor"] == Contributor(stage.client, key).address


def test_with_asyncio_an_unreachable_server_is_told_too():
    async def ask(port):
        async with AsyncClient(f"http://127.0.0.1:{port}") as client:
            await client.get("/v1/chain")

    with closed_port() as port, pytest.raises(ServerUnreachable):
        asyncio.run(ask(port))
