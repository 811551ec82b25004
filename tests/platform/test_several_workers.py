"""Three workers share the work: each batch is screened once, nothing is sent twice, and a killed one is replaced."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter

import pytest
from sqlalchemy import func, select

from sebrus.store.models import BegunJob, Lease, SecretScreening, SecretTask, SetAside
from sebrus.store.projected import Batch, Event

from ..actors.processes import Command, processes, wait_until

pytestmark = [pytest.mark.chain, pytest.mark.slow]

LEASE_SECONDS = 10.0
"""Longer than a busy machine keeps a worker from renewing: a sender that lives must not be taken for dead."""
BATCHES = 4
ITEMS = 12
PATIENT = 600


def holders(stage, prefix):
    """Processes that hold a lease whose name begins so."""
    return [int(lease.holder.split()[1]) for lease in stage.rows(select(Lease)) if lease.name.startswith(prefix)]


def at_work(stage, *pids):
    """The jobs that some processes have begun and not ended."""
    return [job for job in stage.rows(select(BegunJob)) if int(job.holder.split()[1]) in pids]


def kill_in_the_midst(stage, workers):
    """Kill a worker that has begun to screen and not ended; returns it."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        for pid in holders(stage, "detector"):
            os.kill(pid, signal.SIGSTOP)
            if at_work(stage, pid):
                killed = next(worker for worker in workers if worker.pid == pid)
                killed.kill()
                return killed
            os.kill(pid, signal.SIGCONT)
        time.sleep(0.002)
    raise AssertionError("no worker was seen screening")


def sent_by_the_operator(stage, first_block):
    """What the operator's account sent: (calldata, whether it had an effect)."""
    web3, operator = stage.application.contract.web3, stage.application.operator.address
    found = []
    for number in range(first_block, web3.eth.block_number + 1):
        for transaction in web3.eth.get_block(number, full_transactions=True)["transactions"]:
            if transaction["from"] == operator:
                receipt = web3.eth.get_transaction_receipt(transaction["hash"])
                found.append((bytes(transaction["input"]), receipt["status"] == 1))
    return found


def test_three_workers_of_which_two_are_killed(any_stage, enrol, digits):
    stage = any_stage
    windows = {"screening_window": PATIENT, "commit_window": PATIENT, "reveal_window": PATIENT}
    datasets = [stage.open_dataset(seed=[(d, n) for _, d, n in digits(40, 40 * at)], **windows) for at in range(2)]
    handed = [
        enrol(stage).submit(dataset.id, digits(ITEMS, 100 + ITEMS * number)).batch_id
        for number in range(BATCHES)
        for dataset in datasets
    ]
    first_block = stage.application.contract.head().number + 1
    stage.rpc("evm_setIntervalMining", 1)
    worker = Command("work", {"SEBRUS_LEASE_SECONDS": str(LEASE_SECONDS)})
    with processes(stage.application, Command("index"), worker, worker, worker) as (_, *workers):
        killed = [kill_in_the_midst(stage, workers)]
        wait_until(lambda: any(pid != killed[0].pid for pid in holders(stage, "sender")), PATIENT, lambda: killed)
        sender = holders(stage, "sender")[0]
        killed += [worker for worker in workers if worker.pid == sender]
        killed[-1].kill()
        alive = [worker.pid for worker in workers if worker not in killed]

        # A worker may be killed after it kept a result and before it crossed off the job: then nobody takes it up.
        done = lambda: phases(stage) == {"Voting": len(handed)} and not at_work(stage, *alive)  # noqa: E731
        wait_until(done, PATIENT, lambda: (phases(stage), tell(workers)))
    assert len(killed) == 2
    check_screened_once(stage, handed, workers)
    check_sent_once(stage, handed, first_block)


def phases(stage):
    with stage.application.database.read() as session:
        return dict(session.execute(select(Batch.phase, func.count()).group_by(Batch.phase)).all())


def tell(workers):
    return [worker.log.read_text()[-3000:] for worker in workers]


def check_screened_once(stage, handed, workers):
    assert {row.batch_id for row in stage.rows(select(SecretScreening))} == set(handed)
    assert {(row.batch_id, row.round) for row in stage.rows(select(SecretTask))} == {(one, 0) for one in handed}
    ended = Counter(batch_id for worker in workers for batch_id in worker.logged(r"screened batch (0x\w+)"))
    assert max(ended.values()) == 1
    # A worker may be killed after it kept a screening and before it said so.
    assert len(handed) - 2 <= len(ended) <= len(handed)
    assert stage.rows(select(SetAside)) == []


def check_sent_once(stage, handed, first_block):
    sent = sent_by_the_operator(stage, first_block)
    assert all(effective for _, effective in sent)
    assert len({calldata for calldata, _ in sent}) == len(sent)
    for name in ("Submitted", "Screened"):
        subjects = stage.rows(select(Event.subject).where(Event.name == name))
        assert sorted(subjects) == sorted(handed)
