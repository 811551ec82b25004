"""A reviewer votes on what the ballot binds, whatever the server shows."""

from __future__ import annotations

import hashlib

import pytest

from sebrus.client import Client, Picture, Reviewer, TaskAltered
from sebrus.client._task import Task, checked_task
from sebrus.protocol.digest import screening_word
from sebrus.protocol.leaf import task_tree

PICTURES = [{"sha256": hashlib.sha256(bytes([i])).hexdigest(), "label": i % 3} for i in range(6)]
COMMITMENT = b"\3" * 32


def root(pictures):
    return task_tree((bytes.fromhex(one["sha256"]), one["label"]) for one in pictures).root


def seat(screening=None):
    word = screening_word(COMMITMENT, root(PICTURES)) if screening is None else screening
    return {"positions": 6, "screening": "0x" + word.hex()}


def answer(pictures=PICTURES, task_root=None):
    return {
        "commitment": "0x" + COMMITMENT.hex(),
        "task_root": "0x" + (task_root or root(PICTURES)).hex(),
        "pictures": pictures,
        "evidence": None,
    }


def test_what_was_committed_to_is_taken():
    task = checked_task(seat(), answer())
    assert task.pictures == [Picture(one["sha256"], one["label"]) for one in PICTURES]


@pytest.mark.parametrize(
    "pictures",
    [
        PICTURES[::-1],
        PICTURES[:5],
        [*PICTURES, PICTURES[0]],
        [PICTURES[0] | {"label": 2}, *PICTURES[1:]],
        [PICTURES[0] | {"sha256": "ab" * 32}, *PICTURES[1:]],
    ],
)
def test_other_pictures_labels_or_order_are_noticed(pictures):
    with pytest.raises(TaskAltered):
        checked_task(seat(), answer(pictures))
    if len(pictures) == 6:
        with pytest.raises(TaskAltered):
            checked_task(seat(), answer(pictures, root(pictures)))


def test_a_task_without_its_screening_is_noticed():
    with pytest.raises(TaskAltered):
        checked_task(seat(), answer() | {"commitment": None, "task_root": None})
    assert checked_task(seat(bytes(32)), answer() | {"commitment": None, "task_root": None}).positions == 6


def test_bytes_of_another_image_are_noticed():
    class Lying:
        def image(self, _sha256):
            return b"\7"

    task = Task(6, [Picture(one["sha256"], one["label"]) for one in PICTURES], None)
    with pytest.raises(TaskAltered, match="position 0"):
        list(task.images(Lying()))


@pytest.mark.chain
def test_a_review_looks_at_every_picture(stage, honest_contributor, digits):
    dataset = stage.open_dataset(seed=[(data, label) for _, data, label in digits(20, 100)])
    truth = {data: label for _, data, label in digits(120)}
    batch_id = honest_contributor.submit(dataset.id, digits(5)).batch_id
    seats, kept = stage.drawn(batch_id), {}
    for held in seats:
        reviewer = stage.reviewer_of(held)
        kept[held["seat"]] = reviewer.review(held, lambda data, label: truth[data] == label, rpc_url=stage.chain.url)
    stage.step()
    for held in seats:
        stage.reviewer_of(held).reveal(held, kept[held["seat"]])
    stage.step()
    assert stage.end_hold(batch_id)["accepted_count"] == 5
    assert all(row["counted"] for row in stage.client.get(f"/v1/batches/{batch_id}/seats"))


@pytest.mark.chain
@pytest.mark.parametrize("lie", [{"round": 1}, {"positions": 3}, {"screening": "0x" + "11" * 32}, {"panel": None}])
def test_a_seat_that_is_not_on_chain_is_noticed_through_a_node(stage, honest_contributor, digits, lie):
    """A commitment to it could not be opened, and its reviewer would be slashed."""
    batch_id = honest_contributor.submit(stage.open_dataset().id, digits(4)).batch_id
    told = stage.drawn(batch_id)[0]
    reviewer = stage.reviewer_of(told)
    lie = {"panel": told["panel"][::-1]} if "panel" in lie else lie
    with pytest.raises(TaskAltered, match="not the one the contract keeps"):
        reviewer.review(told | lie, lambda _data, _label: True, rpc_url=stage.chain.url)
    assert stage.seats(batch_id)[0]["state"] == "commit"


@pytest.mark.chain
def test_what_the_server_does_not_have_is_rejected(stage, honest_contributor, digits):
    """Another detector committed to what only it knows."""
    dataset = stage.open_dataset(detector=stage.owner.address)
    batch_id = honest_contributor.submit(dataset.id, digits(4)).batch_id
    stage.step()
    direct = stage.client.get(f"/v1/batches/{batch_id}/call")
    from sebrus.client._direct import _values

    key, record = _values(direct["key"]), _values(direct["record"])
    stage.send(stage.owner, "commitScreening", key, record, (b"\1" * 32, b"\2" * 32, 6, []))
    held = stage.drawn(batch_id)[0]
    assert stage.reviewer_of(held).review(held, lambda _data, _label: True) == [False] * 6


def test_the_salt_is_of_one_contract_batch_and_round():
    from sebrus.protocol.signature import Domain

    with Client("http://server.example") as client, Client("http://other.example") as elsewhere:
        client._domain, elsewhere._domain = Domain(1, "0x" + "11" * 20), Domain(2, "0x" + "11" * 20)
        one, other = Reviewer(client, b"\x11" * 32), Reviewer(client, b"\x12" * 32)
        held = {"batch_id": "0x" + "ab" * 32, "round": 0}
        assert one.salt(held) == Reviewer(client, b"\x11" * 32).salt(held)
        salts = {one.salt(held), other.salt(held), one.salt(held | {"round": 1})}
        salts |= {one.salt(held | {"batch_id": "0x" + "ac" * 32}), Reviewer(elsewhere, b"\x11" * 32).salt(held)}
        assert len(salts) == 5
