"""Keys for programs: shown once, kept as hashes, good for what they were made for, until they expire or are revoked."""

from __future__ import annotations

import time

import httpx
import pytest
from eth_account import Account
from sqlalchemy import text

from sebrus.client import Client, ServerRefused
from sebrus.platform.api_keys import MOST_KEYS
from sebrus.store.models import ApiKey

pytestmark = pytest.mark.chain


def refusal(answer):
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def asked(stage, key, path="/me", **headers):
    return httpx.get(f"{stage.url}/api/v1{path}", headers={"Authorization": f"Bearer {key}"} | headers)


def test_a_key_is_its_account_within_its_scopes(stage, browse, wallet_key, make_key):
    key = make_key(browse(wallet_key), "review", "read")
    me = asked(stage, key).json()
    assert (me["account"], me["by"]) == (Account.from_key(wallet_key).address, "key")
    assert me["scopes"] == ["read", "review"]


def test_a_key_is_shown_once_and_kept_as_a_hash(stage, browse, wallet_key, make_key):
    browser = browse(wallet_key)
    key = make_key(browser, "read")
    secret = key.rpartition("_")[2]
    assert len(secret) == 64 and secret not in browser.http.get("/keys").text
    with stage.application.database.read() as session:
        for row in session.execute(text("SELECT * FROM api_key")):
            assert not any(secret in str(value) for value in row)


def test_keys_are_listed_with_their_last_use(stage, browse, wallet_key, make_key):
    browser = browse(wallet_key)
    key = make_key(browser, "read")
    (listed,) = browser.http.get("/keys").json()
    assert listed["last_used"] is None and listed["name"] == "a program" and listed["scopes"] == ["read"]
    asked(stage, key)
    deadline = time.monotonic() + 60
    while browser.http.get("/keys").json()[0]["last_used"] is None:
        assert time.monotonic() < deadline
    assert abs(browser.http.get("/keys").json()[0]["last_used"] - time.time()) < 60


def test_a_revoked_key_is_good_for_nothing(stage, browse, wallet_key, make_key):
    browser = browse(wallet_key)
    key = make_key(browser, "read")
    (listed,) = browser.http.get("/keys").json()
    assert browser.http.delete(f"/keys/{listed['id']}").status_code == 204
    answer = asked(stage, key)
    assert refusal(answer) == (401, "key_invalid") and answer.headers["www-authenticate"].startswith("Bearer")
    assert refusal(asked(stage, key, "/datasets")) == (401, "key_invalid"), "it is told where it would not matter, too"
    assert refusal(browser.http.delete(f"/keys/{listed['id']}")) == (404, "not_found")


def test_an_expired_key_is_good_for_nothing(stage, browse, wallet_key, make_key):
    key = make_key(browse(wallet_key), "read")
    stage.change(ApiKey, key.split("_")[1], expires=int(time.time()))
    assert refusal(asked(stage, key)) == (401, "key_invalid")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"),
        lambda key: key[:-1],
        lambda key: key + "0",
        lambda key: key.upper(),
        lambda key: key.replace("sebrus_", ""),
        lambda key: "sebrus_" + "0" * 16 + key[23:],
    ],
    ids=["last digit", "cut", "long", "capitals", "bare", "another id"],
)
def test_a_key_with_one_thing_wrong_is_refused(stage, browse, wallet_key, make_key, spoil):
    key = make_key(browse(wallet_key), "read")
    assert refusal(asked(stage, spoil(key))) == (401, "key_invalid")


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer x", "", "sebrus"])
def test_another_authorization_is_refused(stage, header):
    answer = httpx.get(f"{stage.url}/api/v1/datasets", headers={"Authorization": header})
    assert refusal(answer) == (401, "key_invalid")


def test_a_key_makes_no_keys_and_ends_no_sessions(stage, browse, wallet_key, make_key):
    key = make_key(browse(wallet_key), "read", "contribute", "review", "money")
    headers = {"Authorization": f"Bearer {key}"}
    body = {"name": "more", "scopes": ["read"], "expires": int(time.time()) + 3600}
    with httpx.Client(base_url=f"{stage.url}/api/v1", headers=headers) as http:
        assert refusal(http.post("/keys", json=body)) == (403, "session_required")
        for method, path in (("GET", "/keys"), ("GET", "/sessions"), ("DELETE", "/sessions")):
            assert refusal(http.request(method, path)) == (403, "session_required")


def test_nobody_revokes_anothers_key(browse, wallet_key, stranger, make_key):
    mine, theirs = browse(wallet_key), browse(bytes(stranger.account.key))
    make_key(mine, "read")
    (listed,) = mine.http.get("/keys").json()
    assert theirs.http.get("/keys").json() == []
    assert refusal(theirs.http.delete(f"/keys/{listed['id']}")) == (404, "not_found")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"expires": 1}, "expiry_out_of_range"),
        ({"expires": 2**40}, "expiry_out_of_range"),
        ({"scopes": []}, "invalid_request"),
        ({"scopes": ["everything"]}, "invalid_request"),
        ({"name": " "}, "invalid_request"),
        ({"name": "x" * 101}, "invalid_request"),
        ({"name": "a\x00b"}, "invalid_request"),
    ],
)
def test_keys_that_cannot_be_are_refused(browse, wallet_key, change, code):
    browser = browse(wallet_key)
    body = {"name": "a program", "scopes": ["read"], "expires": int(time.time()) + 3600}
    assert refusal(browser.http.post("/keys", json=body | change)) == (422, code)
    assert browser.http.get("/keys").json() == []


def test_an_account_has_so_many_keys(stage, browse, wallet_key):
    browser = browse(wallet_key)
    body = {"name": "a program", "scopes": ["read"], "expires": int(time.time()) + 3600}
    for _ in range(MOST_KEYS):
        assert browser.http.post("/keys", json=body).status_code == 201
    assert refusal(browser.http.post("/keys", json=body)) == (409, "too_many_keys")


def test_signing_out_everywhere_leaves_the_keys(stage, browse, wallet_key, make_key):
    browser = browse(wallet_key)
    key = make_key(browser, "read")
    browser.http.delete("/sessions")
    assert asked(stage, key).status_code == 200


def test_the_client_sends_a_key_and_signs_in(stage, browse, wallet_key, make_key):
    with Client(stage.url) as client:
        with pytest.raises(ServerRefused, match="Sign in"):
            client.get("/v1/me")
        session = client.sign_in(wallet_key)
        assert client.get("/v1/sessions/current") == session
        body = {"name": "of the client", "scopes": ["read"], "expires": int(time.time()) + 3600}
        key = client.post("/v1/keys", body)["key"]
        client.sign_out()
        with pytest.raises(ServerRefused, match="Sign in"):
            client.get("/v1/me")
    with Client(stage.url, api_key=key) as client:
        assert client.get("/v1/me")["account"] == session["account"]
        with pytest.raises(ServerRefused, match="contribute"):
            client.post("/v1/metadata", {"name": "x", "classes": ["a", "b"]})
