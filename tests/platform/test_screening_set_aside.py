"""A batch whose screening fails for its own reason is set aside, and goes on without one."""

from __future__ import annotations

import hashlib

import pytest

from sebrus.platform import worker
from sebrus.platform.worker import PASSING, _failure
from sebrus.store.blobs import BlobUnreachable, blob_place
from sebrus.store.models import SetAside

pytestmark = pytest.mark.chain


@pytest.mark.filterwarnings("default")
def test_a_poisoned_job_does_not_stop_the_others(stage, hostile_contributor, honest_contributor, digits):
    dataset = stage.open_dataset()
    poisoned = hostile_contributor.submit(dataset.id, digits(4))
    healthy = honest_contributor.submit(stage.open_dataset().id, digits(4, 10))
    rotten = hashlib.sha256(digits(4)[0][1]).hexdigest()
    path = stage.application.blobs.root / blob_place(rotten)
    good = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(b"rotten")
    try:
        stage.rest()
    finally:
        path.write_bytes(good)
    assert stage.seats(healthy.batch_id)
    assert stage.batch(poisoned.batch_id)["phase"] == "Screening"
    aside = stage.row(SetAside, ("screen", poisoned.batch_id))
    assert aside is not None and "Corrupted" in aside.reason
    stage.wait(dataset.policy.screening_window + 1)
    assert stage.drawn(poisoned.batch_id)
    (only,) = stage.client.get(f"/v1/batches/{poisoned.batch_id}/rounds")
    assert (only["round"], only["seats"], only["commitment"]) == (1, 5, None)


def test_an_errors_words_can_be_kept_by_any_database(monkeypatch):
    """A hostile file may bring into them what PostgreSQL takes in no text."""
    monkeypatch.setattr(worker.log, "disabled", True)  # nor does pytest-xdist, of what is logged

    def fail() -> None:
        raise ValueError("bad\0byte \ud800")

    assert _failure("screen", "0x1", fail) == "ValueError: badbyte ?"


def test_a_store_that_does_not_answer_is_not_the_batchs_fault():
    def fail() -> None:
        raise BlobUnreachable("The bucket does not answer.")

    with pytest.raises(PASSING):
        _failure("screen", "0x1", fail)
