"""Pages laid end to end are the whole, in one stable order, however many fit on a page."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.chain


def walk(client: Any, path: str, limit: int, **filters: Any) -> list[Any]:
    found: list[Any] = []
    after = None
    while True:
        extra = {} if after is None else {"after": after}
        page = client.get(path, limit=limit, **filters, **extra)
        assert len(page["results"]) <= limit
        assert page["next"] is None or len(page["results"]) == limit
        found += page["results"]
        after = page["next"]
        if after is None:
            return found


@pytest.fixture(scope="module")
def crowded(shared_stage, digits):
    """A dataset with three batches and some others beside it."""
    import secrets

    from sebrus.client import Contributor

    stage = shared_stage
    stage.begin_anew()
    dataset, other = stage.open_dataset(), stage.open_dataset()
    batches = []
    for number, home in enumerate([dataset, dataset, dataset, other]):
        contributor = Contributor(stage.client, secrets.token_bytes(32))
        stage.deposit(contributor.address)
        batches.append(contributor.submit(home.id, digits(5, 10 * number)).batch_id)
    for batch_id in batches[:3]:
        stage.held(batch_id, lambda seat: [True] * seat["positions"])
    return dataset.id


@given(limit=st.integers(1, 17))
@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_pages_make_the_whole(shared_stage, crowded, limit):
    client = shared_stage.client
    for path, filters in (
        ("/v1/datasets", {}),
        ("/v1/batches", {"dataset_id": crowded}),
        ("/v1/batches", {"newest_first": True}),
        (f"/v1/datasets/{crowded}/items", {}),
        (f"/v1/datasets/{crowded}/items", {"label": 3}),
        ("/v1/events", {"name": "DatasetCreated"}),
    ):
        whole = walk(client, path, 500, **filters)  # one page, unless the other tests left more than that
        assert walk(client, path, limit, **filters) == whole != []


def test_filters_keep_what_they_name(shared_stage, crowded):
    client = shared_stage.client
    batches = client.get("/v1/batches", dataset_id=crowded)["results"]
    assert len(batches) == 3
    one = batches[0]["contributor"]
    for written in (one, one.lower()):
        found = client.get("/v1/batches", contributor=written)["results"]
        assert [batch["contributor"] for batch in found] == [one]
    items = client.get(f"/v1/datasets/{crowded}/items", label=3, limit=500)["results"]
    assert {item["label"] for item in items} == {3}
    assert len(client.get(f"/v1/datasets/{crowded}/items", accepted=True)["results"]) == 15
    assert client.get(f"/v1/datasets/{crowded}/items", accepted=False)["results"] == []
    assert client.get("/v1/batches", dataset_id=crowded, phase="Settled")["results"] == []
    events = client.get("/v1/events", subject=crowded)["results"]
    assert {event["subject"] for event in events} == {crowded}


def test_the_newest_batches_come_first_where_that_is_asked_for(shared_stage, crowded):
    client = shared_stage.client
    events = client.get("/v1/events", name="Submitted", limit=500)["results"]
    submitted = {event["subject"]: event["block_number"] for event in events}
    newest = walk(client, "/v1/batches", 1, dataset_id=crowded, newest_first=True)
    blocks = [submitted[batch["id"]] for batch in newest]
    assert blocks == sorted(blocks, reverse=True) and len(blocks) == 3
    plain = walk(client, "/v1/batches", 2, dataset_id=crowded)
    assert [batch["id"] for batch in plain] == sorted(batch["id"] for batch in newest), "by ids, as before"


def test_what_comes_later_does_not_move_what_was_read(shared_stage, crowded):
    client = shared_stage.client
    first = client.get("/v1/events", limit=3)
    shared_stage.deposit(shared_stage.owner.address, 1)
    again = client.get("/v1/events", limit=3)
    assert again == first
