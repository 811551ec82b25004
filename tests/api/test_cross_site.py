"""Another site cannot make a browser act in the name of the account that is signed in there (CSRF)."""

from __future__ import annotations

import httpx
import pytest
from eth_account import Account

from sebrus.protocol.sign_in import sign_personal

pytestmark = pytest.mark.chain

ELSEWHERE = {
    "another site": {"Origin": "https://evil.example"},
    "another site that claims otherwise": {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    "a page without an origin": {"Origin": "null"},
    "another port of this machine": {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"},
    "our name with another scheme": {"Origin": "https://{here}"},
    "a name that begins like ours": {"Origin": "http://{here}.evil.example"},
    "another site by its fetch": {"Sec-Fetch-Site": "cross-site"},
    "a neighbour by its fetch": {"Sec-Fetch-Site": "same-site"},
    "an address typed in": {"Sec-Fetch-Site": "none"},
    "a browser that says nothing": {},
}
ACTS = [("DELETE", "/sessions"), ("DELETE", "/sessions/current"), ("POST", "/keys"), ("POST", "/metadata")]


def refusal(answer):
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def elsewhere(browser, stage, headers):
    """The same browser with its cookie, on a page of somebody else's."""
    here = stage.url.partition("://")[2]
    other = httpx.Client(base_url=browser.http.base_url, cookies=dict(browser.http.cookies))
    other.headers.update({name: value.format(here=here) for name, value in headers.items()})
    return other


@pytest.mark.parametrize("headers", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_cookie_does_not_act_for_another_site(stage, browse, wallet_key, headers):
    browser = browse(wallet_key)
    with elsewhere(browser, stage, headers) as other:
        for method, path in ACTS:
            body = {"json": {"name": "x", "classes": ["a", "b"]}} if method == "POST" else {}
            assert refusal(other.request(method, path, **body)) == (403, "cross_site"), (method, path)
        assert other.get("/sessions/current").status_code == 200, "reading is harmless: no other site can read answers"
    assert browser.http.get("/sessions/current").status_code == 200


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://{here}"}, {"Sec-Fetch-Site": "same-origin"}], ids=["origin", "fetch"]
)
def test_our_own_page_acts(stage, browse, wallet_key, headers):
    with elsewhere(browse(wallet_key), stage, headers) as same:
        assert same.delete("/sessions/current").status_code == 204


def test_another_site_cannot_sign_a_browser_in_to_its_own_account(stage, browse, wallet_key):
    browser = browse()
    text = browser.message(Account.from_key(wallet_key).address).text()
    body = {"message": text, "signature": "0x" + sign_personal(text, wallet_key).hex()}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        answer = httpx.post(f"{stage.url}/api/v1/sessions", json=body, headers=headers)
        assert refusal(answer) == (403, "cross_site") and "set-cookie" not in answer.headers
    assert httpx.post(f"{stage.url}/api/v1/sessions", json=body).status_code == 201, "a program names no origin"


def test_what_is_signed_needs_no_origin_without_a_cookie(stage):
    answer = httpx.post(
        f"{stage.url}/api/v1/metadata",
        json={"name": "x", "classes": ["a", "b"]},
        headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 201


def test_a_key_needs_no_origin(stage, browse, wallet_key, make_key):
    key = make_key(browse(wallet_key), "contribute")
    answer = httpx.post(
        f"{stage.url}/api/v1/metadata",
        json={"name": "x", "classes": ["a", "b"]},
        headers={"Authorization": f"Bearer {key}", "Origin": "https://evil.example"},
    )
    assert answer.status_code == 201, "no site can make a browser send it"
