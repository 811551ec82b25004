"""A batch whose people answer promptly takes four transactions, and batches that are due together share one."""

from __future__ import annotations

from itertools import groupby

import pytest
from sqlalchemy import select

from sebrus.chain.errors import ContractRefused
from sebrus.platform import keeper
from sebrus.platform.keeper import end_holds
from sebrus.store.projected import Batch, Event

pytestmark = pytest.mark.chain


def sent(stage):
    """How many transactions the operator has sent."""
    return stage.application.contract.web3.eth.get_transaction_count(stage.application.operator.address)


def transactions(stage, batch_id):
    """The events of a batch, those of a transaction together."""
    query = select(Event).where(Event.subject == batch_id).order_by(Event.block_number, Event.log_index)
    rows = [(row.transaction_hash, row.name) for row in stage.rows(query)]
    return [[name for _, name in group] for _, group in groupby(rows, key=lambda row: row[0])]


def test_a_prompt_batch_takes_four_transactions(stage, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset(seed=[(data, label) for _, data, label in digits(20, 100)])
    honest_contributor.order_payout()
    stage.step()
    before = sent(stage)
    batch_id = honest_contributor.submit(dataset.id, digits(6)).batch_id
    batch = stage.decide(batch_id, honest_reviewer)
    assert (batch["phase"], batch["accepted_count"]) == ("Settled", 6)
    assert transactions(stage, batch_id) == [
        ["Submitted", "Screened", "DrawRequested"],
        ["Drawn", "Committed"],
        ["Revealed", "ScreeningOpened", "Concluded", "Held"],
        ["Settled"],
    ]
    assert sent(stage) - before == 4
    assert honest_contributor.money()["free"] == 0, "paid out with the settlement"
    stage.check_money()


def test_a_batch_that_goes_to_a_second_panel_takes_three_more(stage, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset()
    before = sent(stage)
    batch_id = honest_contributor.submit(dataset.id, digits(6)).batch_id
    odd = lambda seat: [not v if i == 2 and not seat["seat"] else v for i, v in enumerate(honest_reviewer(seat))]  # noqa: E731
    assert stage.vote(batch_id, odd)["round"] == 1
    assert stage.decide(batch_id, honest_reviewer)["phase"] == "Settled"
    assert transactions(stage, batch_id)[3:5] == [["Screened", "DrawRequested"], ["Drawn", "Committed"]]
    assert sent(stage) - before == 4 + 3
    stage.check_money()


# ---------------------------------------------------------------- holds that end together


@pytest.fixture
def three_due(stage, enrol, digits, honest_reviewer):
    """Three decided batches whose holds are over."""
    dataset = stage.open_dataset()
    contributors = [enrol(stage) for _ in range(3)]
    contributors[0].order_payout()
    contributors[1].order_payout()
    batches = [c.submit(dataset.id, digits(4, 10 * at)).batch_id for at, c in enumerate(contributors)]
    for batch_id in batches:
        stage.held(batch_id, honest_reviewer)
    stage.wait(dataset.policy.hold_window + 1)
    assert {stage.row(Batch, batch_id).phase for batch_id in batches} == {"Decided"}
    return contributors, batches


def settled(stage, batches):
    stage.index()
    return [stage.row(Batch, batch_id).phase == "Settled" for batch_id in batches]


def test_holds_that_are_over_together_end_in_one_transaction(stage, three_due):
    contributors, batches = three_due
    (receipt,) = stage.do(end_holds)
    assert settled(stage, batches) == [True] * 3
    together = select(Event).where(Event.transaction_hash == receipt.transaction_hash).order_by(Event.log_index)
    assert [event.name for event in stage.rows(together)] == ["Settled"] * 3 + ["PaidOut"]
    assert [contributor.money()["free"] > 0 for contributor in contributors] == [False, False, True]
    stage.check_money()


def test_one_that_is_refused_does_not_hold_up_the_others(stage, three_due):
    _, batches = three_due
    record = stage.row(Batch, batches[1]).record
    stage.change(Batch, batches[1], record=record | {"history": "0x" + "11" * 32})  # as if the tables lagged behind
    assert len(stage.do(end_holds)) == 1
    stage.change(Batch, batches[1], record=record)
    assert settled(stage, batches) == [True, False, True]
    assert len(stage.do(end_holds)) == 1
    assert settled(stage, batches) == [True] * 3
    stage.check_money()


def test_one_that_is_refused_only_beside_the_others_is_sent_by_itself(stage, three_due, monkeypatch):
    """Somebody else ends a batch between the trial and the transaction."""
    contributors, batches = three_due
    contract, tried = stage.application.contract, []

    def first_refused(signer, call, **gas):
        tried.append(call.function)
        if len(tried) == 1:
            raise ContractRefused("WrongRecord")
        return type(contract).perform(contract, signer, call, **gas)

    monkeypatch.setattr(contract, "perform", first_refused)
    assert len(stage.do(end_holds)) == 3
    assert len(tried) == 4 and settled(stage, batches) == [True] * 3
    assert [contributor.money()["free"] for contributor in contributors[:2]] == [0, 0]


def test_no_transaction_is_packed_too_full(stage, three_due, monkeypatch):
    monkeypatch.setattr(keeper, "PACKED_GAS", 350_000)
    assert len(stage.do(end_holds)) > 1
    assert settled(stage, three_due[1]) == [True] * 3
