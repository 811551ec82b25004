"""Sessions live on the server: a browser holds a token that scripts cannot read, and each can be ended at any time."""

from __future__ import annotations

import time
from dataclasses import replace
from http.cookies import SimpleCookie

import pytest
from eth_account import Account
from sqlalchemy import func, inspect, select, text

from sebrus.platform.sessions import MOST_SESSIONS
from sebrus.protocol.sign_in import sign_personal
from sebrus.store.models import AccountSession

pytestmark = pytest.mark.chain


def refusal(answer):
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def cookie_of(answer):
    (name, cookie), *more = SimpleCookie(answer.headers["set-cookie"]).items()
    assert not more
    return name, cookie


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(browse, wallet_key):
    name, cookie = cookie_of(browse().sign_in(wallet_key))
    assert name == "sebrus_session" and cookie["httponly"] and not cookie["secure"]
    assert (cookie["samesite"].lower(), cookie["path"], cookie["domain"]) == ("lax", "/", "")
    assert 24 * 3600 - 60 <= int(cookie["max-age"]) <= 24 * 3600


def test_over_tls_the_cookie_never_leaves_it(stage, browse, wallet_key, serving):
    settings = stage.application.settings.model_copy(update={"public_url": "https://sebrus.example"})
    with serving(replace(stage.application, settings=settings)) as url:
        browser = browse(url=url, origin="https://sebrus.example")
        name, cookie = cookie_of(browser.sign_in(wallet_key))
        assert name == "__Host-sebrus_session" and cookie["secure"] and cookie["httponly"]
        assert (cookie["path"], cookie["domain"]) == ("/", ""), "as the prefix demands"
        asked = browser.http.get("/sessions/current", headers={"Cookie": f"{name}={cookie.value}"})
        assert asked.status_code == 200
        asked = browser.http.get("/sessions/current", headers={"Cookie": f"sebrus_session={cookie.value}"})
        assert refusal(asked) == (401, "not_signed_in"), "a neighbour could have set this one without TLS"
        plain = browser.sign_in(wallet_key, domain=url.partition("://")[2], uri=url)
        assert refusal(plain) == (422, "wrong_domain"), "and there is no signing in without TLS"


def test_no_table_holds_the_token(stage, browse, wallet_key):
    browser = browse(wallet_key)
    token = browser.http.cookies["sebrus_session"]
    with stage.application.database.read() as session:
        for table in inspect(session.connection()).get_table_names():
            for row in session.execute(text(f'SELECT * FROM "{table}"')):
                assert token not in map(str, row), table


def test_signing_out_ends_the_session_on_the_server(browse, wallet_key):
    browser = browse(wallet_key)
    token = browser.http.cookies["sebrus_session"]
    answer = browser.http.delete("/sessions/current")
    assert answer.status_code == 204 and cookie_of(answer)[1]["max-age"] == "0"
    browser.http.cookies.set("sebrus_session", token)
    for method, path in (("GET", "/sessions/current"), ("GET", "/me"), ("DELETE", "/sessions/current")):
        assert refusal(browser.http.request(method, path)) == (401, "not_signed_in")
    assert browser.http.get("/datasets").status_code == 200, "what is public stays readable"


def test_sessions_are_listed_and_ended_one_by_one(browse, wallet_key):
    here, there = browse(wallet_key), browse(wallet_key)
    listed = here.http.get("/sessions").json()
    assert len(listed) == 2 and [row["current"] for row in listed].count(True) == 1
    other = next(row for row in listed if not row["current"])
    assert here.http.delete(f"/sessions/{other['id']}").status_code == 204
    assert refusal(here.http.delete(f"/sessions/{other['id']}")) == (404, "not_found")
    assert refusal(there.http.get("/sessions/current")) == (401, "not_signed_in")
    assert [row["id"] for row in here.http.get("/sessions").json()] == [here.http.get("/sessions/current").json()["id"]]


def test_all_sessions_are_ended_at_once(browse, wallet_key):
    browsers = [browse(wallet_key) for _ in range(3)]
    assert browsers[0].http.delete("/sessions").status_code == 204
    for browser in browsers:
        assert refusal(browser.http.get("/sessions/current")) == (401, "not_signed_in")


def test_nobody_sees_or_ends_anothers_session(browse, wallet_key, stranger):
    mine, theirs = browse(wallet_key), browse(bytes(stranger.account.key))
    session_id = mine.http.get("/sessions/current").json()["id"]
    assert session_id not in theirs.http.get("/sessions").text
    assert refusal(theirs.http.delete(f"/sessions/{session_id}")) == (404, "not_found")
    assert theirs.http.delete("/sessions").status_code == 204
    assert mine.http.get("/sessions/current").status_code == 200


def test_an_expired_session_is_over(stage, browse, wallet_key):
    browser = browse(wallet_key)
    session_id = browser.http.get("/sessions/current").json()["id"]
    stage.change(AccountSession, session_id, expires=int(time.time()))
    assert refusal(browser.http.get("/sessions/current")) == (401, "not_signed_in")


@pytest.mark.parametrize("token", ["", "x", "a" * 5000, "%00", "é"])
def test_a_token_of_nobody_is_a_stranger(stage, browse, token):
    headers = {"Cookie": f"sebrus_session={token}".encode()}
    assert refusal(browse().http.get("/me", headers=headers)) == (401, "not_signed_in")


def test_the_oldest_session_of_many_ends(stage, browse, wallet_key):
    first = browse(wallet_key)
    session_id = first.http.get("/sessions/current").json()["id"]
    stage.change(AccountSession, session_id, created=1)
    account = Account.from_key(wallet_key).address
    with stage.application.database.write() as session:
        for number in range(MOST_SESSIONS - 1):
            values = {"token_sha256": f"{account}{number}", "nonce": f"{account}{number}", "ended": None}
            times = {"created": 2 + number, "expires": int(time.time()) + 3600}
            session.add(AccountSession(id=f"{account[:12]}{number}", account=account, agent="", **values, **times))
    assert first.http.get("/sessions/current").status_code == 200
    browse(wallet_key)
    assert refusal(first.http.get("/sessions/current")) == (401, "not_signed_in")


def test_what_is_long_over_is_forgotten(stage, browse, wallet_key):
    browser = browse(wallet_key)
    session_id = browser.http.get("/sessions/current").json()["id"]
    stage.change(AccountSession, session_id, expires=int(time.time()) - 3600)
    browse(wallet_key)
    with stage.application.database.read() as session:
        assert session.scalar(select(func.count()).where(AccountSession.id == session_id)) == 0


def test_the_time_of_a_session_is_a_setting(stage, browse, wallet_key, serving):
    settings = stage.application.settings.model_copy(update={"session_hours": 1})
    with serving(replace(stage.application, settings=settings)) as url:
        answer = browse(url=url).sign_in(wallet_key)
    assert answer.json()["expires"] - answer.json()["created"] == 3600


def test_several_servers_of_one_installation_know_the_same_sessions(stage, browse, wallet_key, serving):
    """A nonce of one is good at the other, once, and so is the cookie: nothing of it is kept in a process."""
    settings = stage.application.settings.model_copy(update={"public_url": "http://sebrus.example"})
    application = replace(stage.application, settings=settings)
    with serving(application) as one, serving(application) as other:
        here, there = (browse(url=url, origin="http://sebrus.example") for url in (one, other))
        text = here.message(Account.from_key(wallet_key).address).text()
        signature = sign_personal(text, wallet_key)
        assert there.send(text, signature).status_code == 201
        assert refusal(here.send(text, signature)) == (422, "nonce_unusable")
        here.http.cookies = there.http.cookies
        assert here.http.get("/sessions/current").json() == there.http.get("/sessions/current").json()
        assert here.http.delete("/sessions/current").status_code == 204
        assert refusal(there.http.get("/sessions/current")) == (401, "not_signed_in")
