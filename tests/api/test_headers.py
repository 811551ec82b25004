"""Answers carry headers that keep contributed bytes from becoming programs in a browser."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from sebrus.api.web import Assets

pytestmark = pytest.mark.chain


@pytest.mark.parametrize(
    "path", ["/", "/icon.svg", "/review", "/assets/none.js", "/api/health", "/api/v1/datasets", "/nothing"]
)
def test_every_answer_has_the_security_headers(stage, path):
    headers = httpx.get(stage.url + path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy


def test_other_sites_are_kept_out_and_devices_off(stage):
    headers = httpx.get(stage.url).headers
    assert headers["cross-origin-opener-policy"] == "same-origin-allow-popups"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    policy = headers["content-security-policy"]
    assert "base-uri 'none'" in policy and "form-action 'self'" in policy
    assert "strict-transport-security" not in headers, "this server is reached without TLS"


def test_a_server_reached_over_tls_says_to_stay_there(stage, serving):
    settings = stage.application.settings.model_copy(update={"public_url": "https://sebrus.example"})
    with serving(replace(stage.application, settings=settings)) as url:
        assert httpx.get(url).headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize("path", ["/api/health", "/api/v1/policy", "/api/v1/me", "/api/v1/sessions", "/api/v1/nothing"])
def test_answers_of_the_api_are_not_kept(stage, path):
    assert httpx.get(stage.url + path).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/api/v1/datasets", "/api/v1/events"])
def test_what_everybody_is_told_alike_is_kept_and_asked_for_each_time(stage, path):
    answer = httpx.get(stage.url + path)
    assert answer.headers["cache-control"] == "no-cache"
    again = httpx.get(stage.url + path, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.headers["x-content-type-options"]) == (304, "nosniff")


def test_images_are_served_as_they_came_and_cannot_run(stage, digits):
    name, data, _ = digits(1)[0]
    sha256 = stage.client.upload([(name, data)])[0]["sha256"]
    answer = httpx.get(f"{stage.url}/api/v1/images/{sha256}")
    assert answer.content == data
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["etag"] == f'"{sha256}"'
    head = httpx.head(f"{stage.url}/api/v1/images/{sha256}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(data))


def test_an_image_seen_before_is_not_sent_again(stage, digits):
    name, data, _ = digits(1)[0]
    sha256 = stage.client.upload([(name, data)])[0]["sha256"]
    answer = httpx.get(f"{stage.url}/api/v1/images/{sha256}", headers={"if-none-match": f'"{sha256}"'})
    assert (answer.status_code, answer.content) == (304, b"")


def test_the_page_runs_nothing_inline(stage):
    page = httpx.get(stage.url + "/").text
    assert "<script>" not in page and "onclick" not in page and "style=" not in page


def test_other_sites_may_not_read_the_answers(stage):
    answer = httpx.get(f"{stage.url}/api/v1/chain", headers={"origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_only_the_verifier_may_ask_other_servers(tmp_path):
    """Keys are in the page; what it loads to check releases runs beside it, and asks whatever node its user names."""
    assets = Assets(directory=tmp_path)

    def policy(name):
        path = tmp_path / name
        path.write_text("")
        return assets.file_response(path, path.stat(), {"headers": []}).headers.get("content-security-policy")

    verifier = policy("verify.worker-a1b2.js")
    assert verifier == "default-src 'none'; script-src 'self'; connect-src 'self' https: http:"
    assert policy("index-a1b2.js") is None, "it gets that of every answer"
