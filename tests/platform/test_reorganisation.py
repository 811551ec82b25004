"""The chain takes blocks back: the tables follow, what was lost is sent again, and nothing happens twice."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from sebrus.client import Contributor
from sebrus.store.projected import Block, Cursor, Event, Item, Seat

pytestmark = pytest.mark.chain


def accept(seat):
    """Accept everything."""
    return [True] * seat["positions"]


def play(stage, batch_id):
    """Vote on a batch, everyone accepting everything."""
    return stage.decide(batch_id, accept)


def test_what_the_chain_lost_is_brought_again(own_stage, enrol, digits):
    stage = own_stage
    dataset = stage.open_dataset()
    contributor: Contributor = enrol(stage)
    before = stage.rpc("evm_snapshot")
    batch_id = contributor.submit(dataset.id, digits(4)).batch_id
    contributor.move("stake", 10_000_000)
    stage.step()
    stage.mine()
    assert stage.batch(batch_id)["phase"] == "Drawing"
    assert contributor.money()["stake"] == 10_000_000
    read = stage.row(Cursor, 1).block_number

    assert stage.rpc("evm_revert", before)
    stage.index()
    assert stage.row(Cursor, 1).block_number < read
    assert stage.batch(batch_id)["phase"] == "Queued"
    assert contributor.money()["stake"] == 0
    assert stage.rows(select(Item).where(Item.batch_id == batch_id)) == []
    stage.check_money()

    stage.step()
    assert contributor.money()["stake"] == 10_000_000
    assert play(stage, batch_id)["phase"] == "Settled"
    submitted = select(func.count()).select_from(Event).where(Event.name == "Submitted", Event.subject == batch_id)
    assert stage.rows(submitted) == [1]
    stage.check_money()


def test_a_lost_draw_seats_a_new_panel_and_old_ballots_bind_nobody(own_stage, enrol, digits):
    stage = own_stage
    dataset = stage.open_dataset()
    batch_id = enrol(stage).submit(dataset.id, digits(4)).batch_id
    stage.step()
    assert stage.batch(batch_id)["phase"] == "Drawing"
    before = stage.rpc("evm_snapshot")
    seats = stage.drawn(batch_id)
    stage.commit(seats, accept)
    old = [row.reviewer for row in stage.rows(select(Seat).where(Seat.batch_id == batch_id).order_by(Seat.seat))]
    assert old == seats[0]["panel"]
    for extra in range(1, 5):
        assert stage.rpc("evm_revert", before)
        before = stage.rpc("evm_snapshot")
        stage.mine(stage.application.deployment.epoch_length + extra)  # another block decides
        seats = stage.drawn(batch_id)
        if seats[0]["panel"] != old:
            break
    assert seats[0]["panel"] != old
    assert all(row["commitment"] is None for row in stage.client.get(f"/v1/batches/{batch_id}/seats"))
    assert {seat["state"] for seat in seats} == {"commit"}, "what others signed for these seats does not count"
    assert play(stage, batch_id)["phase"] == "Settled"
    stage.check_money()


def test_a_settlement_taken_back_is_made_again(own_stage, enrol, digits):
    stage = own_stage
    dataset = stage.open_dataset()
    contributor = enrol(stage)
    batch_id = contributor.submit(dataset.id, digits(4)).batch_id
    stage.held(batch_id, accept)
    stage.wait(101)
    before = stage.rpc("evm_snapshot")
    stage.step()
    settled = stage.batch(batch_id)
    assert settled["phase"] == "Settled"
    money = contributor.money()
    assert stage.rpc("evm_revert", before)
    stage.index()
    assert stage.batch(batch_id)["phase"] == "Decided"
    stage.check_money()
    stage.step()
    assert stage.batch(batch_id) == settled
    assert contributor.money() == money
    stage.check_money()


def test_only_blocks_the_chain_still_has_are_remembered(own_stage):
    stage = own_stage
    stage.mine(3)
    before = stage.rpc("evm_snapshot")
    kept = int(stage.rpc("eth_blockNumber"), 16)
    for _ in range(4):
        stage.deposit(stage.owner.address, 1)
    stage.rpc("evm_revert", before)
    stage.mine(9)
    numbers = [block.number for block in stage.rows(select(Block))]
    for block in stage.rows(select(Block)):
        assert stage.rpc("eth_getBlockByNumber", hex(block.number), False)["hash"] == block.hash
    assert max(numbers) == kept + 9
    stage.check_money()
