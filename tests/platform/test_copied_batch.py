"""Attack: hand another's images in under one's own name, past the server, to be paid for them again."""

from __future__ import annotations

import hashlib

import pytest

from sebrus.client import ServerRefused
from sebrus.protocol.identity import BatchKey

pytestmark = pytest.mark.chain


@pytest.fixture
def copied(stage, honest_contributor, hostile_contributor, digits, honest_reviewer):
    """A batch whose root was copied from a settled one and sent straight to the contract."""
    dataset = stage.open_dataset()
    batch_id = honest_contributor.submit(dataset.id, digits(6)).batch_id
    stage.decide(batch_id, honest_reviewer)
    batch = stage.batch(batch_id)
    root = bytes.fromhex(batch["root"][2:])
    key = BatchKey(bytes.fromhex(dataset.id[2:]), hostile_contributor.address, root, batch["item_count"])
    stage.chain.set_balance(hostile_contributor.address, 10**18)
    stage.send(hostile_contributor.account, "submit", key.as_abi(), 0, b"")
    return dataset, "0x" + key.batch_id.hex()


def test_a_copied_root_shows_no_items_and_earns_nothing(stage, copied, hostile_contributor, honest_reviewer):
    dataset, batch_id = copied
    free = hostile_contributor.money()["free"]
    stage.wait(dataset.policy.screening_window + 1)
    stage.drawn(batch_id)
    assert stage.batch(batch_id)["available"] is False
    assert stage.client.get(f"/v1/batches/{batch_id}/items") == []

    def reject(seat):
        """What cannot be seen is rejected."""
        return [False] * seat["positions"]

    batch = stage.decide(batch_id, reject)
    assert (batch["phase"], batch["accepted_count"], batch["reward"]) == ("Settled", 0, 0)
    stake = 6 * dataset.policy.item_stake
    assert hostile_contributor.money()["free"] == free + stake - stake // 2, "the copyist pays"
    stage.check_money()


def test_the_copyist_cannot_make_the_server_show_them(stage, copied, hostile_contributor, digits):
    dataset, _ = copied
    items = [(hashlib.sha256(data).hexdigest(), label) for _, data, label in digits(5)]
    with pytest.raises(ServerRefused) as caught:
        hostile_contributor._hand_in(dataset.id, items)
    assert caught.value.code == "duplicate_image"
