"""Talk to a SeBRUS server."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import httpx
from eth_account import Account

from sebrus.protocol.sign_in import SignIn, sign_personal
from sebrus.protocol.signature import Domain

STATEMENT = "Sign in to SeBRUS. This sends no transaction and costs nothing."
MOST_WAITS = 3
LONGEST_WAIT = 60.0
"""How often, and how many seconds, a request waits that came too soon."""

PAUSE_SECONDS = 0.3
# The server, its chain or its disk is away for a moment and took nothing.
PASSING = (503, 507)


class ServerRefused(Exception):
    """The server refused a request; the message is its sentence.

    Attributes:
        code: the stable name of the problem.
        status: the HTTP status.
    """

    def __init__(self, status: int, code: str, sentence: str) -> None:
        self.status = status
        self.code = code
        super().__init__(sentence)


class ServerUnreachable(Exception):
    """No server answers; the request may or may not have arrived. Sending it again is safe."""


class Client:
    """One server. Every request may be repeated: the server takes the same action once.

    While the server is away, the same request is sent again for `patience` seconds. What is signed anew is another
    action, so an answer that was lost is best asked for this way.

    Example:
        >>> with Client("http://127.0.0.1:8080", patience=60) as client:  # doctest: +SKIP
        ...     client.get("/v1/datasets")
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        patience: float = 0.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {} if api_key is None else {"Authorization": f"Bearer {api_key}"}
        self._patience = patience
        self._http = httpx.Client(
            base_url=f"{base_url.rstrip('/')}/api", headers=headers, timeout=60, transport=transport
        )
        self._domain: Domain | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @property
    def domain(self) -> Domain:
        """Where signatures count: the server's contract and chain."""
        if self._domain is None:
            chain = self.get("/v1/chain")
            self._domain = Domain(chain["chain_id"], chain["contract"])
        return self._domain

    def sign_in(self, private_key: str | bytes) -> dict[str, Any]:
        """Sign in with a key at the address this client talks to (EIP-4361); returns the session.

        Raises:
            ServerRefused: the server is not reached at that address by its own settings, or the clocks differ.
        """
        origin = str(self._http.base_url.copy_with(raw_path=b"/")).rstrip("/")
        nonce = self._request("POST", "/v1/nonces")
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
        session: dict[str, Any] = self.post("/v1/sessions", {"message": message, "signature": signature})
        # What acts by the cookie must say that no other site made it do so.
        self._http.headers["Origin"] = origin
        return session

    def sign_out(self) -> None:
        """End the session."""
        self.delete("/v1/sessions/current")
        self._http.cookies.clear()
        self._http.headers.pop("Origin", None)

    def get(self, path: str, **params: Any) -> Any:
        """GET a path under /api and return the JSON."""
        return self._request("GET", path, params=params)

    def post(self, path: str, body: Any) -> Any:
        """POST JSON to a path under /api and return the JSON."""
        return self._request("POST", path, json=body)

    def delete(self, path: str) -> None:
        """DELETE a path under /api."""
        self._send("DELETE", path)

    def image(self, sha256: str) -> bytes:
        """The bytes of an image."""
        return self._send("GET", f"/v1/images/{sha256}").content

    def upload(self, files: list[tuple[str, bytes]], dataset_id: str | None = None) -> list[dict[str, Any]]:
        """Send images; returns one result per file, in order."""
        params = {} if dataset_id is None else {"dataset_id": dataset_id}
        parts = [("files", (name, data)) for name, data in files]
        results: list[dict[str, Any]] = self._request("POST", "/v1/images", params=params, files=parts)
        return results

    def _request(self, method: str, path: str, **options: Any) -> Any:
        response = self._send(method, path, **options)
        try:
            return response.json()
        except ValueError as error:
            raise ServerRefused(
                response.status_code, "http_error", "What answers there is no SeBRUS server."
            ) from error

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        deadline = time.monotonic() + self._patience
        while True:
            try:
                return self._send_once(method, path, **options)
            except (ServerUnreachable, ServerRefused) as error:
                passing = not isinstance(error, ServerRefused) or error.status in PASSING
                if not passing or time.monotonic() >= deadline:
                    raise
            time.sleep(PAUSE_SECONDS)

    def _send_once(self, method: str, path: str, **options: Any) -> httpx.Response:
        response = self._answer(method, path, **options)
        for _ in range(MOST_WAITS):
            if response.status_code != httpx.codes.TOO_MANY_REQUESTS:
                break
            time.sleep(_seconds_to_wait(response))
            response = self._answer(method, path, **options)
        if response.is_success:
            return response
        try:
            problem = response.json()
            raise ServerRefused(response.status_code, problem["code"], problem["detail"])
        except (ValueError, KeyError, TypeError) as error:
            raise ServerRefused(response.status_code, "http_error", f"HTTP {response.status_code}.") from error

    def _answer(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise ServerUnreachable(f"The server does not answer: {error}.") from error


def _seconds_to_wait(response: httpx.Response) -> float:
    text = response.headers.get("retry-after", "")
    return min(float(text), LONGEST_WAIT) if text.isdecimal() else 1.0
