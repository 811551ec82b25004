"""Only what an account signed for this chain and this contract is taken, unaltered and in time."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from sebrus.protocol.leaf import batch_tree
from sebrus.protocol.signature import Domain, Stake, Submit, sign
from sebrus.store.models import SignedMovement, Submission

pytestmark = pytest.mark.chain


class Signed:
    """A batch body, as its contributor would send it."""

    def __init__(self, stage, contributor, files) -> None:
        self.stage, self.contributor = stage, contributor
        self.dataset = stage.open_dataset()
        stage.client.upload([(name, data) for name, data, _ in files])
        self.items = [(hashlib.sha256(data).digest(), label) for _, data, label in files]

    def body(self, *, domain: Domain | None = None, key: bytes | None = None, deadline: int | None = None) -> Any:
        deadline = self.stage.now() + 1000 if deadline is None else deadline
        message = Submit(
            bytes.fromhex(self.dataset.id[2:]),
            self.contributor.address,
            batch_tree(self.items).root,
            len(self.items),
            deadline,
        )
        signature = sign(domain or self.stage.client.domain, message, key or self.contributor.account.key)
        return {
            "dataset_id": self.dataset.id,
            "contributor": self.contributor.address,
            "items": [{"sha256": sha256.hex(), "label": label} for sha256, label in self.items],
            "deadline": deadline,
            "signature": "0x" + signature.hex(),
        }

    def send(self, body: Any) -> httpx.Response:
        return httpx.post(f"{self.stage.url}/api/v1/batches", json=body)

    def refused(self, body: Any, code: str = "signature_invalid", status: int = 422) -> None:
        answer = self.send(body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert self.stage.rows(select(Submission).where(Submission.dataset_id == self.dataset.id)) == []


@pytest.fixture
def signed(stage, honest_contributor, digits):
    return Signed(stage, honest_contributor, digits(3))


def test_the_right_signature_is_taken_and_again_is_no_error(signed):
    body = signed.body()
    first, again = signed.send(body), signed.send(body)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()


def test_anothers_signature_is_refused(signed, stranger):
    signed.refused(signed.body(key=stranger.account.key))


def test_a_signature_for_another_chain_is_refused(signed):
    here = signed.stage.client.domain
    signed.refused(signed.body(domain=Domain(here.chain_id + 1, here.contract)))


def test_a_signature_for_another_contract_is_refused(signed):
    here = signed.stage.client.domain
    signed.refused(signed.body(domain=Domain(here.chain_id, "0x" + "11" * 20)))


def test_an_expired_signature_is_refused(signed):
    signed.refused(signed.body(deadline=signed.stage.now() - 1), "signature_expired")


def test_a_signature_for_ever_is_refused(signed):
    signed.refused(signed.body(deadline=2**62), "deadline_too_far")


def test_altered_items_are_refused(signed):
    good = signed.body()
    for alter in (
        lambda body: body["items"].reverse(),
        lambda body: body["items"].pop(),
        lambda body: body["items"][0].update(label=(body["items"][0]["label"] + 1) % 10),
        lambda body: body.update(deadline=body["deadline"] + 1),
    ):
        body = copy.deepcopy(good)
        alter(body)
        signed.refused(body)


def test_another_contributor_cannot_take_the_signature_over(signed, hostile_contributor):
    signed.refused(signed.body() | {"contributor": hostile_contributor.address})


@pytest.mark.parametrize("signature", ["0x", "0x00", "0x" + "00" * 65, "0x" + "ff" * 65, "0x" + "11" * 4096])
def test_garbage_is_refused(signed, signature):
    signed.refused(signed.body() | {"signature": signature})


@pytest.mark.parametrize("signature", ["", "0xzz", "0x123", "0x" + "00" * 4097])
def test_what_is_no_signature_at_all_is_invalid(signed, signature):
    signed.refused(signed.body() | {"signature": signature}, "invalid_request")


def test_the_address_may_be_written_in_small_letters(signed):
    body = signed.body()
    body["contributor"] = body["contributor"].lower()
    assert signed.send(body).status_code == 202


def test_a_movement_of_anothers_money_is_refused(stage, honest_contributor, stranger):
    deadline = stage.now() + 100
    message = Stake(honest_contributor.address, 10_000_000, 0, deadline)
    signature = sign(stage.client.domain, message, stranger.account.key)
    body = {
        "kind": "stake",
        "account": honest_contributor.address,
        "amount": 10_000_000,
        "nonce": 0,
        "deadline": deadline,
        "signature": "0x" + signature.hex(),
    }
    answer = httpx.post(f"{stage.url}/api/v1/movements", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "signature_invalid")
    signature = sign(stage.client.domain, message, honest_contributor.account.key)
    for kind in ("unstake", "withdraw"):
        answer = httpx.post(
            f"{stage.url}/api/v1/movements", json=body | {"kind": kind, "signature": "0x" + signature.hex()}
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "signature_invalid"), kind
    account = SignedMovement.account == honest_contributor.address
    assert stage.rows(select(SignedMovement).where(account)) == []


def test_a_replayed_movement_moves_money_once(stage, honest_contributor):
    deadline = stage.now() + 100
    message = Stake(honest_contributor.address, 10_000_000, 0, deadline)
    body = {
        "kind": "stake",
        "account": honest_contributor.address,
        "amount": 10_000_000,
        "nonce": 0,
        "deadline": deadline,
        "signature": "0x" + sign(stage.client.domain, message, honest_contributor.account.key).hex(),
    }
    for _ in range(3):
        assert httpx.post(f"{stage.url}/api/v1/movements", json=body).status_code == 202
        stage.step()
    assert honest_contributor.money()["stake"] == 10_000_000
    stage.check_money()
