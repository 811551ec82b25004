"""The relayer waits for what time or money can mend, and gives back what can never be."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from sebrus.client import ServerRefused
from sebrus.platform.relay import relay_movements
from sebrus.store.models import ClaimedItem, SignedMovement, Submission

pytestmark = pytest.mark.chain


def test_a_batch_waits_for_its_contributors_deposit(stage, enrol, digits):
    dataset = stage.open_dataset()
    contributor = enrol(stage, deposit=0)
    handed = contributor.submit(dataset.id, digits(4))
    stage.step()
    batch = stage.batch(handed.batch_id)
    assert batch["phase"] == "Queued"
    assert batch["waiting"] == "The account has 0 gwei free and needs 4000000; deposit the difference."
    stage.deposit(contributor.address, 4_000_000)
    stage.step()
    assert stage.batch(handed.batch_id)["phase"] != "Queued"
    assert stage.batch(handed.batch_id)["waiting"] is None


def test_a_batch_waits_for_the_bounty(stage, owner, honest_contributor, digits):
    dataset = stage.open_dataset(bounty=1)
    handed = honest_contributor.submit(dataset.id, digits(2))
    stage.step()
    assert "its owner must fund it" in stage.batch(handed.batch_id)["waiting"]
    stage.send(owner, "fundDataset", bytes.fromhex(dataset.id[2:]), gwei=10**9)
    stage.step()
    assert stage.batch(handed.batch_id)["phase"] != "Queued"
    stage.check_money()


def test_a_final_refusal_frees_the_claimed_images(stage, owner, honest_contributor, enrol, digits):
    dataset = stage.open_dataset()
    handed = honest_contributor.submit(dataset.id, digits(2))
    assert len(stage.rows(select(ClaimedItem).where(ClaimedItem.batch_id == handed.batch_id))) == 2
    stage.send(owner, "closeDataset", bytes.fromhex(dataset.id[2:]))
    stage.step()
    batch = stage.batch(handed.batch_id)
    assert batch["phase"] == "Refused"
    assert batch["refusal"] == "The dataset is closed by its owner; nothing new can be submitted."
    assert stage.rows(select(ClaimedItem).where(ClaimedItem.batch_id == handed.batch_id)) == []


def test_a_batch_whose_signature_expired_is_handed_in_again(stage, enrol, digits):
    dataset = stage.open_dataset()
    contributor = enrol(stage, deposit=0)
    handed = contributor.submit(dataset.id, digits(2))
    stage.step()
    stage.wait(3601)
    stage.step()
    assert stage.batch(handed.batch_id)["refusal"] == "The signed deadline has passed; sign again."
    stage.deposit(contributor.address)
    again = contributor.submit(dataset.id, digits(2))
    assert again.batch_id == handed.batch_id
    stage.step()
    assert stage.batch(handed.batch_id)["phase"] not in ("Queued", "Refused")
    assert len(stage.rows(select(ClaimedItem).where(ClaimedItem.batch_id == handed.batch_id))) == 2


def test_the_same_batch_twice_is_one_batch(stage, honest_contributor, digits):
    dataset = stage.open_dataset()
    items = [(name, data, label) for name, data, label in digits(3)]
    handed = honest_contributor.submit(dataset.id, items)
    listed = [(s, i) for s, i in zip(_digests(items), (label for *_, label in items), strict=True)]
    assert honest_contributor._hand_in(dataset.id, listed) == handed.batch_id
    stage.rest()
    assert honest_contributor._hand_in(dataset.id, listed) == handed.batch_id
    assert len(stage.rows(select(Submission).where(Submission.batch_id == handed.batch_id))) == 1
    stage.check_money()


def _digests(items):
    import hashlib

    return [hashlib.sha256(data).hexdigest() for _, data, _ in items]


def test_money_moves_by_signature(stage, honest_contributor):
    minimum = stage.client.get("/v1/chain")["min_stake"]
    free = honest_contributor.money()["free"]
    honest_contributor.move("stake", minimum)
    stage.step()
    assert (honest_contributor.money()["stake"], honest_contributor.money()["nonce"]) == (minimum, 1)
    honest_contributor.move("unstake", minimum)
    stage.step()
    assert (honest_contributor.money()["free"], honest_contributor.money()["nonce"]) == (free, 2)
    stage.check_money()


def test_a_movement_the_contract_refuses_gives_its_nonce_back(stage, honest_contributor):
    honest_contributor.move("stake", 1)
    stage.step()
    refused = stage.rows(select(SignedMovement).where(SignedMovement.account == honest_contributor.address))
    assert "at least 10000000 gwei" in refused[0].refusal
    honest_contributor.move("stake", 10_000_000)
    stage.step()
    assert honest_contributor.money()["stake"] == 10_000_000


def test_a_movement_refused_once_may_be_signed_again(stage, honest_contributor):
    """What was wrong may have been mended since."""
    of_account = select(SignedMovement).where(SignedMovement.account == honest_contributor.address)
    honest_contributor.move("stake", 1)
    stage.step()
    assert [movement.refusal is None for movement in stage.rows(of_account)] == [False]
    honest_contributor.move("stake", 1)
    assert [movement.refusal is None for movement in stage.rows(of_account)] == [True]


def test_a_movement_that_expired_while_it_waited_gives_its_nonce_back(stage, enrol):
    contributor = enrol(stage, deposit=0)
    contributor.move("withdraw", 5)
    stage.step()
    with pytest.raises(ServerRefused) as caught:
        contributor.move("withdraw", 6)
    assert caught.value.code == "nonce_taken"
    stage.wait(3601)
    stage.deposit(contributor.address, 100)
    contributor.move("withdraw", 5)
    stage.step()
    assert contributor.money()["free"] == 95


def test_a_stake_held_by_a_seat_waits_until_the_batch_is_settled(stage, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset()
    handed = honest_contributor.submit(dataset.id, digits(3))
    seats = stage.drawn(handed.batch_id)
    reviewer = stage.reviewer_of(seats[0])
    stake = reviewer.money()["stake"]
    stage.commit(seats, honest_reviewer)
    reviewer.move("unstake", stake)
    stage.step()
    assert reviewer.money()["stake"] == stake
    stage.reveal(seats, honest_reviewer)
    stage.end_hold(handed.batch_id)
    stage.step()
    assert reviewer.money()["stake"] == 0
    reviewer.move("stake", stake)
    stage.step()
    stage.mine(stage.application.deployment.epoch_length)
    stage.check_money()


def test_movements_the_tables_show_ask_the_chain_no_more(stage, honest_contributor):
    honest_contributor.move("stake", 10_000_000)
    stage.step()
    sent = stage.rows(select(SignedMovement).where(SignedMovement.account == honest_contributor.address))
    assert sent[0].transaction_hash is not None
    asked = []
    contract = stage.application.contract
    with pytest.MonkeyPatch.context() as patch:
        call = contract.call
        patch.setattr(contract, "call", lambda *a: asked.append(a) or call(*a))
        stage.do(relay_movements)
    assert honest_contributor.address not in {address for _, address in asked}


def test_a_movement_whose_sending_was_not_noted_moves_money_once(stage, honest_contributor):
    """As after a crash between sending and noting."""
    honest_contributor.move("stake", 10_000_000)
    stage.step()
    sent = stage.rows(select(SignedMovement).where(SignedMovement.account == honest_contributor.address))[0]
    stage.change(SignedMovement, sent.id, transaction_hash=None)
    stage.step()
    assert (honest_contributor.money()["stake"], honest_contributor.money()["nonce"]) == (10_000_000, 1)
