"""A contract wallet that agrees when it is tried and not when it counts costs the operator little, and nobody else."""

from __future__ import annotations

import secrets

import pytest
from sqlalchemy import select

from sebrus.chain.calls import Call
from sebrus.chain.errors import TransactionFailed
from sebrus.client import Contributor, Reviewer, ServerRefused
from sebrus.platform.keeper import PAYOUT_GAS, attempt
from sebrus.platform.relay import relay_appeals, relay_movements
from sebrus.platform.sending import ACTION_GAS, MOST_FAILURES
from sebrus.platform.signatures import MOST_WALLET_FAILURES
from sebrus.platform.submissions import relay_submissions
from sebrus.platform.turned_down import turned_down
from sebrus.store.models import ClaimedItem, FailingWallet, SignedBallot, SignedMovement

from ..actors.stage import GWEI
from ..actors.wallets import send, through

pytestmark = pytest.mark.chain

FAILED = "It failed on chain 2 times though it passed when it was tried; send it to the contract directly."
STAKE = 10_000 * GWEI
DEAREST_FAILURE = ACTION_GAS * 1.2 + 200_000
"""Gas that one failed action can cost: SECURITY.md."""


@pytest.fixture
def two_faced(deploy_wallet):
    """two_faced(stage, wallet): somebody with a deposit who acts through such a wallet, or another."""

    def enter(stage, wallet="TwoFacedWallet", *arguments):
        made = deploy_wallet(stage, wallet, *(arguments or ([True] if wallet == "TwoFacedWallet" else [])))
        stage.deposit(made.address)
        return through(made, Contributor(stage.client, secrets.token_bytes(32)))

    return enter


class Meter:
    """The gas that the operator pays for, transaction by transaction."""

    def __init__(self, stage):
        self._contract, self._operator = stage.application.contract, stage.application.operator.address
        self._first = self._contract.head().number + 1

    def paid(self):
        web3 = self._contract.web3
        blocks = range(self._first, self._contract.head().number + 1)
        sent = [one for block in blocks for one in web3.eth.get_block(block, True)["transactions"]]
        receipts = [web3.eth.get_transaction_receipt(one["hash"]) for one in sent if one["from"] == self._operator]
        return [(receipt["status"], receipt["gasUsed"]) for receipt in receipts]

    def failures(self):
        return [gas for status, gas in self.paid() if status == 0]


def test_attack_a_batch_that_fails_when_it_counts_holds_nobody_up(stage, two_faced, honest_contributor, digits):
    dataset, hostile = stage.open_dataset(), two_faced(stage)
    bad = hostile.submit(dataset.id, digits(2)).batch_id
    good = honest_contributor.submit(dataset.id, digits(2, 10)).batch_id
    meter = Meter(stage)
    for _ in range(4):
        stage.prepare()
        stage.do(relay_submissions)
        stage.index()
    assert stage.batch(good)["phase"] == "Drawing"
    assert (stage.batch(bad)["phase"], stage.batch(bad)["refusal"]) == ("Refused", FAILED)
    assert stage.rows(select(ClaimedItem).where(ClaimedItem.batch_id == bad)) == [], "its images are free again"
    assert len(meter.failures()) == MOST_FAILURES and max(meter.failures()) <= DEAREST_FAILURE
    stage.check_money()


def test_attack_a_wallet_that_goes_on_is_not_relayed_for_any_more(stage, two_faced, enrol):
    hostile, honest = two_faced(stage), enrol(stage)
    meter = Meter(stage)
    for _ in range(MOST_WALLET_FAILURES // MOST_FAILURES):
        hostile.move("stake", 10_000_000)
        for _ in range(MOST_FAILURES):
            assert stage.do(relay_movements) == []
    honest.move("stake", 10_000_000)
    assert len(stage.do(relay_movements)) == 1, "whoever comes behind is served"
    stage.index()
    refused = stage.rows(select(SignedMovement).where(SignedMovement.account == hostile.address))
    assert [row.refusal for row in refused] == [FAILED]
    with stage.application.database.read() as session:
        assert [(one.kind, one.reason) for one in turned_down(session, hostile.address)] == [("movement", FAILED)]
    with pytest.raises(ServerRefused, match="not relayed for any more") as caught:
        hostile.move("stake", 10_000_000)
    assert caught.value.code == "wallet_failed"
    assert len(meter.failures()) == MOST_WALLET_FAILURES and max(meter.failures()) <= DEAREST_FAILURE
    stage.check_money()


def test_attack_what_waited_of_such_a_wallet_is_not_sent_either(stage, two_faced):
    hostile = two_faced(stage)
    hostile.move("stake", 10_000_000)
    with stage.application.database.write() as session:
        session.add(FailingWallet(account=hostile.address, failures=MOST_WALLET_FAILURES))
    meter = Meter(stage)
    assert stage.do(relay_movements) == [] and meter.paid() == []
    (row,) = stage.rows(select(SignedMovement).where(SignedMovement.account == hostile.address))
    assert "not relayed for any more" in row.refusal


def test_attack_a_receiver_that_burns_gas_when_it_counts(stage, two_faced, deploy_wallet, enrol):
    """Its wallet is honest about signatures; what it does with ether is another matter."""
    hostile = two_faced(stage, "BurningReceiverWallet")
    hostile.move("withdraw", 5)
    meter = Meter(stage)
    for _ in range(3):
        stage.do(relay_movements)
    assert len(meter.failures()) == MOST_FAILURES and max(meter.failures()) <= DEAREST_FAILURE
    stage.index()
    assert hostile.money()["free"] == 100_000_000


def test_attack_receivers_that_burn_gas_do_not_make_a_payout_fail(stage, two_faced, owner):
    """Each can burn what the contract lets it; tried, they burn nothing, and the estimate knows nothing of it."""
    receivers = [two_faced(stage, "BurningReceiverWallet").address for _ in range(8)]
    for receiver in receivers:
        stage.send(owner, "setPayout", receiver, True, 2**40, b"any")
    contract, operator = stage.application.contract, stage.application.operator
    pay = Call("payOut", (receivers,))
    with pytest.raises(TransactionFailed):
        contract.perform(operator, pay)
    assert len(attempt(stage.application, pay, PAYOUT_GAS * len(receivers))) == 1
    stage.index()
    stage.check_money()


def test_attack_a_wallet_that_burns_the_blocks_gas(stage, two_faced, honest_contributor, digits):
    dataset, hostile = stage.open_dataset(), two_faced(stage, "BurningWallet")
    bad = hostile.submit(dataset.id, digits(2)).batch_id
    good = honest_contributor.submit(dataset.id, digits(2, 10)).batch_id
    meter = Meter(stage)
    stage.rest()
    assert meter.failures() == []
    assert stage.batch(good)["phase"] == "Drawing"
    refusal = stage.batch(bad)["refusal"]
    assert f"gas and the relayer pays for {ACTION_GAS}; send it to the contract directly" in refusal


def test_an_honest_wallet_is_served(stage, two_faced, digits, honest_reviewer):
    dataset, contributor = stage.open_dataset(), two_faced(stage, "AgreeableWallet")
    contributor.order_payout()
    batch_id = contributor.submit(dataset.id, digits(3)).batch_id
    assert stage.decide(batch_id, honest_reviewer)["phase"] == "Settled"
    assert contributor.money()["free"] == 0
    assert stage.rows(select(FailingWallet).where(FailingWallet.account == contributor.address)) == []
    stage.check_money()


def test_attack_an_appeal_that_fails_when_it_counts(stage, two_faced, digits, honest_reviewer, honest_contributor):
    dataset, hostile = stage.open_dataset(), two_faced(stage)
    batch_id = honest_contributor.submit(dataset.id, digits(3)).batch_id
    stage.held(batch_id, honest_reviewer)
    hostile.appeal(batch_id, [0])
    honest_contributor.appeal(batch_id, [1])
    meter, sent = Meter(stage), []
    for _ in range(4):
        sent += stage.do(relay_appeals)
        stage.index()
    assert len(sent) == 1 and len(meter.failures()) == MOST_FAILURES
    (appeal,) = stage.client.get(f"/v1/batches/{batch_id}/appeals")
    assert appeal["appellant"] == honest_contributor.address
    stage.check_money()


# ---------------------------------------------------------------- in a panel


@pytest.fixture
def seated(own_stage, deploy_wallet, enrol, digits):
    """seated(wallet, ...): wallets and their seats in a panel of three, and the batch it votes on."""

    def enter(*wallets):
        there = {"LonelyWallet": [own_stage.application.contract.address], "TwoFacedWallet": [False]}
        made = [deploy_wallet(own_stage, wallet, *there.get(wallet, [])) for wallet in wallets]
        for wallet in made:
            own_stage.deposit(wallet.address, STAKE)
            own_stage.send(own_stage.owner, "stake", wallet.address, STAKE, 2**40, b"any")
            reviewer = through(wallet, Reviewer(own_stage.client, secrets.token_bytes(32)))
            own_stage.reviewers[wallet.address] = reviewer
        own_stage.mine(own_stage.application.deployment.epoch_length)
        dataset = own_stage.open_dataset(commit_window=1000)
        seats = own_stage.drawn(enrol(own_stage).submit(dataset.id, digits(3)).batch_id)
        places = {seat["panel"][seat["seat"]]: seat for seat in seats}
        return made, [places[wallet.address] for wallet in made], seats

    return enter


def committed(stage, batch_id):
    return {row["seat"] for row in stage.client.get(f"/v1/batches/{batch_id}/seats") if row["commitment"]}


def refusals(stage, batch_id):
    rows = stage.rows(select(SignedBallot).where(SignedBallot.batch_id == batch_id))
    return {row.seat: row.refusal for row in rows if row.refusal is not None}


def test_attack_a_commitment_that_fails_when_it_counts(own_stage, seated):
    """With it the draw and everybody's commitments fail; after that they go without it."""
    (hostile, honest), (bad, _), seats = seated("TwoFacedWallet", "AgreeableWallet")
    send(own_stage, hostile.functions.turn())
    batch_id = bad["batch_id"]
    for seat in seats:
        own_stage.reviewer_of(seat).commit(seat, [True] * seat["positions"])
    meter = Meter(own_stage)
    for _ in range(6):
        own_stage.step()
    assert committed(own_stage, batch_id) == {0, 1, 2} - {bad["seat"]}
    assert refusals(own_stage, batch_id) == {bad["seat"]: FAILED}
    assert len(meter.failures()) == MOST_FAILURES, "once in company, once alone"
    trusted = own_stage.rows(select(FailingWallet.account))
    assert trusted == [hostile.address] and honest.address not in trusted
    own_stage.check_money()


def test_attack_a_wallet_that_agrees_alone_only(own_stage, seated):
    """Each commitment passes alone and all are refused together, again and again, until the window closes."""
    wallets, places, seats = seated("LonelyWallet", "LonelyWallet")
    (_, first), (hostile, last) = sorted(zip(wallets, places, strict=True), key=lambda one: one[1]["seat"])
    send(own_stage, hostile.functions.watch(first["panel"][first["seat"]]))
    for seat in seats:
        own_stage.reviewer_of(seat).commit(seat, [True] * seat["positions"])
    meter = Meter(own_stage)
    for _ in range(6):
        own_stage.step()
    assert committed(own_stage, last["batch_id"]) == {0, 1, 2} - {last["seat"]}
    assert list(refusals(own_stage, last["batch_id"])) == [last["seat"]]
    assert meter.failures() == []
    own_stage.check_money()
