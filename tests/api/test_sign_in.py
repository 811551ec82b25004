"""An account signs in by signing a message for this server, this chain and now, once; nobody else does in its name."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from eth_account import Account
from sqlalchemy import select

from sebrus.platform.sign_in import make_nonce
from sebrus.protocol.canonical import SECP256K1_ORDER
from sebrus.protocol.sign_in import personal_digest, sign_personal
from sebrus.store.models import AccountSession

pytestmark = pytest.mark.chain

# Answers the magic value of ERC-1271 for the digest in its first slot, and zero for every other.
WALLET_CODE = "0x6004356000541463" + "1626ba7e" + "0260e01b60005260206000f3"
REVERTING_CODE = "0x60006000fd"


def when(seconds):
    return datetime.fromtimestamp(time.time() + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def refusal(answer):
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert "set-cookie" not in answer.headers
    return answer.status_code, answer.json()["code"]


def test_who_signs_in_is_known_by_a_cookie(browse, wallet_key):
    browser = browse()
    assert refusal(browser.http.get("/sessions/current")) == (401, "not_signed_in")
    answer = browser.sign_in(wallet_key)
    assert (answer.status_code, answer.json()["account"]) == (201, Account.from_key(wallet_key).address)
    assert answer.json()["current"] and answer.json()["agent"] == "Browser of a test"
    assert browser.http.get("/sessions/current").json() == answer.json()


def test_every_field_that_may_be_there_is_taken(browse, wallet_key):
    changes = {
        "scheme": "http",
        "statement": None,
        "expiration_time": when(3600),
        "not_before": when(-5),
        "request_id": "a-1",
        "resources": ("ipfs://x/", "https://example.com/"),
    }
    answer = browse().sign_in(wallet_key, **changes)
    assert answer.status_code == 201, answer.text
    assert answer.json()["expires"] <= time.time() + 3600, "a session does not outlive what was signed"


WRONG = {
    "another domain": ({"domain": "sebrus.example"}, "wrong_domain"),
    "another port": ({"domain": "127.0.0.1:1"}, "wrong_domain"),
    "a domain without its port": ({"domain": "127.0.0.1"}, "wrong_domain"),
    "a domain that begins like ours": (lambda m: {"domain": m.domain + "0"}, "wrong_domain"),
    "a domain behind a user name": (lambda m: {"domain": "sebrus@" + m.domain}, "wrong_domain"),
    "our domain as a user name": (lambda m: {"domain": m.domain.replace(":", "") + "@evil.example"}, "wrong_domain"),
    "another site's URI": ({"uri": "https://evil.example/"}, "wrong_domain"),
    "a URI with our name before its at sign": (lambda m: {"uri": f"http://{m.domain}@evil.example/"}, "wrong_domain"),
    "a URI of another scheme": (lambda m: {"uri": f"https://{m.domain}/"}, "wrong_domain"),
    "a URI that is no address of the web": ({"uri": "urn:sebrus"}, "wrong_domain"),
    "another scheme before the domain": ({"scheme": "https"}, "wrong_domain"),
    "another chain": ({"chain_id": 1}, "wrong_chain"),
    "another chain of many digits": ({"chain_id": 31337 + 2**64}, "wrong_chain"),
    "a nonce nobody issued": ({"nonce": "0123456789abcdef"}, "nonce_unusable"),
    "a nonce of our form nobody issued": (
        lambda m: {"nonce": m.nonce[:-1] + ("0" if m.nonce[-1] != "0" else "1")},
        "nonce_unusable",
    ),
    "a nonce whose time was changed": (
        lambda m: {"nonce": f"{int(m.nonce[:8], 16) + 1:08x}" + m.nonce[8:]},
        "nonce_unusable",
    ),
    "a message that expired": (lambda _: {"expiration_time": when(-1)}, "message_expired"),
    "a message that expires at once": ({"expiration_time": "1970-01-01T00:00:00Z"}, "message_expired"),
    "a message not valid yet": (lambda _: {"not_before": when(600)}, "message_not_yet_valid"),
    "a message issued in the future": (lambda _: {"issued_at": when(600)}, "message_not_yet_valid"),
    "a message issued in the future by its offset": (
        lambda m: {"issued_at": m.issued_at[:-1] + "-05:00"},
        "message_not_yet_valid",
    ),
    "an address without its capitals": (lambda m: {"address": m.address.lower()}, "message_malformed"),
    "a domain of another alphabet": (lambda m: {"domain": m.domain.replace("1", "\u0661")}, "message_malformed"),
    "a nonce too short": ({"nonce": "abc1234"}, "message_malformed"),
    "a statement of two lines": ({"statement": "Sign in.\nURI: https://evil.example"}, "message_malformed"),
    "a time without an offset": ({"issued_at": "2026-01-01T00:00:00"}, "message_malformed"),
}


@pytest.mark.parametrize(("changes", "code"), WRONG.values(), ids=WRONG)
def test_a_message_with_something_wrong_is_refused_though_signed(stage, browse, wallet_key, changes, code):
    browser = browse()
    message = browser.message(Account.from_key(wallet_key).address)
    text = replace(message, **(changes(message) if callable(changes) else changes)).text()
    assert refusal(browser.send(text, sign_personal(text, wallet_key))) == (422, code)
    assert stage.rows(select(AccountSession).where(AccountSession.account == message.address)) == []


SPOILED = {
    "version 2": lambda text: text.replace("Version: 1", "Version: 2"),
    "version 1.0": lambda text: text.replace("Version: 1", "Version: 1.0"),
    "a line too much": lambda text: text + "\nExtra: 1",
    "a line twice": lambda text: text.replace("Version: 1", "Version: 1\nVersion: 1"),
    "lines in another order": lambda text: text.replace("Version: 1\nChain ID: 31337", "Chain ID: 31337\nVersion: 1"),
    "carriage returns": lambda text: text.replace("\n", "\r\n"),
    "a newline at the end": lambda text: text + "\n",
    "a space at the end": lambda text: text + " ",
    "a byte order mark": lambda text: "\ufeff" + text,
    "cut off": lambda text: text[: text.index("\nIssued At")],
    "nothing": lambda text: text[:0],
    "a hidden letter": lambda text: text.replace("Sign in", "Sign\u200b in"),
    "an empty line less": lambda text: text.replace("\n\n", "\n", 1),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_a_text_of_another_form_is_refused_though_signed(stage, browse, wallet_key, spoil):
    browser = browse()
    text = spoil(browser.message(Account.from_key(wallet_key).address).text())
    assert refusal(browser.send(text, sign_personal(text, wallet_key))) == (422, "message_malformed")


def twin(signature):
    s = SECP256K1_ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])


UNSIGNED = {
    "another signer": lambda text, _key: sign_personal(text, secrets.token_bytes(32)),
    "another text": lambda text, key: sign_personal(text + " ", key),
    "malleable": lambda text, key: twin(sign_personal(text, key)),
    "truncated": lambda text, key: sign_personal(text, key)[:64],
    "too long": lambda text, key: sign_personal(text, key) + b"\0",
    "bare parity": lambda text, key: sign_personal(text, key)[:64] + b"\0",
    "zeros": lambda _text, _key: bytes(65),
    "empty": lambda _text, _key: b"",
}


@pytest.mark.parametrize("sign", UNSIGNED.values(), ids=UNSIGNED)
def test_a_message_the_account_did_not_sign_is_refused(stage, browse, wallet_key, sign):
    browser = browse()
    text = browser.message(Account.from_key(wallet_key).address).text()
    assert refusal(browser.send(text, sign(text, wallet_key))) == (422, "signature_invalid")
    assert browser.send(text, sign_personal(text, wallet_key)).status_code == 201, "and the account still can"


@pytest.mark.parametrize("age", [601, 86_400, -600], ids=["ten minutes", "a day", "of the future"])
def test_an_expired_nonce_is_refused(stage, browse, wallet_key, age):
    nonce = make_nonce(stage.application.operator, time.time() - age)
    assert refusal(browse().sign_in(wallet_key, nonce=nonce)) == (422, "nonce_unusable")


def test_a_nonce_is_good_for_nine_minutes(stage, browse, wallet_key):
    nonce = make_nonce(stage.application.operator, time.time() - 540)
    assert browse().sign_in(wallet_key, nonce=nonce).status_code == 201


def test_a_nonce_of_another_server_is_refused(browse, wallet_key):
    nonce = make_nonce(Account.from_key(secrets.token_bytes(32)), time.time())
    assert refusal(browse().sign_in(wallet_key, nonce=nonce)) == (422, "nonce_unusable")


def test_a_replayed_sign_in_is_refused_also_after_signing_out(browse, wallet_key):
    browser, thief = browse(), browse()
    text = browser.message(Account.from_key(wallet_key).address).text()
    signature = sign_personal(text, wallet_key)
    assert browser.send(text, signature).status_code == 201
    assert refusal(thief.send(text, signature)) == (422, "nonce_unusable")
    assert browser.http.delete("/sessions/current").status_code == 204
    assert refusal(thief.send(text, signature)) == (422, "nonce_unusable")
    other = secrets.token_bytes(32)
    nonce = text.split("Nonce: ")[1].split("\n")[0]
    assert refusal(thief.sign_in(other, nonce=nonce)) == (422, "nonce_unusable"), "nor is it another account's"


def test_of_many_replays_at_once_one_signs_in(browse, wallet_key):
    browsers = [browse() for _ in range(6)]
    text = browsers[0].message(Account.from_key(wallet_key).address).text()
    signature = sign_personal(text, wallet_key)
    with ThreadPoolExecutor(len(browsers)) as pool:
        codes = list(pool.map(lambda one: one.send(text, signature).status_code, browsers))
    assert sorted(codes) == [201, 422, 422, 422, 422, 422]


# ---------------------------------------------------------------- contract wallets (ERC-1271)


@pytest.fixture
def contract_wallet(stage):
    """The address of a wallet that agrees to one digest: contract_wallet(digest)."""
    address = Account.from_key(secrets.token_bytes(32)).address

    def agree(digest: bytes) -> None:
        stage.rpc("anvil_setStorageAt", address, "0x" + bytes(32).hex(), "0x" + digest.hex())

    stage.rpc("anvil_setCode", address, WALLET_CODE)
    return address, agree


def test_a_contract_wallet_signs_in_by_what_it_agrees_to(browse, contract_wallet):
    address, agree = contract_wallet
    browser = browse()
    text = browser.message(address).text()
    assert refusal(browser.send(text, b"whatever")) == (422, "signature_invalid"), "before it has agreed"
    agree(personal_digest(text))
    assert browser.send(text, b"whatever").json()["account"] == address
    other = browser.message(address).text()
    assert refusal(browser.send(other, b"whatever")) == (422, "signature_invalid"), "it agreed to one message only"


def test_a_contract_that_reverts_signs_nothing(stage, browse, contract_wallet, wallet_key):
    address, _ = contract_wallet
    stage.rpc("anvil_setCode", address, REVERTING_CODE)
    browser = browse()
    text = browser.message(address).text()
    assert refusal(browser.send(text, sign_personal(text, wallet_key))) == (422, "signature_invalid")


def test_an_account_without_code_needs_its_key(browse, wallet_key):
    browser = browse()
    text = browser.message(Account.from_key(wallet_key).address).text()
    assert refusal(browser.send(text, b"whatever")) == (422, "signature_invalid")
