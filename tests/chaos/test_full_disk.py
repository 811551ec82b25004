"""Not a byte of the disk is free: nothing is acknowledged that was not kept, and all goes on when there is space."""

from __future__ import annotations

import subprocess

import pytest
from benchmarks.chaos_ground import Disk

from sebrus.chain.errors import ChainError
from sebrus.client import ServerRefused

pytestmark = pytest.mark.chain


@pytest.fixture
def disk(tmp_path):
    """A file system of 64 MB of its own, for what is raised after it."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(tmp_path)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("only who may mount can have a small disk")
    yield Disk(tmp_path)
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def test_a_full_disk_refuses_and_loses_nothing(disk, own_stage, enrol, digits):
    stage = own_stage
    dataset = stage.open_dataset()
    contributor, late = enrol(stage), enrol(stage)
    batch_id = contributor.submit(dataset.id, digits(4)).batch_id
    seats = stage.drawn(batch_id)
    stage.chain.save()
    snapshot = stage.chain.state_path.read_bytes()

    disk.fill()
    with pytest.raises(ServerRefused) as refused:
        late.submit(dataset.id, digits(4, 10))
    assert refused.value.status in (503, 507)
    with pytest.raises(ServerRefused) as refused:
        for seat in seats:  # a page of the database may have room for one
            stage.reviewer_of(seat).commit(seat, [True] * seat["positions"])
        late.move("stake", 20_000_000)
        late.declare_link(contributor.address)
        late.client.post("/v1/metadata", {"name": "x" * 90, "classes": ["a", "b"], "description": "y" * 9000})
    assert refused.value.status in (503, 507)
    stage.rpc("anvil_mine", "0x3")
    with pytest.raises(ChainError, match="free some space"):
        stage.chain.save()
    assert stage.chain.running
    assert stage.chain.state_path.read_bytes() == snapshot

    disk.empty()
    stage.chain.save()
    assert stage.chain.state_path.read_bytes() != snapshot
    assert stage.decide(batch_id, lambda seat: [True] * seat["positions"])["phase"] == "Settled"
    again = late.submit(dataset.id, digits(4, 10)).batch_id
    assert stage.decide(again, lambda seat: [True] * seat["positions"])["phase"] == "Settled"
    stage.check_money()
