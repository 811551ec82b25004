"""A batch lives its whole life through the API, and the money is the contract's at every step."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from sebrus.store.projected import Account, Event

pytestmark = pytest.mark.chain


def test_accepted_items_are_paid_and_rejected_ones_cost(stage, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset()
    policy = dataset.policy
    files = digits(10)
    name, data, label = files[4]
    files[4] = (name, data, (label + 1) % 10)
    free = honest_contributor.money()["free"]

    handed = honest_contributor.submit(dataset.id, files)
    assert (handed.taken, handed.refused) == (10, {})
    assert stage.batch(handed.batch_id)["phase"] == "Queued"
    stage.check_money()

    seats = stage.drawn(handed.batch_id)
    assert len(seats) == policy.panel_size
    assert honest_contributor.money()["free"] == free - 10 * policy.item_stake
    before = {seat["panel"][seat["seat"]]: stage.reviewer_of(seat).money() for seat in seats}
    assert all(money["locked"] == 0 for money in before.values()), "being drawn commits to nothing"
    stage.check_money()

    stage.commit(seats, honest_reviewer)
    assert all(stage.reviewers[address].money()["locked"] == policy.seat_stake for address in before)
    stage.check_money()
    stage.reveal(seats, honest_reviewer)
    held = stage.batch(handed.batch_id)
    assert (held["phase"], held["accepted_count"]) == ("Decided", 0), "decided and not paid yet"
    stage.check_money()
    batch = stage.end_hold(handed.batch_id)
    assert batch["phase"] == "Settled"
    stage.check_money()

    items = stage.client.get(f"/v1/batches/{handed.batch_id}/items")
    assert [item["panel_accepted"] for item in items] == [i != 4 for i in range(10)]
    assert batch["accepted_count"] == sum(item["accepted"] for item in items) == 9
    assert batch["reward"] == 9 * policy.item_reward
    lost = policy.item_stake * policy.rejected_slash_bps // 10_000
    assert honest_contributor.money()["free"] == free + batch["reward"] - lost

    rows = stage.client.get(f"/v1/batches/{handed.batch_id}/seats")
    assert [row["payout"] for row in rows] == [10 * policy.review_fee] * 3
    for row in rows:
        money = stage.reviewers[row["reviewer"]].money()
        assert money["locked"] == 0
        assert money["free"] == before[row["reviewer"]]["free"] + row["payout"]


def test_who_accepts_everything_earns_nothing(stage, honest_contributor, digits, honest_reviewer, lazy_reviewer):
    dataset = stage.open_dataset()
    files = digits(10)
    files[4] = (files[4][0], files[4][1], (files[4][2] + 1) % 10)
    batch_id = honest_contributor.submit(dataset.id, files).batch_id
    judge = lambda seat: (lazy_reviewer if seat["seat"] == 0 else honest_reviewer)(seat)  # noqa: E731
    assert stage.vote(batch_id, judge)["phase"] == "Screening", "one item is close, so more reviewers are asked"
    stage.decide(batch_id, honest_reviewer)
    rows = stage.client.get(f"/v1/batches/{batch_id}/seats")
    assert rows[0]["payout"] == rows[0]["slash"] == 0
    assert all(row["payout"] > 0 for row in rows[1:])
    stage.check_money()


def test_what_is_close_goes_to_a_larger_panel_of_others(stage, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset()
    batch_id = honest_contributor.submit(dataset.id, digits(6)).batch_id
    odd = lambda seat: [not v if i == 2 and not seat["seat"] else v for i, v in enumerate(honest_reviewer(seat))]  # noqa: E731
    batch = stage.vote(batch_id, odd)
    assert (batch["phase"], batch["round"], batch["question"]) == ("Screening", 1, [f"0x{0b100:064x}"])
    stage.check_money()
    first = {row["reviewer"] for row in stage.client.get(f"/v1/batches/{batch_id}/seats")}
    seats = stage.drawn(batch_id)
    assert len(seats) == dataset.policy.escalated_size
    assert seats[0]["positions"] == 1
    assert not first & set(seats[0]["panel"])
    batch = stage.decide(batch_id, honest_reviewer)
    assert (batch["phase"], batch["accepted_count"]) == ("Settled", 6)
    rounds = stage.client.get(f"/v1/batches/{batch_id}/rounds")
    assert [(one["round"], one["state"], one["items"]) for one in rounds] == [(0, "concluded", 6), (1, "concluded", 1)]
    stage.check_money()


def test_the_contributor_withdraws_without_ether_of_their_own(stage, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset()
    handed = honest_contributor.submit(dataset.id, digits(6))
    assert stage.decide(handed.batch_id, honest_reviewer)["phase"] == "Settled"
    assert int(stage.rpc("eth_getBalance", honest_contributor.address, "latest"), 16) == 0
    free = honest_contributor.money()["free"]
    honest_contributor.move("withdraw", free)
    stage.rest()
    assert honest_contributor.money()["free"] == 0
    assert int(stage.rpc("eth_getBalance", honest_contributor.address, "latest"), 16) == free * 10**9
    stage.check_money()


def test_who_left_a_standing_order_is_paid_out_with_the_settlement(stage, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset()
    honest_contributor.order_payout()
    stage.step()
    assert honest_contributor.money()["payout"]
    batch_id = honest_contributor.submit(dataset.id, digits(6)).batch_id
    free = 100_000_000 + 6 * dataset.policy.item_reward
    stage.decide(batch_id, honest_reviewer)
    assert honest_contributor.money()["free"] == 0
    assert int(stage.rpc("eth_getBalance", honest_contributor.address, "latest"), 16) == free * 10**9
    honest_contributor.order_payout(False)
    stage.step()
    assert not honest_contributor.money()["payout"]
    stage.check_money()


def test_a_wrong_label_is_found_by_the_panel_and_its_sender_pays(stage, hostile_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset()
    flipped = [(name, data, (label + 3) % 10) for name, data, label in digits(8)]
    free = hostile_contributor.money()["free"]
    handed = hostile_contributor.submit(dataset.id, flipped)
    batch = stage.decide(handed.batch_id, honest_reviewer)
    assert (batch["phase"], batch["accepted_count"], batch["reward"]) == ("Settled", 0, 0)
    assert hostile_contributor.money()["free"] == free - 8 * dataset.policy.item_stake // 2
    assert hostile_contributor.money()["slashed"] == 8 * dataset.policy.item_stake // 2
    stage.check_money()


def test_the_owner_takes_back_what_is_not_reserved(stage, owner, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset()
    handed = honest_contributor.submit(dataset.id, digits(5))
    stage.drawn(handed.batch_id)
    free = stage.row(Account, owner.address).free if stage.row(Account, owner.address) else 0
    bounty = stage.client.get(f"/v1/datasets/{dataset.id}")["bounty"]
    stage.send(owner, "closeDataset", bytes.fromhex(dataset.id[2:]))
    shown = stage.client.get(f"/v1/datasets/{dataset.id}")
    assert (shown["closed"], shown["bounty"]) == (True, 0)
    assert stage.row(Account, owner.address).free == free + bounty
    stage.check_money()
    assert stage.decide(handed.batch_id, honest_reviewer)["phase"] == "Settled"
    stage.check_money()


def test_every_event_of_a_life_is_listed_in_order(stage, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset()
    handed = honest_contributor.submit(dataset.id, digits(4))
    stage.decide(handed.batch_id, honest_reviewer)
    told = select(Event).where(Event.subject == handed.batch_id).order_by(Event.block_number, Event.log_index)
    names = [event.name for event in stage.rows(told)]
    assert names == [
        *("Submitted", "Screened", "DrawRequested", "Drawn", "Committed"),
        *("Revealed", "ScreeningOpened", "Concluded", "Held", "Settled"),
    ]
