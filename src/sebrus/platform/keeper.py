"""Move batches along: commit screenings, start what is under appeal, pay what is decided.

Anyone may do these steps; this keeper does them as soon as they are possible. A refusal means that the tables lag
behind the chain, or that somebody else was faster, and the next pass looks again.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from sebrus.chain import calls
from sebrus.chain.calls import Call
from sebrus.chain.contract import Head, Receipt
from sebrus.chain.errors import ContractRefused, TransactionFailed
from sebrus.platform.application import Application
from sebrus.platform.keys import batch_key, concluded_rounds, decision_of, record_of, words
from sebrus.platform.sending import MOST_FAILURES
from sebrus.platform.tasks import commitment_of, task_of
from sebrus.protocol.keccak import ZERO32
from sebrus.store.models import FailedStep
from sebrus.store.projected import Account, Appeal, Batch, Dataset, Seat

log = logging.getLogger(__name__)

PACKED_GAS = 10_000_000
"""What batches in one transaction may use together, by their estimates; no transaction of ours is above 12 million."""
PAYOUT_GAS = 50_000
"""What the contract lets one receiver use: spared for each, since it may take less when it is tried."""


# ---------------------------------------------------------------- a round begins


def commit_screenings(application: Application, head: Head) -> list[Receipt]:
    """Commit the screening of each round that waits for it; past its deadline go on without one."""
    due = []
    with application.database.read() as session:
        for batch in session.scalars(select(Batch).where(Batch.phase == "Screening")):
            if head.time > batch.deadline:
                due.append(calls.skip_screening(batch_key(batch), record_of(batch)))
            elif (call := _screening(application, session, batch)) is not None:
                due.append(call)
    return [receipt for call in due for receipt in attempt(application, call)]


def _screening(application: Application, session: Session, batch: Batch) -> Call | None:
    if session.get_one(Dataset, batch.dataset_id).detector != application.operator.address or not batch.available:
        return None
    task = task_of(session, batch)
    if task is None:
        return None
    return calls.commit_screening(batch_key(batch), record_of(batch), commitment_of(session, batch, task))


# ---------------------------------------------------------------- after the hold


@dataclass(frozen=True)
class Ending:
    """What ends the hold of a batch, and who is then paid out."""

    call: Call
    payees: tuple[str, ...]


def end_holds(application: Application, head: Head) -> list[Receipt]:
    """Where a hold is over start the round of what is under appeal, or finalize and pay out.

    Batches that are due together go together. Each is tried by itself first, so that one that the contract refuses does
    not hold up the others.
    """
    with application.database.read() as session:
        held = select(Batch).where(Batch.phase == "Decided", Batch.deadline < head.time)
        over = session.scalars(held.order_by(Batch.deadline, Batch.id))
        due = [Ending(end_call(session, batch), tuple(payees(session, batch))) for batch in over]
    return [receipt for pack in _packs(application, due) for receipt in _end(application, pack)]


def _packs(application: Application, due: Sequence[Ending]) -> list[list[Ending]]:
    """The endings that the contract would take, those that go into one transaction together."""
    if len(due) == 1:
        return [[due[0]]]
    packs: list[list[Ending]] = []
    room = 0
    for ending in due:
        gas = _gas_of(application, ending)
        if gas is None:
            continue
        if _failures(application, _together(application, [ending])[0]):
            packs.insert(0, [ending])
            continue
        if gas > room:
            packs.append([])
            room = PACKED_GAS
        packs[-1].append(ending)
        room -= gas
    return packs


def _gas_of(application: Application, ending: Ending) -> int | None:
    call, spare_gas = _together(application, [ending])
    try:
        return application.contract.gas_of(application.operator, call) + spare_gas
    except ContractRefused as refused:
        log.debug("%s has to wait: %s", ending.call.function, refused)
        return None


def _together(application: Application, pack: Sequence[Ending]) -> tuple[Call, int]:
    """The endings with one payout of all who are to be paid, and the gas to spare for these."""
    accounts = sorted({account for ending in pack if ending.call.function == "finalize" for account in ending.payees})
    steps = [ending.call for ending in pack] + ([Call("payOut", (accounts,))] if accounts else [])
    return calls.packed(steps, application.contract.encode_call), PAYOUT_GAS * len(accounts)


def _end(application: Application, pack: Sequence[Ending]) -> list[Receipt]:
    call, spare_gas = _together(application, pack)
    sent = attempt(application, call, spare_gas)
    if sent or len(pack) == 1:
        return sent
    return [receipt for ending in pack for receipt in _end(application, [ending])]


def end_call(session: Session, batch: Batch) -> Call:
    """What follows the hold of a batch."""
    key, record = batch_key(batch), record_of(batch)
    if record.appeals != ZERO32:
        return calls.start_appeal(key, record, words(batch.question))
    return calls.finalize(key, record, decision_of(batch), concluded_rounds(session, batch))


def payees(session: Session, batch: Batch) -> list[str]:
    """Those with a part in a batch who left a standing order to be paid out, by address."""
    reviewers = select(Seat.reviewer).where(Seat.batch_id == batch.id)
    appellants = select(Appeal.appellant).where(Appeal.batch_id == batch.id)
    part = Account.address.in_(reviewers) | Account.address.in_(appellants) | (Account.address == batch.contributor)
    return list(session.scalars(select(Account.address).where(part, Account.payout).order_by(Account.address)))


# ---------------------------------------------------------------- each step by itself


def attempt(application: Application, call: Call, spare_gas: int = 0) -> list[Receipt]:
    """Send one step; none where the contract refuses it, or where it fails on chain.

    What failed twice is not sent again: whatever makes it fail would cost the operator gas for ever. A step has the
    batch's record in it, so the next of the same batch is another.
    """
    if _failures(application, call) >= MOST_FAILURES:
        return []
    try:
        return [application.contract.perform(application.operator, call, spare_gas=spare_gas)]
    except ContractRefused as refused:
        log.debug("%s has to wait: %s", call.function, refused)
    except TransactionFailed as error:
        _note_failure(application, call)
        log.warning("%s: %s", call.function, error)
    return []


def _name(application: Application, call: Call) -> str:
    return hashlib.sha256(application.contract.encode_call(call)).hexdigest()


def _failures(application: Application, call: Call) -> int:
    """How often just this step failed on chain."""
    name = _name(application, call)
    with application.database.read() as session:
        step = session.get(FailedStep, name)
    return 0 if step is None else step.failures


def _note_failure(application: Application, call: Call) -> None:
    name = _name(application, call)
    with application.database.write() as session:
        step = session.get(FailedStep, name)
        if step is None:
            session.add(FailedStep(call_sha256=name, function=call.function, failures=1))
        else:
            step.failures += 1
