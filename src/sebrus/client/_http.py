"""Talk to a SeBRUS server, in the usual way or with asyncio."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

import httpx

from sebrus.client._exchange import (
    Ask,
    Conversation,
    Rest,
    ServerRefused,
    ServerUnreachable,
    ask,
    ask_json,
    refuse_unless_success,
    unreachable,
)
from sebrus.client._patience import patient
from sebrus.client._sending import send_files, send_form
from sebrus.client._signing_in import origin_of, sign_in
from sebrus.client._stream import Reader, Told
from sebrus.protocol.signature import Domain

__all__ = ["AsyncClient", "Client", "ServerRefused", "ServerUnreachable"]

T = TypeVar("T")

TIMEOUT_SECONDS = 60.0


def _base(url: str) -> str:
    return f"{url.rstrip('/')}/api"


def _authorization(api_key: str | None) -> dict[str, str]:
    return {} if api_key is None else {"Authorization": f"Bearer {api_key}"}


@cache
def _tls() -> ssl.SSLContext:
    """What HTTPS is checked with, read once: it takes longer than a request."""
    return httpx.create_ssl_context()


def _domain_of(chain: dict[str, Any]) -> Domain:
    return Domain(chain["chain_id"], chain["contract"])


class Client:
    """One server. Every request may be repeated: the server takes the same action once.

    What came too soon is sent again when the server says. While the server is away, the same request is sent again for
    `patience` seconds. What is signed anew is another action, so an answer that was lost is best asked for this way.

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
        headers = _authorization(api_key)
        self._patience = patience
        self._http = httpx.Client(
            base_url=_base(base_url), headers=headers, timeout=TIMEOUT_SECONDS, verify=_tls(), transport=transport
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
            self._domain = _domain_of(self.get("/v1/chain"))
        return self._domain

    def sign_in(self, private_key: str | bytes) -> dict[str, Any]:
        """Sign in with a key at the address this client talks to (EIP-4361); returns the session.

        Raises:
            ServerRefused: the server is not reached at that address by its own settings, or the clocks differ.
        """
        origin = origin_of(self._http.base_url)
        session = self.run(sign_in(private_key, origin))
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
        return self.run(ask_json("GET", path, params=params))

    def post(self, path: str, body: Any) -> Any:
        """POST JSON to a path under /api and return the JSON."""
        return self.run(ask_json("POST", path, json=body))

    def delete(self, path: str) -> None:
        """DELETE a path under /api."""
        self.run(ask("DELETE", path))

    def image(self, sha256: str) -> bytes:
        """The bytes of an image."""
        return self.run(ask("GET", f"/v1/images/{sha256}")).content

    def upload(self, files: Sequence[tuple[str, bytes]], dataset_id: str | None = None) -> list[dict[str, Any]]:
        """Send images, whether they are there or not, in one form; returns one result per file, in order."""
        return self.run(send_form(files, dataset_id))

    def send(self, files: Sequence[tuple[str, bytes]], dataset_id: str | None = None) -> list[dict[str, Any]]:
        """Send the images that the server lacks, go on where a connection broke; one result per file, in order.

        Raises:
            ServerUnreachable: no server answered after several tries.
        """
        return self.run(send_files(files, dataset_id))

    def follow(self, *, after: str | None = None, **about: str) -> Iterator[Told]:
        """The contract's events as they come, for ever; a broken connection is gone on from.

        `about` is any of `dataset_id`, `batch_id` and `account`; without `after` it begins with what comes now.

        Raises:
            ServerRefused: the server takes no more connections, or there is no such form of place.
        """
        reader = Reader(after)
        while True:
            try:
                with self._http.stream("GET", "/v1/stream", **reader.options(about)) as response:
                    if not response.is_success:
                        response.read()
                    refuse_unless_success(response)
                    for line in response.iter_lines():
                        yield from reader.read(line)
            except httpx.TransportError:
                pass
            time.sleep(reader.pause_seconds)

    def run(self, conversation: Conversation[T]) -> T:
        """Bring a conversation to its result."""
        conversation = patient(conversation, self._patience)
        try:
            step = next(conversation)
            while True:
                if isinstance(step, Rest):
                    time.sleep(step.seconds)
                    step = conversation.send(None)
                    continue
                try:
                    response = self._http.request(step.method, step.path, **step.options)
                except httpx.TransportError as error:
                    step = conversation.throw(unreachable(error))
                else:
                    step = conversation.send(response)
        except StopIteration as done:
            result: T = done.value
            return result


class AsyncClient:
    """One server, asked with asyncio: the same requests, to be awaited.

    Example:
        >>> async with AsyncClient("http://127.0.0.1:8080") as client:  # doctest: +SKIP
        ...     await client.get("/v1/datasets")
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        patience: float = 0.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        headers = _authorization(api_key)
        self._patience = patience
        self._http = httpx.AsyncClient(
            base_url=_base(base_url), headers=headers, timeout=TIMEOUT_SECONDS, verify=_tls(), transport=transport
        )
        self._domain: Domain | None = None

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def domain(self) -> Domain:
        """Where signatures count: the server's contract and chain."""
        if self._domain is None:
            self._domain = _domain_of(await self.get("/v1/chain"))
        return self._domain

    async def sign_in(self, private_key: str | bytes) -> dict[str, Any]:
        """Sign in with a key at the address this client talks to (EIP-4361); returns the session.

        Raises:
            ServerRefused: the server is not reached at that address by its own settings, or the clocks differ.
        """
        origin = origin_of(self._http.base_url)
        session = await self.run(sign_in(private_key, origin))
        # What acts by the cookie must say that no other site made it do so.
        self._http.headers["Origin"] = origin
        return session

    async def sign_out(self) -> None:
        """End the session."""
        await self.delete("/v1/sessions/current")
        self._http.cookies.clear()
        self._http.headers.pop("Origin", None)

    async def get(self, path: str, **params: Any) -> Any:
        """GET a path under /api and return the JSON."""
        return await self.run(ask_json("GET", path, params=params))

    async def post(self, path: str, body: Any) -> Any:
        """POST JSON to a path under /api and return the JSON."""
        return await self.run(ask_json("POST", path, json=body))

    async def delete(self, path: str) -> None:
        """DELETE a path under /api."""
        await self.run(ask("DELETE", path))

    async def image(self, sha256: str) -> bytes:
        """The bytes of an image."""
        return (await self.run(ask("GET", f"/v1/images/{sha256}"))).content

    async def send(self, files: Sequence[tuple[str, bytes]], dataset_id: str | None = None) -> list[dict[str, Any]]:
        """Send the images that the server lacks, go on where a connection broke; one result per file, in order.

        Raises:
            ServerUnreachable: no server answered after several tries.
        """
        return await self.run(send_files(files, dataset_id))

    async def follow(self, *, after: str | None = None, **about: str) -> AsyncIterator[Told]:
        """As `Client.follow`."""
        reader = Reader(after)
        while True:
            try:
                async with self._http.stream("GET", "/v1/stream", **reader.options(about)) as response:
                    if not response.is_success:
                        await response.aread()
                    refuse_unless_success(response)
                    async for line in response.aiter_lines():
                        for told in reader.read(line):
                            yield told
            except httpx.TransportError:
                pass
            await asyncio.sleep(reader.pause_seconds)

    async def run(self, conversation: Conversation[T]) -> T:
        """Bring a conversation to its result."""
        conversation = patient(conversation, self._patience)
        try:
            step: Ask | Rest = next(conversation)
            while True:
                if isinstance(step, Rest):
                    await asyncio.sleep(step.seconds)
                    step = conversation.send(None)
                    continue
                try:
                    response = await self._http.request(step.method, step.path, **step.options)
                except httpx.TransportError as error:
                    step = conversation.throw(unreachable(error))
                else:
                    step = conversation.send(response)
        except StopIteration as done:
            result: T = done.value
            return result
