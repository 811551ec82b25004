"""Somebody who is always a moment faster makes the operator's transactions fail, at a bounded price and for nobody."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from sebrus.chain.calls import Call
from sebrus.platform import keeper
from sebrus.platform.keeper import attempt, end_call, end_holds
from sebrus.platform.relay import relay_movements
from sebrus.platform.sending import MOST_FAILURES
from sebrus.platform.submissions import relay_submissions, submit_call
from sebrus.store.models import FailedStep, FailingWallet, SignedMovement, Submission
from sebrus.store.projected import Batch

pytestmark = pytest.mark.chain


@pytest.fixture
def front_run(stage, owner, monkeypatch):
    """front_run(*calls): the owner sends one between each trial of the operator's and its transaction."""
    contract, waiting = stage.application.contract, []
    send = contract._send

    def faster(signer, *rest):
        if signer is stage.application.operator and waiting:
            call = waiting.pop(0)
            prepared = contract._contract.functions[call.function](*call.arguments)
            send(owner, prepared, 0, prepared.estimate_gas({"from": owner.address}))
        return send(signer, *rest)

    monkeypatch.setattr(contract, "_send", faster)
    return lambda *calls: waiting.extend(calls)


@pytest.fixture
def three_due(stage, enrol, digits, honest_reviewer):
    """Three decided batches whose holds are over."""
    dataset = stage.open_dataset()
    batches = [enrol(stage).submit(dataset.id, digits(4, 10 * at)).batch_id for at in range(3)]
    for batch_id in batches:
        stage.held(batch_id, honest_reviewer)
    stage.wait(dataset.policy.hold_window + 1)
    return batches


def ending(stage, batch_id):
    with stage.application.database.read() as session:
        return end_call(session, session.get_one(Batch, batch_id))


def test_attack_one_end_of_a_pack_is_made_first(stage, three_due, front_run):
    front_run(ending(stage, three_due[2]))
    assert len(stage.do(end_holds)) == 2, "the two others, each by itself"
    stage.index()
    assert {stage.row(Batch, batch_id).phase for batch_id in three_due} == {"Settled"}
    stage.check_money()


def test_attack_each_end_is_made_first(stage, three_due, front_run):
    front_run(*(ending(stage, batch_id) for batch_id in three_due))
    assert stage.do(end_holds) == []
    stage.index()
    assert {stage.row(Batch, batch_id).phase for batch_id in three_due} == {"Settled"}
    stage.check_money()


def test_a_step_that_fails_again_and_again_is_given_up(stage, three_due, front_run, caplog):
    """The same step, by its calldata; a step of which nothing is known is sent."""
    name = keeper._name(stage.application, ending(stage, three_due[0]))
    with stage.application.database.write() as session:
        session.add(FailedStep(call_sha256=name, function="finalize", failures=MOST_FAILURES))
    assert attempt(stage.application, ending(stage, three_due[0])) == []
    assert len(stage.do(end_holds)) == 1, "it goes in no pack either"
    stage.index()
    assert [stage.row(Batch, batch_id).phase for batch_id in three_due] == ["Decided", "Settled", "Settled"]
    with stage.application.database.write() as session:
        session.delete(session.get_one(FailedStep, name))
    stage.step()
    stage.check_money()


def test_attack_a_batch_is_submitted_first(stage, front_run, honest_contributor, enrol, digits):
    """What its contributor wanted is done, and counts against nobody."""
    dataset = stage.open_dataset()
    first = honest_contributor.submit(dataset.id, digits(2)).batch_id
    second = enrol(stage).submit(dataset.id, digits(2, 10)).batch_id
    stage.do(relay_submissions)
    stage.prepare()
    front_run(submit_call(stage.row(Submission, first)))
    assert len(stage.do(relay_submissions)) == 1
    stage.index()
    assert [stage.batch(batch_id)["phase"] for batch_id in (first, second)] == ["Screening", "Drawing"]
    row = stage.row(Submission, first)
    assert (row.failures, row.refusal) == (0, None)


def test_attack_a_movement_is_made_first(stage, front_run, honest_contributor, enrol):
    first, second = sorted((honest_contributor, enrol(stage)), key=lambda one: one.address)  # as they are sent
    for one in (first, second):
        one.move("stake", 10_000_000)
    mine = select(SignedMovement).where(SignedMovement.account == first.address)
    (movement,) = stage.rows(mine)
    arguments = (movement.account, movement.amount, movement.deadline, bytes.fromhex(movement.signature[2:]))
    front_run(Call("stake", arguments))
    stage.do(relay_movements)
    stage.step()
    assert [(row.failures, row.refusal) for row in stage.rows(mine)] == [(0, None)]
    assert [one.money()["stake"] for one in (first, second)] == [10_000_000] * 2
    assert stage.rows(select(FailingWallet).where(FailingWallet.account == first.address)) == []
    stage.check_money()
