"""Silence never blocks: every wait ends, and who committed and then stays silent pays for it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from sebrus.store.projected import Event, Item

pytestmark = pytest.mark.chain

NOBODY = "0x" + "00" * 19 + "01"


def names(stage, batch_id):
    told = select(Event).where(Event.subject == batch_id).order_by(Event.block_number, Event.log_index)
    return [event.name for event in stage.rows(told)]


def test_without_the_detector_a_larger_panel_votes(stage, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset(detector=NOBODY)
    batch_id = honest_contributor.submit(dataset.id, digits(4)).batch_id
    stage.rest()
    assert stage.batch(batch_id)["phase"] == "Screening"
    stage.wait(dataset.policy.screening_window + 1)
    seats = stage.drawn(batch_id)
    assert (len(seats), seats[0]["round"], seats[0]["screening"]) == (5, 1, "0x" + "00" * 32)
    batch = stage.decide(batch_id, honest_reviewer)
    assert (batch["phase"], batch["accepted_count"]) == ("Settled", 4)
    assert stage.client.get(f"/v1/batches/{batch_id}/findings") == []
    stage.check_money()


def test_another_detector_that_never_opens_is_waited_for_and_then_gone_on_without(
    stage, honest_contributor, digits, lazy_reviewer
):
    dataset = stage.open_dataset(detector=stage.owner.address)
    batch_id = honest_contributor.submit(dataset.id, digits(4)).batch_id
    stage.step()
    direct = stage.client.get(f"/v1/batches/{batch_id}/call")
    key, record = [_plain(value) for value in direct["key"]], [_plain(value) for value in direct["record"]]
    stage.send(stage.owner, "commitScreening", key, record, (b"\1" * 32, b"\2" * 32, 6, []))
    seats = stage.drawn(batch_id)
    assert stage.reviewer_of(seats[0]).task(seats[0]).pictures is None, "only that detector knows what it shows"
    stage.commit(seats, lazy_reviewer)
    stage.reveal(seats, lazy_reviewer)
    assert stage.batch(batch_id)["phase"] == "Voting"
    stage.wait(dataset.policy.commit_window + dataset.policy.reveal_window - 20)
    stage.step()
    assert names(stage, batch_id)[-1] == "Revealed", "so that no opening is lost"
    stage.wait(dataset.policy.reveal_window + 30)
    stage.step()
    batch = stage.batch(batch_id)
    assert (batch["phase"], batch["round"], batch["accepted"]) == ("Screening", 1, None)
    assert stage.client.get(f"/v1/datasets/{dataset.id}")["unopened"] == 1
    stage.check_money()


def _plain(value):
    if value.isdecimal():
        return int(value)
    return bytes.fromhex(value[2:]) if len(value) == 66 else value


def test_nobody_commits_then_larger_panels_are_drawn_and_the_batch_is_at_last_voided(stage, honest_contributor, digits):
    dataset = stage.open_dataset()
    free = honest_contributor.money()["free"]
    bounty = stage.client.get(f"/v1/datasets/{dataset.id}")["bounty"]
    batch_id = honest_contributor.submit(dataset.id, digits(4)).batch_id
    for round_, size in enumerate(dataset.policy.panel_sizes):
        seats = stage.drawn(batch_id)
        assert [seat["round"] for seat in seats] == [round_] * size
        stage.step()
        assert stage.batch(batch_id)["phase"] == "Drawing", "commitments may still come"
        stage.wait(dataset.policy.commit_window * 3 // 4)
        stage.step()
        assert stage.batch(batch_id)["phase"] == "Voting", "commitments may still come"
        stage.wait(dataset.policy.commit_window // 4 + 1)
        stage.step()
        stage.check_money()
    batch = stage.batch(batch_id)
    assert (batch["phase"], batch["accepted_count"]) == ("Voided", 0)
    assert honest_contributor.money()["free"] == free
    assert stage.client.get(f"/v1/datasets/{dataset.id}")["bounty"] == bounty, "who never committed owes nothing"
    assert {item.accepted for item in stage.rows(select(Item).where(Item.batch_id == batch_id))} == {False}
    assert names(stage, batch_id).count("Concluded") == 3


def test_who_commits_and_does_not_reveal_is_slashed_and_the_others_decide(
    stage, honest_contributor, digits, honest_reviewer
):
    dataset = stage.open_dataset()
    policy = dataset.policy
    batch_id = honest_contributor.submit(dataset.id, digits(5)).batch_id
    seats = stage.drawn(batch_id)
    silent = stage.reviewer_of(seats[2])
    stake = silent.money()["stake"]
    stage.commit(seats, honest_reviewer)
    stage.reveal(seats[:2], honest_reviewer)
    assert names(stage, batch_id)[-1] == "Committed", "the third may still come, and all are opened at once"
    stage.wait(policy.commit_window + policy.reveal_window - 20)
    stage.step()
    assert names(stage, batch_id)[-1] == "Revealed"
    stage.wait(30)
    assert [seat["state"] for seat in stage.seats(batch_id)] == ["revealed", "revealed", "missed"]
    stage.step()
    assert stage.batch(batch_id)["phase"] == "Decided"
    assert stage.end_hold(batch_id)["phase"] == "Settled"
    assert silent.money()["stake"] == stake - policy.seat_stake // 2
    rows = stage.client.get(f"/v1/batches/{batch_id}/seats")
    assert [row["slash"] for row in rows] == [0, 0, policy.seat_stake // 2]
    assert rows[2]["verdicts"] is None and rows[2]["payout"] == 0
    stage.check_money()


def test_who_did_not_commit_does_not_hold_up_those_who_did(stage, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset()
    batch_id = honest_contributor.submit(dataset.id, digits(5)).batch_id
    seats = stage.drawn(batch_id)
    stage.commit(seats[:2], honest_reviewer)
    assert {seat["state"] for seat in stage.seats(batch_id)} == {"commit", "committed"}
    stage.wait(dataset.policy.commit_window // 4 + 1)
    assert [seat["state"] for seat in stage.seats(batch_id)] == ["reveal", "reveal", "missed"]
    stage.reveal(seats[:2], honest_reviewer)
    assert stage.batch(batch_id)["phase"] == "Decided", "both who committed are opened: nobody is waited for"
    assert stage.end_hold(batch_id)["phase"] == "Settled"
    rows = stage.client.get(f"/v1/batches/{batch_id}/seats")
    assert [row["slash"] for row in rows] == [0, 0, 0]
    stage.check_money()


def test_a_draw_whose_block_was_missed_is_asked_for_again(stage, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset()
    batch_id = honest_contributor.submit(dataset.id, digits(4)).batch_id
    stage.step()
    assert stage.batch(batch_id)["phase"] == "Drawing"
    stage.mine(400)
    assert stage.decide(batch_id, honest_reviewer)["phase"] == "Settled"
    assert names(stage, batch_id).count("DrawRequested") == 2
    stage.check_money()


def test_a_draw_that_nobody_made_before_the_commits_closed_is_asked_for_again(
    stage, honest_contributor, digits, honest_reviewer
):
    dataset = stage.open_dataset()
    batch_id = honest_contributor.submit(dataset.id, digits(4)).batch_id
    stage.step()
    stage.wait(dataset.policy.commit_window + 1)
    assert stage.decide(batch_id, honest_reviewer)["phase"] == "Settled"
    assert names(stage, batch_id).count("DrawRequested") == 2
    stage.check_money()


def test_without_enough_reviewers_the_batch_is_voided_at_once(stage, digits, enrol):
    """Everyone else may be drawn; here the quorum asks for more than there are."""
    dataset = stage.open_dataset(panel_size=19, escalated_size=0, final_size=0, quorum=19)
    contributor = enrol(stage)
    free = contributor.money()["free"]
    batch_id = contributor.submit(dataset.id, digits(4)).batch_id
    stage.rest()
    assert stage.batch(batch_id)["phase"] == "Voided"
    assert contributor.money()["free"] == free
    assert names(stage, batch_id)[-2:] == ["Unseated", "Settled"]
    stage.check_money()
