"""Who commits puts the seat's stake behind it: without free stake the commitment is refused, not lost."""

from __future__ import annotations

import secrets

import pytest

from sebrus.client import Reviewer, ServerRefused

pytestmark = pytest.mark.chain


def accept(seat):
    """Accept everything."""
    return [True] * seat["positions"]


def test_a_reviewer_whose_stake_is_behind_other_seats_is_told(own_stage, enrol, digits):
    """Everyone's stake covers two seats of this policy, and three batches vote at once."""
    stage = own_stage
    cost = stage.client.get("/v1/chain")["min_stake"]
    for reviewer in list(stage.reviewers.values()):
        reviewer.move("unstake", reviewer.money()["stake"] - 2 * cost)
    stage.step()
    stage.mine(stage.application.deployment.epoch_length)
    dataset = stage.open_dataset(seat_stake=cost, panel_size=15, escalated_size=0, final_size=0)
    batches = [enrol(stage).submit(dataset.id, digits(3, 10 * n)).batch_id for n in range(3)]
    stage.rest()
    held = {batch_id: stage.seats(batch_id) for batch_id in batches}
    for batch_id in batches[:2]:
        stage.commit(held[batch_id], accept)
    panels = [set(seats[0]["panel"]) for seats in held.values()]
    busy = sorted(set.intersection(*panels))[0]  # 15 of 16 sit each time: at least 13 of them on all three
    reviewer, seat = stage.reviewers[busy], next(s for s in held[batches[2]] if s["panel"][s["seat"]] == busy)
    with pytest.raises(ServerRefused) as caught:
        reviewer.commit(seat, [True] * 3)
    assert (caught.value.status, caught.value.code) == (409, "stake_too_small")
    for batch_id in batches[:2]:
        stage.reveal(held[batch_id], accept)
        stage.step()
    reviewer.commit(seat, [True] * 3)
    assert {one["batch_id"]: one["state"] for one in reviewer.seats()}[batches[2]] == "committed"
    stage.check_money()


def test_a_reviewer_without_any_stake_has_no_seat(stage):
    assert Reviewer(stage.client, secrets.token_bytes(32)).seats() == []
