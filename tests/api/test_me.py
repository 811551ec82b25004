"""Who asks is told what it is and what waits for it; a signed-in reviewer sees its own task, and nobody else does."""

from __future__ import annotations

import httpx
import pytest

pytestmark = pytest.mark.chain


def refusal(answer):
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def voting(stage, honest_contributor, digits):
    """The seats of a batch of five items."""
    dataset = stage.open_dataset(seed=[(data, label) for _, data, label in digits(20, 100)])
    return stage.drawn(honest_contributor.submit(dataset.id, digits(5)).batch_id)


def key_of(role):
    return bytes(role.account.key)


def datasets(browser, limit):
    """The rows of all pages; with the other tests' datasets the owner's may be more than one page holds."""
    found, params = [], {"limit": limit}
    while True:
        page = browser.http.get("/me/datasets", params=params).json()
        found += page["results"]
        if page["next"] is None:
            return found
        params = {"limit": limit, "after": page["next"]}


def roles(browser):
    return {row["dataset_id"]: row["roles"] for row in datasets(browser, 500)}


def test_an_account_is_told_its_roles(stage, browse, voting, honest_contributor, honest_reviewer, wallet_key):
    dataset_id = voting[0]["dataset_id"]
    assert roles(browse(bytes(stage.owner.key)))[dataset_id] == ["owner"]
    assert roles(browse(bytes(stage.application.operator.key)))[dataset_id] == ["detector"]
    assert roles(browse(key_of(honest_contributor))) == {dataset_id: ["contributor"]}
    reviewer = browse(key_of(stage.reviewer_of(voting[0])))
    assert dataset_id not in roles(reviewer), "the panel is foreseen, and not drawn on chain"
    stage.commit(voting, honest_reviewer)
    assert roles(reviewer)[dataset_id] == ["reviewer"]
    assert roles(browse(wallet_key)) == {}


def test_roles_come_in_pages(stage, browse):
    browser = browse(bytes(stage.owner.key))
    for _ in range(3):
        stage.open_dataset()
    found = [row["dataset_id"] for row in datasets(browser, 2)]
    assert found == sorted(roles(browser)) and len(found) >= 3


def test_an_account_is_told_what_waits_for_it(stage, browse, voting, honest_contributor, honest_reviewer, stranger):
    seat = voting[0]
    reviewer = browse(key_of(stage.reviewer_of(seat)))
    waiting = reviewer.http.get("/me").json()
    assert [(row["batch_id"], row["seat"]) for row in waiting["votes"]] == [(seat["batch_id"], seat["seat"])]
    assert (waiting["reveals"], waiting["batches"]) == ([], [])
    me = browse(key_of(honest_contributor)).http.get("/me").json()
    assert [(row["batch_id"], row["phase"]) for row in me["batches"]] == [(seat["batch_id"], "Drawing")]
    nobody = browse(key_of(stranger)).http.get("/me").json()
    assert (nobody["votes"], nobody["reveals"], nobody["batches"], nobody["turned_down"]) == ([], [], [], [])
    assert nobody["scopes"] == ["read", "contribute", "review", "money"]
    stage.commit(voting, honest_reviewer)
    waiting = reviewer.http.get("/me").json()
    assert waiting["votes"] == [] and [row["seat"] for row in waiting["reveals"]] == [seat["seat"]]


def test_a_batch_on_its_way_to_the_chain_waits_too(stage, browse, honest_contributor, digits):
    batch_id = honest_contributor.submit(stage.open_dataset().id, digits(2)).batch_id
    (batch,) = browse(key_of(honest_contributor)).http.get("/me").json()["batches"]
    assert (batch["batch_id"], batch["phase"], batch["deadline"]) == (batch_id, "Queued", 0)


def task(browser, seat):
    return browser.http.get(f"/batches/{seat['batch_id']}/rounds/{seat['round']}/task")


def test_an_account_is_told_what_was_given_up_and_why(stage, browse, honest_contributor, owner, digits):
    dataset = stage.open_dataset()
    handed = honest_contributor.submit(dataset.id, digits(2))
    honest_contributor.move("stake", 1)
    stage.send(owner, "closeDataset", bytes.fromhex(dataset.id[2:]))
    stage.step()
    batch, movement = browse(key_of(honest_contributor)).http.get("/me").json()["turned_down"]
    assert (batch["kind"], batch["batch_id"], batch["nonce"]) == ("submission", handed.batch_id, None)
    assert batch["reason"] == "The dataset is closed by its owner; nothing new can be submitted."
    assert (movement["kind"], movement["batch_id"], movement["nonce"]) == ("movement", None, 0)
    assert "at least 10000000 gwei" in movement["reason"]


def test_a_signed_in_reviewer_sees_its_task(stage, browse, voting):
    for seat in voting:
        reviewer = stage.reviewer_of(seat)
        answer = task(browse(key_of(reviewer)), seat)
        assert answer.headers["cache-control"] == "no-store"
        shown = [(one["sha256"], one["label"]) for one in answer.json()["pictures"]]
        assert shown == [(one.sha256, one.label) for one in reviewer.task(seat).pictures], "as with a signature"


def test_nobody_else_sees_it_by_being_signed_in(stage, browse, voting, honest_contributor, stranger):
    seat = voting[0]
    outsider = next(r for r in stage.reviewers.values() if r.address not in seat["panel"])
    others = [key_of(honest_contributor), key_of(stranger), key_of(outsider), bytes(stage.owner.key)]
    for key in (*others, bytes(stage.application.operator.key)):
        assert refusal(task(browse(key), seat)) == (403, "not_your_seat")
        named = browse(key).http.get(
            f"/batches/{seat['batch_id']}/rounds/0/task", params={"reviewer": seat["panel"][0]}
        )
        assert refusal(named) == (403, "not_your_seat"), "naming somebody who may does not help"


def test_a_session_that_was_ended_shows_no_task(stage, browse, voting):
    browser = browse(key_of(stage.reviewer_of(voting[0])))
    token = browser.http.cookies["sebrus_session"]
    browser.http.delete("/sessions/current")
    browser.http.cookies.set("sebrus_session", token)
    assert refusal(task(browser, voting[0])) == (403, "not_your_seat")


def test_a_key_shows_the_task_if_it_was_made_for_reviewing(stage, browse, voting, make_key):
    seat = voting[0]
    browser = browse(key_of(stage.reviewer_of(seat)))
    path = f"{stage.url}/api/v1/batches/{seat['batch_id']}/rounds/0/task"
    answers = {
        scope: httpx.get(path, headers={"Authorization": f"Bearer {make_key(browser, scope)}"})
        for scope in ("read", "contribute", "review", "money")
    }
    assert answers.pop("review").status_code == 200
    assert {refusal(answer) for answer in answers.values()} == {(403, "scope_missing")}
