"""The client says what the server refused, and tells an unreachable server from a refusal."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import select

from sebrus.client import Client, Contributor, ServerRefused, ServerUnreachable
from sebrus.store.projected import Item

from ..actors.ports import closed_port


def answering(status, **options):
    return Client("http://server.example/", transport=httpx.MockTransport(lambda _: httpx.Response(status, **options)))


def test_a_problem_becomes_a_refusal():
    body = {"code": "too_late", "detail": "The commit window of this round has closed."}
    with answering(409, json=body) as client, pytest.raises(ServerRefused) as caught:
        client.get("/v1/chain")
    assert (caught.value.status, caught.value.code, str(caught.value)) == (409, "too_late", body["detail"])


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'"text"', b"{}", b"null", b"\xff"])
def test_an_error_of_something_else_is_a_refusal_too(body):
    with answering(502, content=body) as client, pytest.raises(ServerRefused) as caught:
        client.get("/v1/chain")
    assert (caught.value.status, caught.value.code) == (502, "http_error")


def test_a_page_instead_of_an_answer_is_named():
    with answering(200, content=b"<html>") as client, pytest.raises(ServerRefused, match="no SeBRUS server"):
        client.get("/v1/chain")


def test_no_server_is_told_apart():
    with closed_port() as port, Client(f"http://127.0.0.1:{port}") as client, pytest.raises(ServerUnreachable):
        client.get("/v1/chain")


@pytest.mark.chain
def test_what_is_signed_is_what_was_sent_not_what_the_server_says(stage, honest_contributor, digits):
    """A server that swaps digests cannot make a contributor sign for other images."""
    dataset = stage.open_dataset()
    lying = Client(stage.url)
    honest_send = lying.send
    lying.send = lambda *a: [r | {"sha256": "0" * 64} for r in honest_send(*a)]
    contributor = Contributor(lying, honest_contributor.account.key)
    handed = contributor.submit(dataset.id, digits(3))
    stage.step()
    shown = stage.rows(select(Item).where(Item.batch_id == handed.batch_id))
    assert len(shown) == 3 and "0" * 64 not in {item.sha256 for item in shown}
    lying.close()


@pytest.mark.chain
def test_refused_files_are_told_and_the_rest_go_on(stage, honest_contributor, digits):
    dataset = stage.open_dataset()
    handed = honest_contributor.submit(dataset.id, [*digits(2), ("x.png", b"", 0)])
    assert handed.taken == 2
    assert handed.refused == {"x.png": "The file is empty; send the image itself."}
