"""What a panel is shown goes to its reviewers, and to everybody once there is a decision to appeal."""

from __future__ import annotations

import httpx
import pytest

from sebrus.protocol.digest import screening_word
from sebrus.protocol.identity import panel_hash
from sebrus.protocol.leaf import task_tree
from sebrus.protocol.signature import sign
from sebrus.protocol.statement import Look

pytestmark = pytest.mark.chain


@pytest.fixture
def voting(stage, honest_contributor, digits):
    """The seats of a batch of five items with gold among them."""
    dataset = stage.open_dataset(seed=[(data, label) for _, data, label in digits(20, 100)])
    return stage.drawn(honest_contributor.submit(dataset.id, digits(5)).batch_id)


def ask(stage, seat, reviewer, *, key=None, **changes):
    values = {"round": seat["round"], "panel": seat["panel"]} | changes
    batch_id = bytes.fromhex(seat["batch_id"][2:])
    message = Look(batch_id, values["round"], panel_hash(values["panel"]), reviewer.address)
    signature = sign(stage.client.domain, message, key or reviewer.account.key)
    params = {"reviewer": reviewer.address, "signature": "0x" + signature.hex()}
    path = f"{stage.url}/api/v1/batches/{seat['batch_id']}/rounds/{seat['round']}/task"
    return httpx.get(path, params=params)


def refusal(answer):
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def test_the_task_is_what_the_screening_word_binds(stage, voting):
    for seat in voting:
        task = ask(stage, seat, stage.reviewer_of(seat)).json()
        assert len(task["pictures"]) == task["positions"] == seat["positions"] == 5 + 6
        root = task_tree((bytes.fromhex(one["sha256"]), one["label"]) for one in task["pictures"]).root
        assert task["task_root"] == "0x" + root.hex()
        word = screening_word(bytes.fromhex(task["commitment"][2:]), root)
        assert task["screening"] == seat["screening"] == "0x" + word.hex()


def test_who_does_not_sit_is_not_shown_it(stage, voting, stranger, honest_contributor):
    seat = voting[0]
    outsider = next(r for r in stage.reviewers.values() if r.address not in seat["panel"])
    for somebody in (stranger, honest_contributor, outsider):
        assert refusal(ask(stage, seat, somebody)) == (403, "not_your_seat")
    path = f"{stage.url}/api/v1/batches/{seat['batch_id']}/rounds/0/task"
    assert refusal(httpx.get(path)) == (403, "not_your_seat")
    assert refusal(httpx.get(path, params={"reviewer": seat["panel"][0]})) == (403, "not_your_seat")


def test_a_reviewers_name_without_its_signature_is_refused(stage, voting, stranger):
    seat = voting[0]
    reviewer = stage.reviewer_of(seat)
    assert refusal(ask(stage, seat, reviewer, key=stranger.account.key)) == (422, "signature_invalid")
    assert refusal(ask(stage, seat, reviewer, round=1)) == (422, "signature_invalid")
    assert refusal(ask(stage, seat, reviewer, panel=seat["panel"][::-1])) == (422, "signature_invalid")


def test_what_is_not_there(stage, voting):
    seat = voting[0]
    assert refusal(httpx.get(f"{stage.url}/api/v1/batches/{seat['batch_id']}/rounds/1/task")) == (404, "not_found")
    assert refusal(httpx.get(f"{stage.url}/api/v1/batches/0x{'ab' * 32}/rounds/0/task")) == (404, "not_found")


def test_everybody_sees_it_once_the_batch_is_decided(stage, voting, honest_reviewer):
    batch_id = voting[0]["batch_id"]
    before = ask(stage, voting[0], stage.reviewer_of(voting[0])).json()
    stage.held(batch_id, honest_reviewer)
    assert stage.client.get(f"/v1/batches/{batch_id}/rounds/0/task") == before
    rounds = stage.client.get(f"/v1/batches/{batch_id}/rounds")
    assert rounds[0]["opened"] and bin(int(rounds[0]["gold"][0], 16)).count("1") == 6
    assert len(stage.client.get(f"/v1/batches/{batch_id}/items")) == 5
