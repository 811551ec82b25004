"""A held decision can be appealed: once per item, with a bond, by who signs; and a fresh panel looks again."""

from __future__ import annotations

import httpx
import pytest

from sebrus.client import Role, ServerRefused
from sebrus.protocol.bitmap import bitmap_hash
from sebrus.protocol.signature import Appeal, sign
from sebrus.store.models import SignedAppeal

pytestmark = pytest.mark.chain


@pytest.fixture
def wronged(stage, honest_contributor, digits, honest_reviewer):
    """A batch of six good items, of which a careless panel rejects the third unanimously; the hold runs."""
    dataset = stage.open_dataset()
    batch_id = honest_contributor.submit(dataset.id, digits(6)).batch_id
    stage.held(batch_id, stage.by_item(batch_id, [True, True, False, True, True, True]))
    return dataset, batch_id


def send(stage, batch_id, role, words, *, key=None, **changes):
    deadline = stage.now() + 500
    batch = bytes.fromhex(batch_id[2:])
    message = Appeal(batch, 0, role.address, bitmap_hash(words), deadline)
    body = {
        "batch_id": batch_id,
        "round": 0,
        "appellant": role.address,
        "items": [f"0x{word:064x}" for word in words],
        "deadline": deadline,
        "signature": "0x" + sign(stage.client.domain, message, key or role.account.key).hex(),
    }
    return httpx.post(f"{stage.url}/api/v1/appeals", json=body | changes)


def refusal(answer):
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def test_an_appeal_that_is_right_gets_its_bond_back(stage, wronged, honest_contributor, honest_reviewer):
    dataset, batch_id = wronged
    free = honest_contributor.money()["free"]
    honest_contributor.appeal(batch_id, {2})
    honest_contributor.appeal(batch_id, {2})
    stage.step()
    bond = dataset.policy.escalated_size * dataset.policy.review_fee
    assert honest_contributor.money()["free"] == free - bond
    (made,) = stage.client.get(f"/v1/batches/{batch_id}/appeals")
    assert (made["appellant"], made["bond"], made["returned"]) == (honest_contributor.address, bond, None)
    assert stage.batch(batch_id)["question"] == [f"0x{0b100:064x}"]
    stage.check_money()
    assert stage.end_hold(batch_id)["phase"] == "Screening"
    first = {row["reviewer"] for row in stage.client.get(f"/v1/batches/{batch_id}/seats")}
    seats = stage.drawn(batch_id)
    assert len(seats) == 5 and seats[0]["positions"] == 1 and not first & set(seats[0]["panel"])
    stage.held(batch_id, honest_reviewer)
    assert stage.client.get(f"/v1/batches/{batch_id}/appeals")[0]["returned"] == bond
    assert stage.client.get(f"/v1/batches/{batch_id}/items")[2]["accepted"]
    assert stage.end_hold(batch_id)["accepted_count"] == 6
    assert honest_contributor.money()["free"] == free + 6 * (dataset.policy.item_stake + dataset.policy.item_reward)
    stage.check_money()


def test_an_appeal_that_is_wrong_pays_the_reviewers(stage, wronged, enrol, honest_reviewer):
    dataset, batch_id = wronged
    stranger = enrol(stage)
    stranger.appeal(batch_id, {0})
    stage.step()
    stage.end_hold(batch_id)
    stage.decide(batch_id, honest_reviewer)
    bond = dataset.policy.escalated_size * dataset.policy.review_fee
    assert stranger.money()["free"] == 100_000_000 - bond
    assert stage.client.get(f"/v1/batches/{batch_id}/appeals")[0]["returned"] == 0
    stage.check_money()


def test_two_appeals_against_other_items_go_to_one_panel(stage, wronged, enrol, honest_reviewer):
    _, batch_id = wronged
    one, other = enrol(stage), enrol(stage)
    one.appeal(batch_id, {2})
    other.appeal(batch_id, {3, 4})
    stage.step()
    stage.step()
    assert len(stage.client.get(f"/v1/batches/{batch_id}/appeals")) == 2
    with pytest.raises(ServerRefused) as caught:
        enrol(stage).appeal(batch_id, {4, 5})
    assert (caught.value.status, caught.value.code) == (422, "invalid_appeal")
    stage.end_hold(batch_id)
    assert stage.drawn(batch_id)[0]["positions"] == 3
    stage.decide(batch_id, honest_reviewer)
    stage.check_money()


def test_an_item_another_named_first_is_told(stage, wronged, enrol):
    """Both wait in the outbox: the contract takes the first."""
    _, batch_id = wronged
    one, other = enrol(stage), enrol(stage)
    one.appeal(batch_id, {2})
    stage.wait(1)
    other.appeal(batch_id, {2})
    for _ in range(3):
        stage.step()
    assert len(stage.client.get(f"/v1/batches/{batch_id}/appeals")) == 1
    late = stage.row(SignedAppeal, (batch_id, 0, other.address))
    assert late.refusal is not None and late.refusal.startswith("An appeal names at least one item")
    assert other.money()["free"] == 100_000_000


def test_what_cannot_be_appealed(stage, wronged, enrol, stranger):
    dataset, batch_id = wronged
    rich = enrol(stage)
    assert refusal(send(stage, batch_id, rich, [0])) == (422, "invalid_appeal")
    assert refusal(send(stage, batch_id, rich, [1 << 6])) == (422, "invalid_bitmap")
    assert refusal(send(stage, batch_id, rich, [1, 0])) == (422, "invalid_bitmap")
    assert refusal(send(stage, batch_id, rich, [1], round=1)) == (409, "wrong_phase")
    assert refusal(send(stage, batch_id, rich, [1], key=stranger.account.key)) == (422, "signature_invalid")
    assert refusal(send(stage, batch_id, rich, [1], items=[f"0x{2:064x}"])) == (422, "signature_invalid")
    assert refusal(send(stage, "0x" + "ab" * 32, rich, [1])) == (404, "not_found")
    assert refusal(send(stage, batch_id, Role(stage.client, b"\5" * 32), [1])) == (409, "balance_too_small")
    assert send(stage, batch_id, rich, [1]).status_code == 202
    assert refusal(send(stage, batch_id, rich, [2])) == (409, "already_appealed")
    stage.wait(dataset.policy.hold_window + 1)
    assert refusal(send(stage, batch_id, enrol(stage), [4])) == (409, "too_late")


def test_a_decision_that_is_not_held_cannot_be_appealed(stage, honest_contributor, digits, enrol):
    dataset = stage.open_dataset()
    batch_id = honest_contributor.submit(dataset.id, digits(4)).batch_id
    stage.drawn(batch_id)
    assert refusal(send(stage, batch_id, enrol(stage), [1])) == (409, "wrong_phase")


def test_what_is_open_and_what_it_costs_to_flip(stage, wronged, honest_contributor, honest_reviewer):
    """Of items nobody asks about again two more panels have to be won, and their appeal paid for."""
    dataset, batch_id = wronged
    policy = dataset.policy
    rows = stage.client.get(f"/v1/batches/{batch_id}/standing")
    assert [row["accepted"] for row in rows] == [True, True, False, True, True, True]
    assert not any(row["in_question"] for row in rows)
    seat = policy.review_fee + min(policy.seat_stake, 2 * policy.review_fee)
    assert rows[0]["flip_cost"] == {
        "seats": 3 + 4,
        "at_stake": (3 + 4) * seat,
        "bonds": 5 * policy.review_fee,
        "total": (3 + 4) * seat + 5 * policy.review_fee,
    }
    honest_contributor.appeal(batch_id, {2})
    stage.step()
    stage.end_hold(batch_id)
    stage.drawn(batch_id)
    rows = stage.client.get(f"/v1/batches/{batch_id}/standing")
    assert [row["position"] for row in rows if row["in_question"]] == [2]
    assert rows[2]["flip_cost"] == {"seats": 7, "at_stake": 7 * seat, "bonds": 0, "total": 7 * seat}
    stage.decide(batch_id, honest_reviewer)
    assert stage.client.get(f"/v1/batches/{batch_id}/standing") == []
