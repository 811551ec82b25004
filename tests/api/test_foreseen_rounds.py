"""A foreseen round is its panel's to see and nobody else's, and needs no server."""

from __future__ import annotations

import httpx
import pytest

from sebrus.chain.errors import ContractRefused
from sebrus.client import RecordOutdated, ServerRefused, TaskAltered
from sebrus.client._direct import batch_on_chain, connected
from sebrus.store.models import ForeseenSeat, SecretScreening, SecretTask

pytestmark = pytest.mark.chain


@pytest.fixture
def foreseen(stage, honest_contributor, digits):
    """The seats of a batch, with gold, whose panel is foreseen."""
    dataset = stage.open_dataset(seed=[(data, label) for _, data, label in digits(20, 100)])
    seats = stage.drawn(honest_contributor.submit(dataset.id, digits(5)).batch_id)
    assert stage.batch(seats[0]["batch_id"])["phase"] == "Drawing"
    return seats


def task_path(seat):
    return f"/api/v1/batches/{seat['batch_id']}/rounds/{seat['round']}/task"


# ---------------------------------------------------------------- who sees what


def test_its_panel_is_told_that_the_draw_is_foreseen(stage, foreseen):
    batch_id = foreseen[0]["batch_id"]
    assert [(seat["drawn"], seat["state"]) for seat in foreseen] == [(False, "commit")] * 3
    (round_,) = stage.client.get(f"/v1/batches/{batch_id}/rounds")
    assert round_["state"] == "drawing"
    assert stage.client.get(f"/v1/batches/{batch_id}/seats") == [], "on chain nobody sits yet"


def test_its_task_is_shown_to_its_panel_alone(stage, foreseen, stranger):
    seat = foreseen[0]
    task = stage.reviewer_of(seat).task(seat)
    assert len(task.pictures) == task.positions == 5 + 6 and task.evidence is None
    outsider = next(r for r in stage.reviewers.values() if r.address not in seat["panel"])
    for somebody in (outsider, stranger):
        with pytest.raises(ServerRefused) as caught:
            somebody.task(seat)
        assert (caught.value.status, caught.value.code) == (403, "not_your_seat")
    answer = httpx.get(stage.url + task_path(seat), params={"reviewer": seat["panel"][0]})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_seat"), "without a signature"


def test_nothing_of_screening_and_gold_shows(stage, foreseen):
    batch_id = foreseen[0]["batch_id"]
    found, secret = stage.row(SecretScreening, batch_id), stage.row(SecretTask, (batch_id, 0))
    hidden = [secret.salt[2:], found.scores_root[2:], *(word[2:] for word in [*secret.gold, *secret.answers])]
    paths = [f"/api/v1/batches/{batch_id}{end}" for end in ("", "/items", "/rounds", "/seats", "/findings", "/call")]
    paths += [f"/api/v1/reviews/{foreseen[0]['panel'][0]}", task_path(foreseen[0])]
    bodies = [httpx.get(stage.url + path).text for path in paths]
    assert not [secret for secret in hidden for body in bodies if secret in body]
    assert not [one for one in secret.positions for body in bodies if one["sha256"] in body]


def test_nothing_shows_of_a_batch_screened_before_it_is_sent(stage, hostile_contributor, digits):
    """A queued batch looks the same before and after its screening."""
    from sebrus.platform.submissions import relay_submissions

    dataset = stage.open_dataset(seed=[(data, label) for _, data, label in digits(120, 100)])
    flipped = [(name, data, (label + 5) % 10) for name, data, label in digits(24)]
    batch_id = hostile_contributor.submit(dataset.id, flipped).batch_id
    stage.do(relay_submissions)
    paths = [f"/api/v1/batches/{batch_id}{end}" for end in ("", "/items", "/rounds", "/seats", "/findings", "/call")]
    paths += [f"/api/v1/batches/{batch_id}/rounds/0/task", f"/api/v1/datasets/{dataset.id}"]

    def seen():
        return [(answer.status_code, answer.text) for answer in (httpx.get(stage.url + path) for path in paths)]

    before = seen()
    stage.prepare()
    assert int(stage.row(SecretScreening, batch_id).flags[0], 16), "there is something to hide"
    assert seen() == before


def test_a_seat_of_a_foreseen_round_takes_one_commitment(stage, foreseen, honest_reviewer, stranger):
    seat, reviewer = foreseen[0], stage.reviewer_of(foreseen[0])
    reviewer.commit(seat, honest_reviewer(seat))
    reviewer.commit(seat, honest_reviewer(seat))
    with pytest.raises(ServerRefused) as caught:
        reviewer.commit(seat, [not verdict for verdict in honest_reviewer(seat)])
    assert caught.value.code == "already_committed"
    with pytest.raises(ServerRefused) as caught:
        stranger.commit(seat, honest_reviewer(seat))
    assert caught.value.code == "not_your_seat"
    with pytest.raises(ServerRefused) as caught:
        reviewer.reveal(seat, honest_reviewer(seat))
    assert caught.value.code == "not_committed"


# ---------------------------------------------------------------- without the server


def test_draw_and_commitments_are_handed_out_together(stage, foreseen, honest_reviewer):
    batch_id = foreseen[0]["batch_id"]
    for seat in foreseen:
        stage.reviewer_of(seat).commit(seat, honest_reviewer(seat))
    answer = stage.client.get(f"/v1/batches/{batch_id}/call")
    assert [call["function"] for call in answer["calls"]] == ["draw", "commit"]
    assert answer["panel"] == foreseen[0]["panel"]
    together = [bytes.fromhex(call["calldata"][2:]) for call in answer["calls"]]
    stage.send(stage.owner, "multicall", together)
    assert [seat["state"] for seat in stage.seats(batch_id)] == ["reveal"] * 3
    assert [seat["drawn"] for seat in stage.seats(batch_id)] == [True] * 3
    stage.check_money()


def test_a_reviewer_draws_and_commits_through_a_node(stage, foreseen, honest_reviewer):
    batch_id = foreseen[0]["batch_id"]
    for seat in foreseen[:2]:
        reviewer = stage.reviewer_of(seat)
        stage.chain.set_balance(reviewer.address, 10**18)
        reviewer.commit_directly(seat, honest_reviewer(seat), stage.chain.url)
        stage.index()
    assert [seat["state"] for seat in stage.seats(batch_id)] == ["committed", "committed", "commit"]
    rows = stage.client.get(f"/v1/batches/{batch_id}/seats")
    assert [row["reviewer"] for row in rows] == foreseen[0]["panel"]
    with pytest.raises(ContractRefused) as caught:
        reviewer.commit_directly(foreseen[1], honest_reviewer(foreseen[1]), stage.chain.url)
    assert caught.value.name == "AlreadyCommitted"


def test_a_foreseen_seat_is_checked_through_a_node(stage, foreseen):
    seat = foreseen[0]
    reviewer = stage.reviewer_of(seat)
    assert len(reviewer.review(seat, lambda *_: True, rpc_url=stage.chain.url)) == seat["positions"]
    with pytest.raises(TaskAltered):
        reviewer.review(seat | {"panel": seat["panel"][::-1]}, lambda *_: True, rpc_url=stage.chain.url)


def test_attack_a_server_that_makes_a_panel_up_is_noticed_through_a_node(stage, foreseen):
    seat = foreseen[0]
    outsider = next(address for address in stage.reviewers if address not in seat["panel"])
    stage.change(ForeseenSeat, (seat["batch_id"], 0, 1), reviewer=outsider)
    with connected(stage.client, stage.chain.url) as contract, pytest.raises(RecordOutdated, match="would draw"):
        batch_on_chain(stage.client, contract, seat["batch_id"])
