"""A batch is screened before it is brought to the chain, once, and only if it could be there."""

from __future__ import annotations

import pytest
from sqlalchemy import select

import sebrus.platform.worker
from sebrus.platform.application import open_application
from sebrus.platform.relay import relay_movements
from sebrus.platform.submissions import LONGEST_WAIT_SECONDS, relay_submissions, submit_call
from sebrus.platform.worker import prepare_arrival, screen_arrival
from sebrus.store.models import AccusationTest, GoldUse, SecretScreening, SecretTask, SetAside, Submission
from sebrus.store.projected import Event

pytestmark = pytest.mark.chain


@pytest.fixture
def screened(monkeypatch):
    """The ids of the batches that the detector looked at, each time it did."""
    found, screen = [], sebrus.platform.worker.screen_batch
    monkeypatch.setattr(
        sebrus.platform.worker, "screen_batch", lambda app, batch_id: found.append(batch_id) or screen(app, batch_id)
    )
    return found


def names(stage, batch_id):
    stage.index()
    query = select(Event).where(Event.subject == batch_id).order_by(Event.block_number, Event.log_index)
    return [event.name for event in stage.rows(query)]


def ready(stage):
    """Let the relayer find what could be sent; it sends nothing yet."""
    assert stage.do(relay_submissions) == []


def test_submission_and_screening_share_a_transaction(stage, honest_contributor, digits, screened):
    batch_id = honest_contributor.submit(stage.open_dataset().id, digits(4)).batch_id
    ready(stage)
    assert stage.prepare() and screened == [batch_id]
    assert stage.batch(batch_id)["phase"] == "Queued"
    assert stage.row(SecretTask, (batch_id, 0)) is not None
    assert len(stage.do(relay_submissions)) == 1
    assert names(stage, batch_id) == ["Submitted", "Screened", "DrawRequested"]
    stage.step()
    assert screened == [batch_id], "and not again on chain"


def test_the_result_is_that_of_a_screening_on_chain(stage, honest_contributor, hostile_contributor, digits):
    """The task is the same as well: gold, order and salt follow from the batch."""
    dataset = stage.open_dataset(seed=[(data, label) for _, data, label in digits(120, 100)])
    flipped = [(name, data, (label + 5) % 10) for name, data, label in digits(24)]
    batch_id = hostile_contributor.submit(dataset.id, flipped).batch_id
    ready(stage)
    stage.prepare()
    found, task = stage.row(SecretScreening, batch_id), stage.row(SecretTask, (batch_id, 0))
    assert int(found.flags[0], 16)
    with stage.application.database.write() as session:
        session.delete(session.get_one(SecretScreening, batch_id))
        session.delete(session.get_one(SecretTask, (batch_id, 0)))
        for row in session.scalars(select(GoldUse).where(GoldUse.dataset_id == dataset.id)):
            session.delete(row)
    stage.application.contract.perform(stage.application.operator, submit_call(stage.row(Submission, batch_id)))
    stage.index()
    assert stage.batch(batch_id)["phase"] == "Screening"
    stage.prepare()
    again = stage.row(SecretScreening, batch_id)
    assert (again.scores_root, again.flags, again.links) == (found.scores_root, found.flags, found.links)
    assert stage.row(SecretTask, (batch_id, 0)).commitment == task.commitment


# ---------------------------------------------------------------- what cannot be sent is not screened


def test_a_batch_that_cannot_pay_is_not_screened(stage, enrol, digits, screened):
    contributor = enrol(stage, deposit=0)
    batch_id = contributor.submit(stage.open_dataset().id, digits(4)).batch_id
    stage.rest()
    assert screened == [] and "deposit the difference" in stage.batch(batch_id)["waiting"]
    stage.deposit(contributor.address, 4_000_000)
    stage.step()
    assert screened == [batch_id]
    assert names(stage, batch_id)[:2] == ["Submitted", "Screened"]


def test_what_the_contract_would_refuse_is_not_screened(stage, owner, honest_contributor, digits, screened):
    dataset, poor = stage.open_dataset(), stage.open_dataset(bounty=1)
    closed = honest_contributor.submit(dataset.id, digits(2)).batch_id
    unfunded = honest_contributor.submit(poor.id, digits(2)).batch_id
    stage.send(owner, "closeDataset", bytes.fromhex(dataset.id[2:]))
    stage.rest()
    assert screened == []
    assert (stage.batch(closed)["phase"], stage.batch(unfunded)["phase"]) == ("Refused", "Queued")


def test_attack_many_batches_on_one_deposit_have_one_screened(stage, enrol, digits, screened):
    """Each could be sent alone; screened together they would feed the detector for the price of one."""
    dataset = stage.open_dataset()
    hostile = enrol(stage, deposit=4 * 1_000_000)
    batches = [hostile.submit(dataset.id, digits(4, 10 * at)).batch_id for at in range(3)]
    ready(stage)
    assert [stage.row(Submission, batch_id).ready is not None for batch_id in batches] == [True] * 3
    stage.prepare()
    assert screened == batches[:1]
    stage.rest()
    assert screened == batches[:1]
    assert [stage.batch(batch_id)["phase"] for batch_id in batches[1:]] == ["Queued"] * 2
    assert "deposit the difference" in stage.batch(batches[1])["waiting"]


def test_a_contributors_next_batch_is_read_once_the_one_before_is_on_chain(stage, honest_contributor, digits, screened):
    dataset = stage.open_dataset()
    first, second = (honest_contributor.submit(dataset.id, digits(4, at)).batch_id for at in (0, 10))
    ready(stage)
    stage.prepare()
    assert screened == [first]
    stage.do(relay_submissions)
    stage.index()
    stage.prepare()
    assert screened == [first, second]


def test_what_never_lands_vouches_for_nobody(open_screened, by_state, screened):
    pool = open_screened()
    stage, sender = pool.stage, pool.contributor()
    lost = sender.submit(pool.open.id, pool.digits(pool.items, pool.seed)).batch_id
    stage.do(relay_submissions)
    stage.prepare()
    assert lost in screened
    sender.move("withdraw", sender.money()["free"])
    stage.do(relay_movements)
    stage.index()
    stage.do(relay_submissions)
    assert "deposit the difference" in stage.batch(lost)["waiting"]
    waiting = pool.send(1)
    assert pool.vouching(waiting) == set()
    tests = stage.rows(select(AccusationTest).where(AccusationTest.dataset_id == pool.open.id))
    assert pool.reference(waiting).record.tests == len(tests), "what was tested counts as any test"


# ---------------------------------------------------------------- what goes wrong on the way


def test_attack_a_submission_sent_ahead_of_ours_is_screened_on_chain(stage, hostile_contributor, digits, screened):
    batch_id = hostile_contributor.submit(stage.open_dataset().id, digits(4)).batch_id
    ready(stage)
    stage.prepare()
    call = submit_call(stage.row(Submission, batch_id))
    stage.application.contract.perform(stage.owner, call)  # seen in our transaction and sent with a higher fee
    assert stage.do(relay_submissions) == [], "refused, before the tables know why"
    assert stage.row(Submission, batch_id).refusal is None
    assert names(stage, batch_id) == ["Submitted"]
    stage.step()
    assert names(stage, batch_id) == ["Submitted", "Screened", "DrawRequested"]
    assert screened == [batch_id]
    stage.check_money()


def test_a_restart_between_screening_and_sending_screens_once(stage, honest_contributor, digits, screened):
    batch_id = honest_contributor.submit(stage.open_dataset().id, digits(4)).batch_id
    ready(stage)
    assert screen_arrival(stage.application, stage.now()), "and it dies before the gold is hidden"
    restarted = open_application(stage.application.settings)
    try:
        relay_submissions(restarted, restarted.contract.head())
        while prepare_arrival(restarted):
            pass
        assert len(relay_submissions(restarted, restarted.contract.head())) == 1
    finally:
        restarted.close()
    assert names(stage, batch_id)[:2] == ["Submitted", "Screened"]
    assert screened == [batch_id]


def test_a_batch_whose_screening_takes_long_is_sent_alone(stage, honest_contributor, digits, screened):
    dataset = stage.open_dataset()
    patience = dataset.policy.screening_window // 4
    assert patience < LONGEST_WAIT_SECONDS
    batch_id = honest_contributor.submit(dataset.id, digits(4)).batch_id
    ready(stage)
    stage.wait(patience - 5)
    ready(stage)
    stage.wait(10)
    assert len(stage.do(relay_submissions)) == 1
    assert names(stage, batch_id) == ["Submitted"]
    stage.step()
    assert screened == [batch_id] and names(stage, batch_id)[1:] == ["Screened", "DrawRequested"]


@pytest.mark.filterwarnings("default")
def test_a_batch_whose_screening_fails_is_sent_alone(stage, honest_contributor, digits, monkeypatch):
    def broken(*_):
        raise ValueError("no detector today")

    monkeypatch.setattr(sebrus.platform.worker, "screen_batch", broken)
    batch_id = honest_contributor.submit(stage.open_dataset().id, digits(4)).batch_id
    stage.step()
    assert stage.row(SetAside, ("screen", batch_id)) is not None
    assert names(stage, batch_id) == ["Submitted"]


def test_another_detectors_dataset_is_not_waited_for(stage, honest_contributor, digits, screened):
    dataset = stage.open_dataset(detector=stage.owner.address)
    batch_id = honest_contributor.submit(dataset.id, digits(4)).batch_id
    assert len(stage.do(relay_submissions)) == 1
    assert names(stage, batch_id) == ["Submitted"] and screened == []


def test_a_submission_taken_back_is_sent_again_with_its_screening(own_stage, enrol, digits, screened):
    stage = own_stage
    batch_id = enrol(stage).submit(stage.open_dataset().id, digits(4)).batch_id
    before = stage.rpc("evm_snapshot")
    stage.step()
    assert names(stage, batch_id) == ["Submitted", "Screened", "DrawRequested"]
    assert stage.rpc("evm_revert", before)
    stage.mine()
    assert stage.batch(batch_id)["phase"] == "Queued"
    stage.step()
    assert names(stage, batch_id) == ["Submitted", "Screened", "DrawRequested"]
    assert screened == [batch_id]
