"""A batch's whole life on PostgreSQL and a bucket, with two servers and three workers that share nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from sebrus.client import Client, Contributor, Reviewer
from sebrus.store.models import BegunJob, SecretScreening, SetAside
from sebrus.store.projected import Event

from ..actors.ports import ports_in_a_row
from ..actors.processes import Command, Process, machine, processes, wait_until
from ..actors.raising import raised
from ..actors.stage import FINAL

pytestmark = [pytest.mark.chain, pytest.mark.slow]

ITEMS = 6
WINDOW = 600
"""Seconds, real ones: processes read the real clock. Nobody waits for their end, for everybody votes."""


@pytest.fixture
def stage(postgresql, s3_gateway, tmp_path, anvil):
    with raised(tmp_path, postgresql.make(), s3_gateway.make("sebrus")) as found:
        yield found


@contextmanager
def installation(stage, folder: Path) -> Iterator[tuple[list[str], list[Process]]]:
    """Two servers, three workers and an indexer, each from a home of its own with the same key and deployment."""
    first = ports_in_a_row(2)
    ports = [first, first + 1]
    wanted = [("index", 0), *(("serve", port) for port in ports), ("work", 0), ("work", 0), ("work", 0)]
    commands = [
        Command(name, machine(stage.application, folder / str(number)) | ({"SEBRUS_PORT": str(port)} if port else {}))
        for number, (name, port) in enumerate(wanted)
    ]
    with processes(stage.application, *commands) as (_, one, two, *workers):
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        for url in urls:
            wait_until(lambda url=url: answers(url), 180, lambda: one.log.read_text() + two.log.read_text())
        yield urls, workers


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/health").json()["status"] == "ok"
    except httpx.TransportError:
        return False


def test_a_batch_lives_on_many_machines(stage, digits, tmp_path):
    dataset = stage.open_dataset(screening_window=600, commit_window=WINDOW, reveal_window=WINDOW, hold_window=2)
    key = secrets.token_bytes(32)
    stage.deposit(Contributor(stage.client, key).address)
    stage.rpc("evm_setIntervalMining", 1)
    with installation(stage, tmp_path / "machines") as (urls, workers), Client(urls[0]) as one, Client(urls[1]) as two:
        batch_id = Contributor(one, key).submit(dataset.id, digits(ITEMS, 100)).batch_id
        keys = [reviewer.account.key for reviewer in stage.reviewers.values()]
        reviewers = [Reviewer(client, own) for client, own in zip(cycle([one, two]), keys, strict=False)]
        acted: set[tuple[object, ...]] = set()

        def settled() -> bool:
            vote(reviewers, batch_id, acted)
            return two.get(f"/v1/batches/{batch_id}")["phase"] in FINAL

        def told() -> object:
            return stage.batch(batch_id), [worker.log.read_text()[-2000:] for worker in workers]

        wait_until(settled, 300, told)
        assert one.get(f"/v1/batches/{batch_id}")["phase"] == "Settled"
        for url in urls:
            check_images(url, batch_id)
    check_done_once(stage, batch_id, workers)
    stage.check_money()
    assert len(list(stage.application.blobs)) > ITEMS, "the images are in the bucket"
    assert list(tmp_path.rglob("images")) == [], "and nowhere else"


def vote(reviewers: list[Reviewer], batch_id: str, acted: set[tuple[object, ...]]) -> None:
    """Everybody accepts everything, by turns through either server; of a draw that was made anew the new panel."""
    for reviewer in reviewers:
        for seat in reviewer.seats():
            act = (seat["round"], *seat["panel"], seat["seat"], seat["state"])
            if seat["batch_id"] == batch_id and seat["state"] in ("commit", "reveal") and act not in acted:
                getattr(reviewer, seat["state"])(seat, [True] * seat["positions"])
                acted.add(act)


def check_images(url: str, batch_id: str) -> None:
    items = httpx.get(f"{url}/api/v1/batches/{batch_id}/items").json()
    assert len(items) == ITEMS
    for item in items:
        assert httpx.get(f"{url}/api/v1/images/{item['sha256']}").content[:4] == b"\x89PNG"


def check_done_once(stage, batch_id: str, workers: list[Process]) -> None:
    assert [row.batch_id for row in stage.rows(select(SecretScreening))] == [batch_id]
    assert sum(len(worker.logged("screened batch")) for worker in workers) == 1
    assert stage.rows(select(SetAside)) == stage.rows(select(BegunJob)) == []
    names = stage.rows(select(Event.name).where(Event.subject == batch_id))
    for name in ("Submitted", "Screened", "Settled"):
        assert names.count(name) == 1, names
