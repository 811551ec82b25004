"""Every error is a problem document (RFC 9457) with a stable code and a sentence, and nothing of our insides."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from sebrus.chain.contract import Contract

from ..actors.ports import closed_port

pytestmark = pytest.mark.chain

HASH = "0x" + "ab" * 32


def problem(answer: httpx.Response, status: int, code: str) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    body = answer.json()
    assert (body["type"], body["status"], body["code"]) == (f"urn:sebrus:problem:{code}", status, code)
    assert body["detail"].endswith(".") and not body["detail"].endswith("..") and "Traceback" not in answer.text
    return body


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nothing",
        "/nothing",
        f"/api/v1/datasets/{HASH}",
        f"/api/v1/datasets/{HASH}/items",
        f"/api/v1/datasets/{HASH}/releases",
        f"/api/v1/datasets/{HASH}/releases/1/files",
        f"/api/v1/datasets/{HASH}/releases/1/files/manifest.json",
        f"/api/v1/datasets/{HASH}/statistics",
        f"/api/v1/datasets/{HASH}/classes",
        f"/api/v1/datasets/{HASH}/history",
        f"/api/v1/datasets/{HASH}/contributors",
        f"/api/v1/batches/{HASH}/timeline",
        f"/api/v1/uploads/{'ab' * 32}",
        f"/api/v1/batches/{HASH}",
        f"/api/v1/batches/{HASH}/items",
        f"/api/v1/batches/{HASH}/seats",
        f"/api/v1/batches/{HASH}/findings",
        f"/api/v1/batches/{HASH}/rounds",
        f"/api/v1/batches/{HASH}/rounds/0/task",
        f"/api/v1/batches/{HASH}/standing",
        f"/api/v1/batches/{HASH}/appeals",
        f"/api/v1/batches/{HASH}/call",
        f"/api/v1/images/{'ab' * 32}",
    ],
)
def test_what_does_not_exist(stage, path):
    problem(httpx.get(stage.url + path), 404, "not_found")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/images/short",
        "/api/v1/images/" + "AB" * 32,
        "/api/v1/datasets/short",
        "/api/v1/batches/%00",
        "/api/v1/batches/" + "0x" + "AB" * 32,
        "/api/v1/accounts/0x12",
        "/api/v1/reviews/nobody",
        "/api/v1/reviewers/nobody",
        f"/api/v1/batches/{HASH}/rounds/256/task",
        f"/api/v1/batches/{HASH}/rounds/0/task?reviewer=0x12",
        f"/api/v1/batches/{HASH}/rounds/0/task?signature=zz",
        "/api/v1/datasets?limit=0",
        "/api/v1/datasets?limit=501",
        "/api/v1/events?after=1",
        "/api/v1/events?subject=%00",
        "/api/v1/events?name=%00",
        "/api/v1/batches?phase=%00",
        "/api/v1/batches?contributor=0x12",
        "/api/v1/batches?phase=Submitted",
        f"/api/v1/datasets/{HASH}/items?status=good",
        f"/api/v1/datasets/{HASH}/history?spans=0",
        f"/api/v1/datasets/{HASH}/contributors?after=x",
        f"/api/v1/batches/{HASH}/timeline?after=x",
        f"/api/v1/datasets/{HASH}/items?after=x",
    ],
)
def test_what_cannot_be(stage, path):
    body = problem(httpx.get(stage.url + path), 422, "invalid_request")
    assert body["errors"] and set(body["errors"][0]) == {"where", "what"}


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/api/v1/datasets"), ("PUT", "/api/health"), ("POST", "/api/v1/events")]
)
def test_what_may_not_be_done(stage, method, path):
    answer = httpx.request(method, stage.url + path)
    problem(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


def test_all_methods_of_a_path_are_named(stage):
    for path, methods in (
        ("batches", "GET, POST"),
        (f"uploads/{'ab' * 32}", "GET, PUT"),
        (f"images/{'ab' * 32}", "GET, HEAD"),
    ):
        assert httpx.delete(f"{stage.url}/api/v1/{path}").headers["allow"] == methods


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"name": 1}',
        b'{"name": "x", "classes": ["a"]}',
        b'{"name": "x", "classes": ["a", "a"]}',
        b'{"name": "x", "classes": ["a", "b"], "more": 1}',
        b'{"name": "x", "classes": ["a", "b"], "\\ud800": 1}',
        b'{"name": "\\ud800", "classes": ["a", "b"]}',
        b'{"name": "x", "classes": ["a", "b"], "description": "\\udfff"}',
        b'{"name": "a\\u0000b", "classes": ["a", "b"]}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"name": ' + b"9" * 10_000 + b"}",
        b'{"name": NaN}',
    ],
)
def test_bodies_that_make_no_sense(stage, body):
    answer = httpx.post(f"{stage.url}/api/v1/metadata", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    problem(answer, answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("route", ["batches", "ballots", "openings", "movements", "appeals", "payouts", "links"])
def test_every_body_is_checked(stage, route):
    body = problem(httpx.post(f"{stage.url}/api/v1/{route}", json={"unknown": 1}), 422, "invalid_request")
    wanted = {error["where"] for error in body["errors"]}
    assert "body.unknown" in wanted and len(wanted) > 3


def test_numbers_out_of_range_are_refused(stage, stranger):
    body = {"kind": "stake", "account": stranger.address, "amount": 1, "nonce": 0, "deadline": 1, "signature": "0x"}
    for change in ({"amount": 0}, {"amount": 2**63}, {"nonce": -1}, {"nonce": 2**32}, {"deadline": 2**63}):
        problem(httpx.post(f"{stage.url}/api/v1/movements", json=body | change), 422, "invalid_request")


def test_without_the_chain_reading_goes_on_and_the_rest_says_so(stage, honest_contributor, serving):
    dataset = stage.open_dataset()
    with closed_port() as port:
        nowhere = Contract(f"http://127.0.0.1:{port}", stage.application.deployment.address)
        with serving(replace(stage.application, contract=nowhere)) as url, httpx.Client(base_url=url) as http:
            assert http.get(f"/api/v1/datasets/{dataset.id}").status_code == 200
            assert http.get("/api/health").json()["status"] == "chain_unreachable"
            answer = http.get(f"/api/v1/accounts/{honest_contributor.address}")
            body = problem(answer, 503, "chain_unreachable")
            assert "127.0.0.1" not in body["detail"]
        nowhere.close()


def test_a_fault_of_ours_tells_nothing_of_our_insides(stage, digits, serving):
    class Broken:
        def get(self, _sha256: str) -> bytes:
            raise RuntimeError("secret of the house")

    name, data, _ = digits(1)[0]
    sha256 = stage.client.upload([(name, data)])[0]["sha256"]
    with serving(replace(stage.application, blobs=Broken())) as url:
        answer = httpx.get(f"{url}/api/v1/images/{sha256}")
    problem(answer, 500, "internal_error")
    assert "secret" not in answer.text
