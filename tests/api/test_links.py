"""Who declares to be tied to a contributor is not drawn on its batches; nobody can declare that for others."""

from __future__ import annotations

import httpx
import pytest

from sebrus.protocol.signature import sign
from sebrus.protocol.statement import Link

pytestmark = pytest.mark.chain


def declare(stage, account, other, key):
    deadline = stage.now() + 100
    signature = sign(stage.client.domain, Link(account, other, deadline), key)
    body = {"account": account, "other": other, "deadline": deadline, "signature": "0x" + signature.hex()}
    return httpx.post(f"{stage.url}/api/v1/links", json=body)


def refusal(answer):
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def test_who_declares_a_link_is_not_drawn(stage, honest_contributor, digits):
    dataset = stage.open_dataset(panel_size=13, escalated_size=0, final_size=0)
    tied = list(stage.reviewers.values())[:3]
    for reviewer in tied:
        reviewer.declare_link(honest_contributor.address)
    seats = stage.drawn(honest_contributor.submit(dataset.id, digits(4)).batch_id)
    addresses = {reviewer.address for reviewer in tied}
    assert len(seats) == 13 == len(stage.reviewers) - 3
    assert not addresses & set(seats[0]["panel"])
    (round_,) = stage.client.get(f"/v1/batches/{seats[0]['batch_id']}/rounds")
    assert set(round_["links"]) == addresses


def test_a_link_to_the_owner_counts_too(stage, owner, honest_contributor, digits):
    dataset = stage.open_dataset()
    tied = next(iter(stage.reviewers.values()))
    tied.declare_link(owner.address)
    batch_id = honest_contributor.submit(dataset.id, digits(4)).batch_id
    stage.drawn(batch_id)
    (round_,) = stage.client.get(f"/v1/batches/{batch_id}/rounds")
    assert tied.address in round_["links"]
    with stage.application.database.write() as session:
        from sebrus.store.models import DeclaredLink

        session.delete(session.get_one(DeclaredLink, (tied.address, owner.address)))


def test_honest_reviewers_cannot_be_kept_out_by_naming_them(stage, hostile_contributor, digits):
    dataset = stage.open_dataset()
    for address in stage.reviewers:
        hostile_contributor.declare_link(address)
        answer = declare(stage, address, hostile_contributor.address, hostile_contributor.account.key)
        assert refusal(answer) == (422, "signature_invalid")
    batch_id = hostile_contributor.submit(dataset.id, digits(4)).batch_id
    assert len(stage.drawn(batch_id)) == 3
    (round_,) = stage.client.get(f"/v1/batches/{batch_id}/rounds")
    assert round_["links"] == []


def test_a_crowd_of_empty_accounts_cannot_push_a_link_out(stage, honest_contributor, digits):
    """A screening names sixteen accounts; who has no stake takes none of the places."""
    from eth_account import Account

    dataset = stage.open_dataset()
    for number in range(20):
        account = Account.from_key(bytes([7]) * 31 + bytes([number]))
        assert declare(stage, account.address, honest_contributor.address, account.key).status_code == 201
    tied = next(iter(stage.reviewers.values()))
    tied.declare_link(honest_contributor.address)
    batch_id = honest_contributor.submit(dataset.id, digits(4)).batch_id
    stage.drawn(batch_id)
    (round_,) = stage.client.get(f"/v1/batches/{batch_id}/rounds")
    assert round_["links"] == [tied.address]


def test_what_is_no_link(stage, stranger):
    key = stranger.account.key
    assert refusal(declare(stage, stranger.address, stranger.address, key)) == (422, "own_account")
