"""Silence never blocks: every wait ends, and who committed and then stays silent pays for it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from sebrus.platform.keeper import decide_rounds
from sebrus.store.projected import Event, Item

pytestmark = pytest.mark.chain

NOBODY = "0x" + "00" * 19 + "01"


def test_without_the_detector_a_larger_panel_votes(stage, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset(detector=NOBODY)
    handed = honest_contributor.submit(dataset.id, digits(4))
    stage.rest()
    assert stage.batch(handed.batch_id)["phase"] == "Submitted"
    stage.wait(dataset.policy.screening_window + 1)
    batch = stage.decide(handed.batch_id, honest_reviewer)
    assert (batch["phase"], batch["seats"], batch["screening"]) == ("Settled", 5, None)
    assert batch["accepted_count"] == 4
    assert stage.client.get(f"/v1/batches/{handed.batch_id}/findings") == []
    stage.check_money()


def test_nobody_commits_then_the_batch_is_drawn_again_and_at_last_voided(stage, honest_contributor, digits):
    dataset = stage.open_dataset()
    free = honest_contributor.money()["free"]
    bounty = stage.client.get(f"/v1/datasets/{dataset.id}")["bounty"]
    handed = honest_contributor.submit(dataset.id, digits(4))
    for round_ in range(dataset.policy.max_rounds):
        seats = stage.drawn(handed.batch_id)
        assert [seat["round"] for seat in seats] == [round_] * 3
        stage.step()
        assert stage.batch(handed.batch_id)["round"] == round_, "commitments may still come"
        stage.wait(dataset.policy.commit_window + 1)
        decide_rounds(stage.application)
        stage.index()
        stage.check_money()
    batch = stage.batch(handed.batch_id)
    assert (batch["phase"], batch["accepted_count"]) == ("Voided", 0)
    assert honest_contributor.money()["free"] == free
    assert stage.client.get(f"/v1/datasets/{dataset.id}")["bounty"] == bounty, "who never committed owes nothing"
    assert {item.accepted for item in stage.rows(select(Item).where(Item.batch_id == handed.batch_id))} == {False}
    names = [event.name for event in stage.rows(select(Event).where(Event.subject == handed.batch_id))]
    assert names.count("RoundFailed") == 2


def test_who_commits_and_does_not_reveal_is_slashed_and_the_others_decide(
    stage, honest_contributor, digits, honest_reviewer
):
    dataset = stage.open_dataset()
    policy = dataset.policy
    handed = honest_contributor.submit(dataset.id, digits(5))
    seats = stage.drawn(handed.batch_id)
    silent = stage.reviewer_of(seats[2])
    stake = silent.money()["stake"]
    stage.commit(seats, honest_reviewer)
    stage.reveal(seats[:2], honest_reviewer)
    assert stage.batch(handed.batch_id)["phase"] == "Voting"
    stage.wait(policy.commit_window + policy.reveal_window + 1)
    stage.step()
    assert stage.batch(handed.batch_id)["phase"] == "Settled"
    assert silent.money()["stake"] == stake - policy.seat_stake // 2
    rows = stage.client.get(f"/v1/batches/{handed.batch_id}/seats")
    assert [row["slash"] for row in rows] == [0, 0, policy.seat_stake // 2]
    assert rows[2]["verdicts"] is None and rows[2]["payout"] == 0
    stage.check_money()


def test_who_did_not_commit_does_not_hold_up_those_who_did(stage, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset()
    handed = honest_contributor.submit(dataset.id, digits(5))
    seats = stage.drawn(handed.batch_id)
    stage.commit(seats[:2], honest_reviewer)
    assert {seat["state"] for seat in stage.seats(handed.batch_id)} == {"commit", "committed"}
    stage.wait(dataset.policy.commit_window + 1)
    assert [seat["state"] for seat in stage.seats(handed.batch_id)] == ["reveal", "reveal", "missed"]
    stage.reveal(seats[:2], honest_reviewer)
    stage.wait(dataset.policy.reveal_window + 1)
    stage.step()
    assert stage.batch(handed.batch_id)["phase"] == "Settled"
    rows = stage.client.get(f"/v1/batches/{handed.batch_id}/seats")
    assert [row["slash"] for row in rows] == [0, 0, 0]
    stage.check_money()


def test_a_draw_whose_block_was_missed_is_asked_for_again(stage, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset()
    handed = honest_contributor.submit(dataset.id, digits(4))
    for _ in range(3):
        stage.step()
    assert stage.batch(handed.batch_id)["phase"] == "Drawing"
    stage.mine(400)
    assert stage.decide(handed.batch_id, honest_reviewer)["phase"] == "Settled"
    asked = [e for e in stage.rows(select(Event).where(Event.subject == handed.batch_id)) if e.name == "DrawRequested"]
    assert len(asked) == 2
    stage.check_money()


def test_without_enough_reviewers_the_batch_is_voided_at_once(stage, digits, enrol):
    """Everyone else may be drawn; here the quorum asks for more than there are."""
    dataset = stage.open_dataset(panel_size=11, panel_size_unscreened=11, quorum=11)
    contributor = enrol(stage)
    free = contributor.money()["free"]
    handed = contributor.submit(dataset.id, digits(4))
    stage.rest()
    assert stage.batch(handed.batch_id)["phase"] == "Voided"
    assert contributor.money()["free"] == free
    stage.check_money()
