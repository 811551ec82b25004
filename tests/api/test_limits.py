"""Nobody asks for too much: requests are counted by address and account, bodies are bounded, who waits is let in."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import httpx
import pytest

import sebrus.api.gate
import sebrus.client._http
from sebrus.client import Client, Contributor, ServerRefused
from sebrus.platform.settings import Settings

pytestmark = pytest.mark.chain

LIMITS = ("reads_per_minute", "acts_per_minute", "uploaded_bytes_per_minute")


@pytest.fixture
def clock(monkeypatch):
    """The clock by which requests are counted: it stands still but for who waits."""
    clock = SimpleNamespace(now=0.0)

    def sleep(seconds):
        clock.now += seconds

    monkeypatch.setattr(sebrus.api.gate, "time", SimpleNamespace(monotonic=lambda: clock.now))
    monkeypatch.setattr(sebrus.client._http, "time", SimpleNamespace(sleep=sleep))
    return clock


@pytest.fixture
def limited(stage, serving, clock):
    @contextmanager
    def run(**settings):
        changed = stage.application.settings.model_copy(update=settings)
        with serving(replace(stage.application, settings=changed)) as url:
            yield url

    return run


def refusal(answer):
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"], "with it the log tells what happened"
    return answer.status_code, answer.json()["code"]


def from_address(host):
    """As a proxy on this machine passes requests on."""
    return {"X-Forwarded-For": host}


def test_reads_of_an_address_are_counted(limited, clock):
    with limited(reads_per_minute=5) as url, httpx.Client(base_url=url) as http:
        flood = from_address("192.0.2.1")
        assert {http.get("/api/v1/policy", headers=flood).status_code for _ in range(5)} == {200}
        answer = http.get("/api/v1/policy", headers=flood)
        assert refusal(answer) == (429, "too_many_requests")
        assert answer.headers["retry-after"] == "12"
        assert "12 seconds" in answer.json()["detail"]
        assert http.get("/", headers=flood).status_code == 429, "pages count, too"
        assert http.get("/api/v1/policy", headers=from_address("192.0.2.2")).status_code == 200
        assert http.post("/api/v1/nonces", headers=flood).status_code == 201, "acts are counted by themselves"
        clock.now += 12
        assert [http.get("/api/v1/policy", headers=flood).status_code for _ in range(2)] == [200, 429]


def test_the_addresses_of_one_customer_count_as_one(limited):
    with limited(reads_per_minute=3) as url, httpx.Client(base_url=url) as http:
        for host in ("2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::"):
            assert http.get("/api/v1/policy", headers=from_address(host)).status_code == 200
        assert http.get("/api/v1/policy", headers=from_address("2001:db8::abcd")).status_code == 429
        assert http.get("/api/v1/policy", headers=from_address("2001:db8:0:1::1")).status_code == 200


def test_a_sign_in_counts_as_many_acts(limited):
    with limited(acts_per_minute=25) as url, httpx.Client(base_url=url) as http:
        codes = [http.post("/api/v1/nonces").status_code for _ in range(3)]
        assert codes == [201, 201, 429]
        assert http.get("/api/v1/policy").status_code == 200
        assert http.post("/api/v1/links", json={}).status_code == 422, "cheaper things still pass"


def test_an_account_is_counted_wherever_it_comes_from(limited, browse, wallet_key):
    with limited(reads_per_minute=6) as url:
        browser = browse(wallet_key, url=url)
        codes = [
            browser.http.get("/sessions/current", headers=from_address(f"192.0.2.{number}")).status_code
            for number in range(8)
        ]
        assert codes == [200] * 6 + [429] * 2
        assert httpx.get(f"{url}/api/v1/policy", headers=from_address("192.0.2.1")).status_code == 200


def test_uploaded_bytes_are_counted(limited, digits):
    files = [("files", (name, data)) for name, data, _ in digits(2)]
    with limited(uploaded_bytes_per_minute=250_000) as url, httpx.Client(base_url=url) as http:
        codes = [http.post("/api/v1/images", files=files).status_code for _ in range(3)]
        assert codes == [200, 200, 429]


def test_without_limits_nothing_is_counted(limited):
    with limited(reads_per_minute=0, acts_per_minute=0) as url, httpx.Client(base_url=url) as http:
        assert {http.get("/api/v1/policy").status_code for _ in range(50)} == {200}


def test_the_client_waits_as_it_is_told(limited, clock):
    with limited(reads_per_minute=60) as url, Client(url) as client:
        for _ in range(63):
            assert client.get("/v1/policy")["policy"]
    assert clock.now == 3


def test_the_client_does_not_wait_for_ever():
    asked = []

    def busy(request):
        asked.append(request)
        return httpx.Response(429, headers={"Retry-After": "0"}, json={"code": "too_many_requests", "detail": "No."})

    transport = httpx.MockTransport(busy)
    with Client("http://server.example", transport=transport) as client, pytest.raises(ServerRefused, match="No"):
        client.get("/v1/policy")
    assert len(asked) == 4


def test_a_body_too_large_is_refused_before_it_is_read(limited):
    with limited(max_body_bytes=1000) as url, httpx.Client(base_url=url) as http:
        fits = {"name": "x" * 50, "classes": ["a", "b"]}
        assert http.post("/api/v1/metadata", json=fits).status_code == 201
        answer = http.post("/api/v1/metadata", json={"name": "x", "classes": ["a", "b"], "description": "x" * 1000})
        assert refusal(answer) == (413, "body_too_large") and "1000 bytes" in answer.json()["detail"]


def test_a_body_that_does_not_tell_its_length_is_cut_off(limited):
    def endless():
        for _ in range(50):
            yield b" " * 100

    with limited(max_body_bytes=1000) as url, httpx.Client(base_url=url) as http:
        answer = http.post("/api/v1/metadata", content=endless(), headers={"content-type": "application/json"})
        assert refusal(answer) == (413, "body_too_large")


def test_an_upload_that_does_not_tell_its_length_is_cut_off_and_what_came_whole_is_kept(limited, digits):
    (name, data, _), _ = digits(2, 400)
    part = b'--x\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\n\r\n' % name.encode()

    def endless():
        yield part + data + b"\r\n" + part
        for _ in range(200):
            yield b" " * 10_000

    form = {"content-type": "multipart/form-data; boundary=x"}
    place = {"content-range": "bytes 0-999999/1000000"}
    with limited(max_upload_bytes=400_000) as url, httpx.Client(base_url=url) as http:
        assert refusal(http.post("/api/v1/images", content=endless(), headers=form)) == (413, "body_too_large")
        assert http.get(f"/api/v1/images/{hashlib.sha256(data).hexdigest()}").content == data
        answer = http.put(f"/api/v1/uploads/{'0' * 64}?filename=a.png", content=endless(), headers=place)
        assert refusal(answer) == (413, "body_too_large")


def test_parts_of_files_count_as_uploads(limited):
    with limited(uploaded_bytes_per_minute=250_000, acts_per_minute=1) as url, httpx.Client(base_url=url) as http:
        where = f"/api/v1/uploads/{'1' * 64}?filename=a.png"
        answers = [http.put(where, content=b"x", headers={"content-range": "bytes 0-0/9"}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_an_upload_has_a_limit_of_its_own(limited, digits):
    with limited(max_body_bytes=100, max_upload_bytes=3000) as url, httpx.Client(base_url=url) as http:
        few = [("files", (name, data)) for name, data, _ in digits(2)]
        assert http.post("/api/v1/images", files=few).status_code == 200
        many = [("files", (name, data)) for name, data, _ in digits(40)]
        assert refusal(http.post("/api/v1/images", files=many)) == (413, "body_too_large")


def test_a_limited_server_still_takes_a_batch(limited, stage, honest_contributor, digits):
    dataset = stage.open_dataset()
    with limited(**{name: Settings.model_fields[name].default for name in LIMITS}) as url, Client(url) as client:
        handed = Contributor(client, honest_contributor.account.key).submit(dataset.id, digits(5))
    stage.step()
    assert stage.batch(handed.batch_id)["phase"] != "Queued"
