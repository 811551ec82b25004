"""A draw goes to the chain with the commitments of its panel, and never so late that its block is out of reach."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from sebrus.platform import keys
from sebrus.platform.draws import BLOCKHASH_REACH, MARGIN_BLOCKS, Reach, draw_panels
from sebrus.platform.indexer import Indexer
from sebrus.protocol import entropy_block
from sebrus.store.models import ForeseenDraw, ForeseenSeat
from sebrus.store.projected import PROJECTED, Batch, Event, Round

pytestmark = pytest.mark.chain


@pytest.fixture
def foreseen(stage, honest_contributor, digits):
    """The seats of a batch whose draw nobody has sent."""
    dataset = stage.open_dataset(commit_window=300)
    seats = stage.drawn(honest_contributor.submit(dataset.id, digits(5)).batch_id)
    assert stage.batch(seats[0]["batch_id"])["phase"] == "Drawing"
    return seats


def transactions(stage, batch_id):
    """Name and transaction of each event of a batch."""
    query = select(Event).where(Event.subject == batch_id).order_by(Event.block_number, Event.log_index)
    return [(event.name, event.transaction_hash) for event in stage.rows(query)]


def names(stage, batch_id):
    return [name for name, _ in transactions(stage, batch_id)]


def mine_half(stage, batch_id):
    """Mine until half of the blocks are over in which the draw can be made."""
    row = stage.rows(select(Round).where(Round.batch_id == batch_id, Round.state == "drawing"))[0]
    length, block = stage.application.deployment.epoch_length, row.entropy_block
    last = min(block + BLOCKHASH_REACH, block // length * length + length - 1)
    stage.mine(max(1, (block + last) // 2 - stage.application.contract.head().number))
    return last


def test_who_is_foreseen_is_who_is_drawn(stage, foreseen, honest_reviewer):
    batch_id = foreseen[0]["batch_id"]
    assert [seat["drawn"] for seat in foreseen] == [False] * 3
    stage.commit(foreseen, honest_reviewer)
    assert stage.batch(batch_id)["phase"] == "Voting"
    (drawn, together), (committed, also_together) = transactions(stage, batch_id)[-2:]
    assert (drawn, committed) == ("Drawn", "Committed") and together == also_together
    assert [row["reviewer"] for row in stage.client.get(f"/v1/batches/{batch_id}/seats")] == foreseen[0]["panel"]
    after = stage.seats(batch_id)
    assert [seat["drawn"] for seat in after] == [True] * 3
    changed = ("drawn", "state")
    assert [{k: v for k, v in seat.items() if k not in changed} for seat in after] == [
        {k: v for k, v in seat.items() if k not in changed} for seat in foreseen
    ], "nothing else of the seat changes"
    assert stage.decide(batch_id, honest_reviewer)["phase"] == "Settled"
    stage.check_money()


def test_the_panel_is_asked_for_once(stage, foreseen, monkeypatch):
    asked, contract = [], stage.application.contract
    call = contract.call
    monkeypatch.setattr(contract, "call", lambda function, *rest: asked.append(function) or call(function, *rest))
    for _ in range(3):
        assert stage.do(draw_panels) == []
    assert asked == []


def test_attack_silence_does_not_cost_the_draw(stage, foreseen, honest_reviewer):
    """One of three stays silent: when half of the blocks are over, the draw goes with what is there."""
    batch_id = foreseen[0]["batch_id"]
    for seat in foreseen[:2]:
        stage.reviewer_of(seat).commit(seat, honest_reviewer(seat))
    stage.step()
    assert stage.batch(batch_id)["phase"] == "Drawing", "the third may still come"
    last = mine_half(stage, batch_id)
    stage.step()
    assert stage.application.contract.head().number < last
    assert names(stage, batch_id)[-2:] == ["Drawn", "Committed"]
    assert [seat["state"] for seat in stage.seats(batch_id)] == ["committed", "committed", "commit"]
    stage.commit(foreseen[2:], honest_reviewer)
    assert names(stage, batch_id)[-1] == "Committed"
    assert names(stage, batch_id).count("DrawRequested") == 1
    stage.check_money()


def test_a_panel_that_is_silent_altogether_is_drawn_in_time(stage, foreseen):
    batch_id = foreseen[0]["batch_id"]
    mine_half(stage, batch_id)
    stage.step()
    assert names(stage, batch_id)[-1] == "Drawn"
    assert [seat["state"] for seat in stage.seats(batch_id)] == ["commit"] * 3


def test_half_of_the_commit_window_is_the_other_bound(stage, honest_contributor, digits):
    dataset = stage.open_dataset()
    batch_id = stage.drawn(honest_contributor.submit(dataset.id, digits(5)).batch_id)[0]["batch_id"]
    stage.wait(dataset.policy.commit_window // 2 - 20)
    stage.step()
    assert stage.batch(batch_id)["phase"] == "Drawing"
    stage.wait(21)
    stage.step()
    assert stage.batch(batch_id)["phase"] == "Voting"


def test_a_ballot_the_contract_refuses_does_not_keep_the_draw_back(stage, foreseen, honest_reviewer):
    """The stake is gone since the ballot was taken; that may be mended, so the ballot waits, and the draw does not."""
    batch_id = foreseen[0]["batch_id"]
    seat = foreseen[0]
    reviewer = stage.reviewer_of(seat)
    stake = reviewer.money()["stake"]
    reviewer.commit(seat, honest_reviewer(seat))
    reviewer.move("unstake", stake)
    stage.step()
    mine_half(stage, batch_id)
    stage.step()
    try:
        assert names(stage, batch_id)[-1] == "Drawn"
    finally:
        reviewer.move("stake", stake)
        stage.step()
        stage.mine(stage.application.deployment.epoch_length)


def test_what_is_foreseen_is_not_projected(stage, foreseen):
    """Reading the chain anew leaves it alone, and no projected row tells of it."""

    def rows():
        kinds = [row for kind in (*PROJECTED, Event) for row in stage.rows(select(kind))]
        return sorted(repr([getattr(row, column.key) for column in row.__table__.columns]) for row in kinds)

    batch_id = foreseen[0]["batch_id"]
    before = rows()
    Indexer(stage.application).reindex()
    assert rows() == before
    assert stage.seats(batch_id) == foreseen
    with stage.application.database.write() as session:
        session.delete(session.get_one(ForeseenDraw, (batch_id, 0)))
    assert rows() == before and stage.seats(batch_id) == []
    stage.do(draw_panels)
    assert stage.seats(batch_id) == foreseen, "and it is found again"


def test_a_restart_forgets_no_panel_and_no_ballot(stage, foreseen, honest_reviewer):
    batch_id = foreseen[0]["batch_id"]
    for seat in foreseen:
        stage.reviewer_of(seat).commit(seat, honest_reviewer(seat))
    before = [row.reviewer for row in stage.rows(select(ForeseenSeat).where(ForeseenSeat.batch_id == batch_id))]
    assert before == foreseen[0]["panel"]
    assert len(stage.do(draw_panels)) == 1
    assert stage.do(draw_panels) == [], "sent and not read yet: the contract refuses a second copy"
    stage.index()
    assert names(stage, batch_id)[-2:] == ["Drawn", "Committed"]


def test_another_entropy_block_is_another_panel(own_stage, enrol, digits):
    """The chain takes the block back: what was signed for the panel that followed from it counts no more."""
    stage = own_stage
    dataset = stage.open_dataset(commit_window=300)
    batch_id = enrol(stage).submit(dataset.id, digits(4)).batch_id
    stage.step()
    before = stage.rpc("evm_snapshot")
    seats = stage.drawn(batch_id)
    for seat in seats[:2]:
        stage.reviewer_of(seat).commit(seat, [True] * 4)
    assert {seat["state"] for seat in stage.seats(batch_id)} == {"committed", "commit"}
    entropy = keys.record_of(stage.row(Batch, batch_id)).status.entropy_block  # an epoch's end may put it off
    for extra in range(1, 6):
        stage.rpc("evm_revert", before)
        before = stage.rpc("evm_snapshot")
        stage.rpc("evm_setNextBlockTimestamp", stage.now() + 1 + extra)  # the same block number with another hash
        stage.mine(entropy + 1 - stage.application.contract.head().number)
        assert stage.batch(batch_id)["phase"] == "Drawing"
        stage.step()
        now = stage.seats(batch_id)
        if now[0]["panel"] != seats[0]["panel"]:
            break
    assert now[0]["panel"] != seats[0]["panel"]
    assert {seat["state"] for seat in now} == {"commit"}
    assert stage.decide(batch_id, lambda seat: [True] * seat["positions"])["phase"] == "Settled"
    stage.check_money()


def test_a_draw_waits_for_as_many_blocks_as_events_do(own_stage, enrol, digits, monkeypatch):
    stage = own_stage
    dataset = stage.open_dataset(commit_window=300)
    batch_id = enrol(stage).submit(dataset.id, digits(4)).batch_id
    stage.step()
    settings = stage.application.settings
    monkeypatch.setattr(type(settings), "confirmations", 5, raising=False)
    monkeypatch.setitem(settings.__dict__, "confirmations", 5)
    block = keys.record_of(stage.row(Batch, batch_id)).status.entropy_block
    stage.rpc("anvil_mine", hex(block + 4 - stage.application.contract.head().number))
    stage.do(draw_panels)
    assert stage.seats(batch_id) == []
    stage.rpc("anvil_mine", "0x1")
    stage.do(draw_panels)
    assert len(stage.seats(batch_id)) == 3


# ---------------------------------------------------------------- how long there is


@given(asked=st.integers(0, 10**9), delay=st.integers(1, 64), length=st.sampled_from([64, 100, 256, 1024]))
def test_the_draw_has_a_quarter_of_an_epoch_and_is_sent_with_a_margin(asked, delay, length):
    block = entropy_block(asked, delay, length)
    last = min(block + BLOCKHASH_REACH, block // length * length + length - 1)
    reach = Reach(block, last, commit_window=100, deadline=1000)
    assert last - block >= length // 4 - 1
    assert not reach.half_over(block + 1, 900)
    first = next(number for number in range(block + 1, last + 1) if reach.half_over(number, 900))
    assert last - first >= MARGIN_BLOCKS - 1
    assert first - block >= (last - block) // 2 - MARGIN_BLOCKS
    assert not reach.over(last, 1000) and reach.over(last + 1, 900) and reach.over(block + 1, 1001)


def test_the_window_bounds_it_as_well():
    reach = Reach(entropy_block=100, last=355, commit_window=60, deadline=1000)
    assert [reach.half_over(101, now) for now in (950, 970, 971)] == [False, False, True]
