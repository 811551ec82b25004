"""People at a browser: they sign in with a wallet, and the browser keeps their cookie and names its origin."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from eth_account import Account

from sebrus.protocol.sign_in import SignIn, sign_personal


def rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Browser:
    """A browser on a page of the server at `origin`, which it reaches at `url`."""

    def __init__(self, url: str, origin: str | None = None) -> None:
        self.origin = origin or url
        headers = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin", "User-Agent": "Browser of a test"}
        self.http = httpx.Client(base_url=f"{url}/api/v1", headers=headers)

    def message(self, address: str, **changes: Any) -> SignIn:
        """The message that the page asks a wallet to sign."""
        nonce = self.http.post("/nonces").json()
        message = SignIn(
            domain=self.origin.partition("://")[2],
            address=address,
            uri=f"{self.origin}/sign-in",
            chain_id=nonce["chain_id"],
            nonce=nonce["nonce"],
            issued_at=rfc3339(time.time()),
            statement="Sign in to SeBRUS.",
        )
        return replace(message, **changes)

    def send(self, text: str, signature: bytes) -> httpx.Response:
        return self.http.post("/sessions", json={"message": text, "signature": "0x" + signature.hex()})

    def sign_in(self, key: bytes, **changes: Any) -> httpx.Response:
        text = self.message(Account.from_key(key).address, **changes).text()
        return self.send(text, sign_personal(text, key))


@pytest.fixture(scope="session")
def new_browser() -> Iterator[Callable[..., Browser]]:
    """new_browser(url, key) -> a browser signed in with that key; without one nobody is."""
    opened: list[Browser] = []

    def run(url: str, key: bytes | None = None, origin: str | None = None) -> Browser:
        browser = Browser(url, origin)
        opened.append(browser)
        if key is not None:
            answer = browser.sign_in(key)
            assert answer.status_code == 201, answer.text
        return browser

    yield run
    for browser in opened:
        browser.http.close()


@pytest.fixture
def browse(stage: Any, new_browser: Callable[..., Browser]) -> Callable[..., Browser]:
    """browse(key) -> a browser at the stage, signed in with that key; without one nobody is."""

    def run(key: bytes | None = None, *, url: str | None = None, origin: str | None = None) -> Browser:
        return new_browser(url or stage.url, key, origin)

    return run


@pytest.fixture
def wallet_key() -> bytes:
    """The key of somebody nobody has heard of, whose address has a capital: one in four thousand has none."""
    while Account.from_key(key := secrets.token_bytes(32)).address.islower():
        pass
    return key


@pytest.fixture
def make_key() -> Callable[..., str]:
    """make_key(browser, *scopes) -> the text of a new API key of who is signed in there."""

    def make(browser: Browser, *scopes: str) -> str:
        body = {"name": "a program", "scopes": list(scopes), "expires": int(time.time()) + 3600}
        answer = browser.http.post("/keys", json=body)
        assert answer.status_code == 201, answer.text
        text: str = answer.json()["key"]
        return text

    return make
