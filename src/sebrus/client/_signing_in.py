"""Signing in with a key, as a wallet does in a browser (EIP-4361)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
from eth_account import Account

from sebrus.client._exchange import Conversation, ask_json
from sebrus.protocol.sign_in import SignIn, sign_personal

STATEMENT = "Sign in to SeBRUS. This sends no transaction and costs nothing."


def origin_of(base_url: httpx.URL) -> str:
    """The origin of an address: its scheme, host and port.

    >>> origin_of(httpx.URL("https://sebrus.example/api"))
    'https://sebrus.example'
    """
    return str(base_url.copy_with(raw_path=b"/")).rstrip("/")


def sign_in(private_key: str | bytes, origin: str) -> Conversation[dict[str, Any]]:
    """Sign in at an origin; returns the session, whose cookie the connection keeps.

    Raises:
        ServerRefused: the server is not reached at that origin by its own settings, or the clocks differ.
    """
    nonce = yield from ask_json("POST", "/v1/nonces")
    message = SignIn(
        domain=origin.partition("://")[2],
        address=Account.from_key(private_key).address,
        uri=origin,
        chain_id=nonce["chain_id"],
        nonce=nonce["nonce"],
        issued_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        statement=STATEMENT,
    ).text()
    signature = "0x" + sign_personal(message, private_key).hex()
    session: dict[str, Any] = yield from ask_json(
        "POST", "/v1/sessions", json={"message": message, "signature": signature}
    )
    return session
