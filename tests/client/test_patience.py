"""A client repeats the same request while the server is away; only what is signed anew is done twice."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from eth_account import Account

from sebrus.client import AsyncClient, Client, Contributor, ServerRefused, ServerUnreachable

CHAIN = {"chain_id": 31337, "contract": "0x" + "11" * 20}
PATIENT = 600.0  # seconds: more than any of these tests waits, however slow the machine is
SOMEONE = Account.from_key("0x" + "22" * 32)


class Flaky(httpx.BaseTransport):
    """A server whose first answers are lost on the way, or passing refusals."""

    def __init__(self, *failures: int | None) -> None:
        self.failures = list(failures)
        self.taken: list[dict[str, object]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/chain"):
            return httpx.Response(200, json=CHAIN)
        if request.method == "GET":
            return httpx.Response(200, json={"nonce": 7})
        self.taken.append(json.loads(request.content))
        if self.failures:
            status = self.failures.pop(0)
            if status is None:
                raise httpx.ReadError("The connection was lost.")
            return httpx.Response(status, json={"code": "away", "detail": "Try again."})
        return httpx.Response(202, json={})


def withdraw(transport, patience, **options):
    with Client("http://server", patience=patience, transport=transport) as client:
        Contributor(client, SOMEONE.key).move("withdraw", 5, **options)


def test_a_lost_answer_is_asked_for_with_the_same_signature():
    server = Flaky(None, 503, 507)
    withdraw(server, PATIENT)
    assert len(server.taken) == 4
    assert all(body == server.taken[0] for body in server.taken)


def test_without_patience_the_first_failure_is_told():
    with pytest.raises(ServerUnreachable):
        withdraw(Flaky(None), 0)


def test_a_refusal_that_does_not_pass_is_not_repeated():
    server = Flaky(409)
    with pytest.raises(ServerRefused):
        withdraw(server, PATIENT)
    assert len(server.taken) == 1


def test_who_repeats_a_movement_by_hand_names_its_nonce():
    server = Flaky()
    withdraw(server, 0, nonce=3)
    assert [body["nonce"] for body in server.taken] == [3]


class AsyncFlaky(httpx.AsyncBaseTransport):
    """The same for asyncio."""

    def __init__(self, *failures: int | None) -> None:
        self.flaky = Flaky(*failures)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.flaky.handle_request(request)


def post(server, patience):
    async def ask():
        async with AsyncClient("http://server", patience=patience, transport=server) as client:
            return await client.post("/v1/movements", {"nonce": 7})

    return asyncio.run(ask())


def test_with_asyncio_a_lost_answer_is_asked_for_again():
    server = AsyncFlaky(None, 503, 507)
    assert post(server, PATIENT) == {}
    assert server.flaky.taken == [{"nonce": 7}] * 4


def test_with_asyncio_and_no_patience_the_first_failure_is_told():
    with pytest.raises(ServerUnreachable):
        post(AsyncFlaky(None), 0)
