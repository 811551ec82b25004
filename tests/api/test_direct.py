"""The server is a convenience: what was signed can be sent to the contract by anyone, and a reviewer needs no one."""

from __future__ import annotations

import httpx
import pytest

from sebrus.chain.errors import ContractRefused
from sebrus.client import RecordOutdated

pytestmark = pytest.mark.chain


@pytest.fixture
def rich(stage):
    """Anybody with ether of their own."""
    return stage.owner


def calls(stage, batch_id):
    return stage.client.get(f"/v1/batches/{batch_id}/call")["calls"]


def send_raw(stage, account, calldata):
    """As a wallet sends the calldata, knowing nothing of us."""
    web3 = stage.application.contract.web3
    transaction = {
        "from": account.address,
        "to": stage.application.contract.address,
        "data": calldata,
        "nonce": web3.eth.get_transaction_count(account.address),
        "chainId": web3.eth.chain_id,
        "gas": 3_000_000,
        "maxFeePerGas": 10**10,
        "maxPriorityFeePerGas": 0,
    }
    sent = web3.eth.send_raw_transaction(account.sign_transaction(transaction).raw_transaction)
    assert web3.eth.wait_for_transaction_receipt(sent)["status"] == 1
    stage.index()


def test_a_whole_life_without_the_relayer(stage, rich, honest_contributor, digits, honest_reviewer):
    """The worker never sends anything but the screening, which only the detector can."""
    from sebrus.platform.keeper import commit_screenings
    from sebrus.platform.rounds import decide_rounds
    from sebrus.platform.worker import prepare_arrival

    dataset = stage.open_dataset()
    batch_id = honest_contributor.submit(dataset.id, digits(4)).batch_id
    (submit,) = calls(stage, batch_id)
    assert submit["function"] == "submit"
    send_raw(stage, rich, submit["calldata"])
    assert stage.batch(batch_id)["phase"] == "Screening" and calls(stage, batch_id) == []
    while prepare_arrival(stage.application):
        pass
    stage.do(commit_screenings)
    stage.index()
    while not (drawing := calls(stage, batch_id)):
        stage.mine()
    assert drawing[0]["function"] == "draw"
    send_raw(stage, rich, drawing[0]["calldata"])
    seats = stage.seats(batch_id)
    assert [seat["drawn"] for seat in seats] == [True] * 3, "nobody foresaw it here"
    for seat in seats:
        stage.reviewer_of(seat).commit(seat, honest_reviewer(seat))
    (commit,) = calls(stage, batch_id)
    assert commit["function"] == "commit" and len(commit["arguments"][3]) == 3
    send_raw(stage, rich, commit["calldata"])
    assert calls(stage, batch_id) == [], "openings and the screening are not for everybody yet"
    for seat in seats:
        stage.reviewer_of(seat).reveal(seat, honest_reviewer(seat))
    assert calls(stage, batch_id) == []
    stage.do(decide_rounds)
    stage.index()
    honest_contributor.appeal(batch_id, {1})
    (appeal,) = calls(stage, batch_id)
    send_raw(stage, rich, appeal["calldata"])
    stage.wait(dataset.policy.hold_window + 1)
    (start,) = calls(stage, batch_id)
    assert start["function"] == "startAppeal"
    send_raw(stage, rich, start["calldata"])
    stage.check_money()


def test_what_is_due_to_anyone_can_be_sent_by_anyone(stage, rich, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset(detector=rich.address)
    batch_id = honest_contributor.submit(dataset.id, digits(4)).batch_id
    stage.step()
    stage.wait(dataset.policy.screening_window + 1)
    (skip,) = calls(stage, batch_id)
    assert skip["function"] == "skipScreening"
    send_raw(stage, rich, skip["calldata"])
    stage.mine(400)
    (again,) = calls(stage, batch_id)
    assert again["function"] == "requestDraw"
    send_raw(stage, rich, again["calldata"])
    stage.held(batch_id, honest_reviewer)
    stage.wait(dataset.policy.hold_window + 1)
    (finalize,) = calls(stage, batch_id)
    assert finalize["function"] == "finalize"
    send_raw(stage, rich, finalize["calldata"])
    assert stage.batch(batch_id)["phase"] == "Settled" and calls(stage, batch_id) == []
    stage.check_money()


def test_who_is_not_relayed_commits_and_reveals_through_a_node(stage, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset()
    batch_id = honest_contributor.submit(dataset.id, digits(4)).batch_id
    seats = stage.drawn(batch_id)
    for seat in seats:
        reviewer = stage.reviewer_of(seat)
        stage.chain.set_balance(reviewer.address, 10**18)
        reviewer.commit_directly(seat, honest_reviewer(seat), stage.chain.url)
        stage.index()
    with pytest.raises(ContractRefused) as caught:
        stage.reviewer_of(seats[0]).commit_directly(seats[0], honest_reviewer(seats[0]), stage.chain.url)
    assert caught.value.name == "AlreadyCommitted"
    for seat in seats:
        stage.reviewer_of(seat).reveal_directly(seat, honest_reviewer(seat), stage.chain.url)
        stage.index()
    assert {seat["state"] for seat in stage.seats(batch_id)} == {"revealed"}
    stage.step()
    assert stage.end_hold(batch_id)["accepted_count"] == 4
    stage.check_money()


def test_a_record_that_is_out_of_date_is_noticed(stage, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset()
    batch_id = honest_contributor.submit(dataset.id, digits(4)).batch_id
    seats = stage.drawn(batch_id)
    first, second = (stage.reviewer_of(seat) for seat in seats[:2])
    for reviewer in (first, second):
        stage.chain.set_balance(reviewer.address, 10**18)
    first.commit_directly(seats[0], honest_reviewer(seats[0]), stage.chain.url)
    with pytest.raises(RecordOutdated):  # nothing was indexed yet
        second.commit_directly(seats[1], honest_reviewer(seats[1]), stage.chain.url)
    stage.index()
    second.commit_directly(seats[1], honest_reviewer(seats[1]), stage.chain.url)
    stage.index()
    assert [seat["state"] for seat in stage.seats(batch_id)][:2] == ["committed", "committed"]


def test_nothing_that_nobody_handed_in(stage):
    answer = httpx.get(f"{stage.url}/api/v1/batches/0x{'ab' * 32}/call")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
