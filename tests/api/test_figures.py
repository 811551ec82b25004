"""What a dataset comes to is what its items and batches say, counted by hand."""

from __future__ import annotations

import secrets
from collections import Counter

import httpx
import pytest

from sebrus.client import Contributor

pytestmark = pytest.mark.chain


def everything(client, path, **filters):
    found, after = [], {}
    while True:
        page = client.get(path, limit=2, **filters, **after)
        found += page["results"]
        if page["next"] is None:
            return found
        after = {"after": page["next"]}


@pytest.fixture(scope="module")
def lived(shared_stage, digits):
    """A dataset with a settled batch of two labels wrong, a held one, a voided one, and one that votes."""
    stage = shared_stage
    stage.begin_anew()
    dataset = stage.open_dataset()
    people = [Contributor(stage.client, secrets.token_bytes(32)) for _ in range(3)]
    for one in people:
        stage.deposit(one.address)
    settled = people[0].submit(dataset.id, digits(5, 210)).batch_id
    stage.decide(settled, stage.by_item(settled, [True, True, True, False, False]))
    voided = people[1].submit(dataset.id, digits(2, 220)).batch_id
    stage.rest()
    stage.end_open_batches()
    held = people[0].submit(dataset.id, digits(3, 230)).batch_id
    stage.held(held, stage.by_item(held, [True, False, True]))
    voting = people[2].submit(dataset.id, digits(4, 240)).batch_id
    stage.commit(stage.drawn(voting), lambda seat: [True] * seat["positions"])
    assert [stage.batch(one)["phase"] for one in (settled, voided, held)] == ["Settled", "Voided", "Decided"]
    return {"id": dataset.id, "people": people, "settled": settled, "voided": voided, "held": held, "voting": voting}


def test_items_by_status_contributor_and_batch(shared_stage, lived):
    client, path = shared_stage.client, f"/v1/datasets/{lived['id']}/items"
    by_status = {
        status: everything(client, path, status=status) for status in ("accepted", "rejected", "held", "voided")
    }
    counts = {status: len(items) for status, items in by_status.items()}
    assert counts == {"accepted": 3, "rejected": 2, "held": 3, "voided": 2}
    assert len(everything(client, path)) == 10
    assert {item["batch_id"] for item in by_status["held"]} == {lived["held"]}
    mine = everything(client, path, contributor=lived["people"][0].address)
    assert {item["batch_id"] for item in mine} == {lived["settled"], lived["held"]}
    assert everything(client, path, batch_id=lived["settled"], status="accepted") == by_status["accepted"]
    assert everything(client, path, contributor=lived["people"][2].address) == [], "a panel is at work on these"
    assert httpx.get(shared_stage.url + "/api" + path, params={"status": "good"}).status_code == 422


def test_items_by_the_blocks_they_were_settled_in(shared_stage, lived):
    client, path = shared_stage.client, f"/v1/datasets/{lived['id']}"
    (span,) = client.get(f"{path}/history")
    inside = {"first_block": span["first_block"], "last_block": span["last_block"]}
    found = everything(client, f"{path}/items", **inside)
    assert {item["batch_id"] for item in found} == {lived["settled"]}
    assert len(everything(client, f"{path}/items", **inside, status="accepted")) == span["accepted"]
    assert everything(client, f"{path}/items", first_block=span["last_block"] + 1, status="held") == []
    assert everything(client, f"{path}/items", last_block=span["first_block"] - 1) == []


def test_statistics_are_what_the_items_say(shared_stage, lived):
    client, path = shared_stage.client, f"/v1/datasets/{lived['id']}"
    found = client.get(f"{path}/statistics")
    assert found["batches"] == {"Settled": 1, "Voided": 1, "Decided": 1, "Voting": 1}
    names = ("items", "undecided", "accepted", "rejected", "held", "voided", "contributors")
    assert [found[name] for name in names] == [14, 4, 3, 2, 3, 2, 3]
    settled = shared_stage.batch(lived["settled"])
    assert (found["rewards"], found["stakes_kept"]) == (settled["reward"], settled["stake"] - settled["stake_returned"])
    items = everything(client, f"{path}/items")
    classes = everything(client, f"{path}/classes")
    assert [one["label"] for one in classes] == sorted({item["label"] for item in items})
    for one in classes:
        assert (
            sum(value for name, value in one.items() if name != "label")
            == Counter(item["label"] for item in items)[one["label"]]
        )
    for status in ("accepted", "rejected", "held", "voided"):
        assert sum(one[status] for one in classes) == found[status]


def test_history_and_the_board(shared_stage, lived):
    client, path = shared_stage.client, f"/v1/datasets/{lived['id']}"
    for spans in (1, 50):
        history = client.get(f"{path}/history", spans=spans)
        assert [(one["batches"], one["items"], one["accepted"]) for one in history] == [(1, 5, 3)]
        assert history[0]["first_block"] <= history[0]["last_block"]
        block = shared_stage.rpc("eth_getBlockByNumber", hex(history[0]["last_block"]), False)
        assert history[0]["time"] == int(block["timestamp"], 16)
    board = everything(client, f"{path}/contributors")
    assert next(one["contributor"] for one in board) == lived["people"][0].address
    assert next((one["batches"], one["running"], one["items"], one["accepted"]) for one in board) == (1, 1, 5, 3)
    rest = {one["contributor"]: (one["batches"], one["running"], one["accepted"]) for one in board[1:]}
    assert rest == {lived["people"][1].address: (1, 0, 0), lived["people"][2].address: (0, 1, 0)}
    assert len({one["contributor"] for one in board}) == len(board) == 3


def test_steps_have_their_transaction_gas_and_time(shared_stage, lived):
    stage, batch_id = shared_stage, lived["settled"]
    steps = everything(stage.client, f"/v1/batches/{batch_id}/timeline")
    events = everything(stage.client, "/v1/events", subject=batch_id)
    assert [{k: v for k, v in step.items() if k not in ("time", "gas_used")} for step in steps] == [
        {k: v for k, v in event.items() if k != "subject"} for event in events
    ]
    assert next(step["name"] for step in steps) == "Submitted" and steps[-1]["name"] == "Settled"
    for step in steps:
        receipt = stage.rpc("eth_getTransactionReceipt", step["transaction_hash"])
        assert step["gas_used"] == int(receipt["gasUsed"], 16)
    times = [step["time"] for step in steps]
    assert times == sorted(times)


def test_an_empty_dataset_comes_to_nothing(stage):
    dataset = stage.open_dataset()
    found = stage.client.get(f"/v1/datasets/{dataset.id}/statistics")
    assert found.pop("batches") == {} and set(found.values()) == {0}
    assert stage.client.get(f"/v1/datasets/{dataset.id}/history") == []
    for name in ("classes", "contributors", "releases"):
        assert stage.client.get(f"/v1/datasets/{dataset.id}/{name}") == {"results": [], "next": None}


def test_datasets_are_found_by_their_words(stage):
    dataset = stage.open_dataset()
    ids = {row["id"] for row in everything(stage.client, "/v1/datasets", text="dIgIt")}
    assert dataset.id in ids
    assert everything(stage.client, "/v1/datasets", text="100%_\\") == []
    owner = stage.owner.address
    assert dataset.id in {row["id"] for row in everything(stage.client, "/v1/datasets", owner=owner.lower())}
    assert everything(stage.client, "/v1/datasets", owner="0x" + "11" * 20) == []
    stage.send(stage.owner, "closeDataset", bytes.fromhex(dataset.id[2:]))
    assert dataset.id in {row["id"] for row in everything(stage.client, "/v1/datasets", closed=True)}
    assert dataset.id not in {row["id"] for row in everything(stage.client, "/v1/datasets", closed=False)}


def test_the_trusted_seed_cannot_be_searched_for(stage, digits):
    """Whoever could ask whether a digest is among the seed could tell gold from items."""
    import hashlib

    _, data, label = digits(1, 250)[0]
    dataset = stage.open_dataset(seed=[(data, label)])
    sha256 = hashlib.sha256(data).hexdigest()
    for text in (sha256, sha256[:8], "sha256", "seed"):
        assert dataset.id not in {row["id"] for row in everything(stage.client, "/v1/datasets", text=text)}


def test_lists_are_sent_again_only_when_something_came(stage, owner):
    for path in ("/v1/datasets", "/v1/events", "/v1/batches"):
        url = f"{stage.url}/api{path}?limit=1"
        first = httpx.get(url)
        tag = first.headers["etag"]
        assert tag.startswith('W/"') and first.headers["cache-control"] == "no-cache"
        same = httpx.get(url, headers={"if-none-match": tag})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
        stage.deposit(owner.address, 1)
        other = httpx.get(url, headers={"if-none-match": tag})
        assert other.status_code == 200 and other.headers["etag"] != tag


def test_what_blocks_taken_back_and_reindexing_change_is_sent_again(own_stage):
    from sebrus.platform.indexer import Indexer

    stage, tags = own_stage, set()
    snapshot = stage.rpc("evm_snapshot")

    def look():
        tags.add(httpx.get(f"{stage.url}/api/v1/events").headers["etag"])

    stage.deposit(stage.owner.address, 1)
    look()
    stage.rpc("evm_revert", snapshot)
    stage.deposit(stage.owner.address, 2)
    look()
    Indexer(stage.application).reindex()
    look()
    assert len(tags) == 3
