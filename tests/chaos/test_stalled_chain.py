"""The node hangs with its connections open: what people hand in is taken all the same, and the rest says so."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

import sebrus.client._role
import sebrus.platform.signatures
from sebrus.client import Client, ServerRefused
from sebrus.store.models import Submission

pytestmark = pytest.mark.chain

# More than the server's pool has connections to its database.
CURIOUS = 24


def test_uploads_and_batches_are_taken_while_many_ask_a_chain_that_hangs(own_stage, enrol, digits, monkeypatch):
    stage = own_stage
    # The stage's people and server read the time from the chain, which hangs.
    for module in (sebrus.client._role, sebrus.platform.signatures):
        monkeypatch.setattr(module, "time", time)
    dataset, contributor = stage.open_dataset(), enrol(stage)
    assert contributor.money()["free"]

    def ask(_: int) -> str:
        with Client(stage.url) as client:
            try:
                client.get(f"/v1/accounts/{contributor.address}")
            except ServerRefused as refused:
                return refused.code
            return "answered"

    stage.chain._process.send_signal(signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(CURIOUS) as pool:
            asked = pool.map(ask, range(CURIOUS))
            handed = contributor.submit(dataset.id, digits(4))
            assert stage.row(Submission, handed.batch_id) is not None
            assert stage.rows(select(Submission.refusal)) == [None]
            stage.chain._process.send_signal(signal.SIGCONT)
            assert set(asked) <= {"answered", "chain_unreachable"}
    finally:
        stage.chain._process.send_signal(signal.SIGCONT)
    assert stage.decide(handed.batch_id, lambda seat: [True] * seat["positions"])["phase"] == "Settled"
