"""Whoever follows the events hears each once and in order, after a broken connection too, and hears of rewinds."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from dataclasses import replace

import httpx
import pytest

from sebrus.api.app import create_app
from sebrus.api.serving import Server
from sebrus.client import AsyncClient, Client
from sebrus.platform.application import Application
from sebrus.store.projected import Event

pytestmark = pytest.mark.chain

PATIENCE = 60.0


def listen(url, lines, *, after=None, **params):
    """The messages of a stream up to the line that ends it, as dictionaries of their fields."""
    headers = {} if after is None else {"last-event-id": after}
    found, message = [], {}
    with httpx.stream("GET", f"{url}/api/v1/stream", params=params, headers=headers, timeout=PATIENCE) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        for line in answer.iter_lines():
            if line.startswith(lines):
                return found
            if not line:
                found += [message] if "data" in message else []
                message = {}
            else:
                name, _, value = line.partition(": ")
                message[name] = value
    raise AssertionError("the stream ended")


def until_quiet(url, **options):
    return listen(url, ": still here", **options)


def data(messages):
    return [json.loads(message["data"]) for message in messages]


def listed(stage, **params):
    found, after = [], None
    while True:
        page = stage.client.get("/v1/events", **params, **({} if after is None else {"after": after}))
        found, after = found + page["results"], page["next"]
        if after is None:
            return found


def test_it_tells_what_the_list_of_events_tells(stage, honest_contributor, digits):
    dataset = stage.open_dataset()
    batch_id = honest_contributor.submit(dataset.id, digits(3)).batch_id
    seats = stage.drawn(batch_id)
    stage.commit(seats, lambda seat: [True] * seat["positions"])
    everything = until_quiet(stage.url, after="0-0")
    assert data(everything) == listed(stage)
    assert data(until_quiet(stage.url, after="0-0", batch_id=batch_id)) == listed(stage, subject=batch_id) != []
    of_dataset = data(until_quiet(stage.url, after="0-0", dataset_id=dataset.id))
    assert {event["subject"] for event in of_dataset} == {dataset.id, batch_id}
    mine = data(until_quiet(stage.url, after="0-0", account=honest_contributor.address))
    assert {event["subject"] for event in mine} == {honest_contributor.address, batch_id}
    theirs = data(until_quiet(stage.url, after="0-0", account=seats[0]["panel"][0], batch_id=batch_id))
    assert theirs == listed(stage, subject=batch_id), "a reviewer follows the batches they sit on"
    assert until_quiet(stage.url) == [], "without a place it begins now"


def test_a_broken_connection_is_gone_on_from(stage, owner):
    before = until_quiet(stage.url, after="0-0")
    middle = before[len(before) // 2]["id"]
    assert until_quiet(stage.url, after=middle) == before[len(before) // 2 + 1 :]
    assert until_quiet(stage.url, after=before[-1]["id"]) == []


def test_events_come_while_it_is_open(stage, owner):
    heard = []

    def follow():
        with Client(stage.url) as client:
            for told in client.follow(account=owner.address):
                heard.append(told)
                if len(heard) == 3:
                    return

    listener = threading.Thread(target=follow)
    listener.start()
    end = time.monotonic() + PATIENCE
    while listener.is_alive() and time.monotonic() < end:
        stage.deposit(owner.address, 7)
    listener.join(PATIENCE)
    assert [told.data["name"] for told in heard] == ["Deposited"] * 3
    places = [(told.data["block_number"], told.data["log_index"]) for told in heard]
    assert places == sorted(set(places))


def test_with_asyncio_too(stage, owner):
    async def first():
        async with AsyncClient(stage.url) as client:
            async for told in client.follow(after="0-0"):
                return told

    told = asyncio.run(first())
    assert told.kind == "event" and told.data == listed(stage)[0]
    assert told.place.startswith(f"{told.data['block_number']}-{told.data['log_index']}-")


@pytest.mark.parametrize("place", ["1", "x-1", "1-2-3-4", "-1-2", "1" * 30 + "-0"])
def test_a_place_has_its_form(stage, place):
    for answer in (
        httpx.get(f"{stage.url}/api/v1/stream", params={"after": place}),
        httpx.get(f"{stage.url}/api/v1/stream", headers={"last-event-id": place}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_blocks_taken_back_are_told_while_listening_and_to_whoever_comes_back(own_stage, enrol):
    stage, heard = own_stage, []
    stage.deposit(stage.owner.address, 1)
    snapshot = stage.rpc("evm_snapshot")
    kept = int(stage.rpc("eth_blockNumber"), 16)
    stage.deposit(stage.owner.address, 2)
    away = until_quiet(stage.url, after="0-0")[-1]

    def follow():
        with Client(stage.url) as client:
            for told in client.follow(after=away["id"]):
                heard.append(told)
                if told.kind == "event":
                    return

    listener = threading.Thread(target=follow)
    listener.start()
    stage.rpc("evm_revert", snapshot)
    stage.deposit(stage.owner.address, 3)
    listener.join(PATIENCE)
    assert [told.kind for told in heard] == ["rewind", "event"]
    assert heard[0].data["block"] <= kept and heard[1].data["arguments"]["amount"] == 3
    back = until_quiet(stage.url, after=away["id"])
    assert [message.get("event") for message in back] == ["rewind", None]
    assert json.loads(back[0]["data"]) == heard[0].data and json.loads(back[1]["data"]) == heard[1].data
    assert until_quiet(stage.url, after=back[0]["id"]) == back[1:], "a rewind is told once"
    early = until_quiet(stage.url, after="0-0-0")
    assert [m.get("event") for m in early] == [None] * len(early), "who has heard nothing yet has nothing to forget"


def started(application: Application):
    """A server of our own, and the thread it runs in."""
    listener = socket.create_server(("127.0.0.1", 0))
    app = create_app(application)
    server = Server(app, log_level="critical", ws="none", lifespan="off")
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    return server, thread, app, f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_too_many_connections_are_refused_and_those_that_end_make_room(stage):
    settings = stage.application.settings.model_copy(update={"max_streams": 3, "max_streams_per_address": 2})
    server, thread, app, url = started(replace(stage.application, settings=settings))
    try:
        with httpx.Client(timeout=PATIENCE) as http:
            open_ones = [http.stream("GET", f"{url}/api/v1/stream") for _ in range(2)]
            reading = [one.__enter__().iter_lines() for one in open_ones]
            for lines in reading:
                next(lines)
            refused = http.get(f"{url}/api/v1/stream")
            assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
            assert refused.headers["retry-after"].isdecimal()
            assert http.get(f"{url}/api/v1/chain").status_code == 200
            for one in open_ones:
                one.__exit__(None, None, None)
        end = time.monotonic() + PATIENCE
        while app.state.streams.open and time.monotonic() < end:
            time.sleep(0.05)
        assert app.state.streams.open == 0
        assert until_quiet(url) == []
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


def test_a_server_that_stops_ends_its_streams(stage):
    server, thread, _, url = started(stage.application)
    ended = []

    def follow():
        with httpx.stream("GET", f"{url}/api/v1/stream", timeout=PATIENCE) as answer:
            for line in answer.iter_lines():
                ended.append(line)
        ended.append("ended")

    listener = threading.Thread(target=follow)
    listener.start()
    end = time.monotonic() + PATIENCE
    while not ended and time.monotonic() < end:
        time.sleep(0.01)
    server.should_exit = True
    thread.join(PATIENCE)
    listener.join(PATIENCE)
    assert not thread.is_alive() and ended[-1] == "ended"


def test_two_servers_tell_the_same(stage, serving):
    with serving(stage.application) as other:
        assert until_quiet(other, after="0-0") == until_quiet(stage.url, after="0-0") != []
    assert len(until_quiet(stage.url, after="0-0")) == len(stage.rows(Event.__table__.select()))
