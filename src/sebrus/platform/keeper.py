"""Move batches along: commit screenings, draw, start what is under appeal, pay what is decided.

Anyone may do these steps; this keeper does them as soon as they are possible. A refusal means that the tables lag
behind the chain, or that somebody else was faster, and the next pass looks again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from sebrus.chain import calls
from sebrus.chain.calls import Call
from sebrus.chain.contract import Receipt
from sebrus.chain.errors import ContractRefused
from sebrus.platform.application import Application
from sebrus.platform.keys import batch_key, concluded_rounds, decision_of, open_appeals, record_of, words
from sebrus.platform.tasks import commitment_of, task_of
from sebrus.protocol.keccak import ZERO32
from sebrus.store.projected import Account, Appeal, Batch, Dataset, Seat

log = logging.getLogger(__name__)

BLOCKHASH_REACH = 256


# ---------------------------------------------------------------- a round begins


def commit_screenings(application: Application) -> list[Receipt]:
    """Commit the screening of each round that waits for it; past its deadline go on without one."""
    _, now = application.contract.head()
    due = []
    with application.database.read() as session:
        for batch in session.scalars(select(Batch).where(Batch.phase == "Screening")):
            if now > batch.deadline:
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


def draw_panels(application: Application) -> list[Receipt]:
    """Draw each round whose entropy block is mined; ask again where it was missed."""
    with application.database.read() as session:
        waiting = session.scalars(select(Batch).where(Batch.phase == "Drawing"))
        due = [call for batch in waiting if (call := draw_call(application, session, batch)) is not None]
    return [receipt for call in due for receipt in attempt(application, call)]


def draw_call(application: Application, session: Session, batch: Batch) -> Call | None:
    """What brings a batch from Drawing to its vote now; None while its entropy block is not mined."""
    head, now = application.contract.head()
    key, record = batch_key(batch), record_of(batch)
    entropy_block, epoch_length = record.status.entropy_block, application.deployment.epoch_length
    if entropy_block >= head + 1:
        return None
    # The transaction lands in the next block at the earliest.
    missed = head + 1 > entropy_block + BLOCKHASH_REACH or now > record.status.deadline
    if missed or (head + 1) // epoch_length != entropy_block // epoch_length:
        return calls.request_draw(key, record)
    return calls.draw(key, record, batch.excluded, open_appeals(session, batch))


# ---------------------------------------------------------------- after the hold


def end_holds(application: Application) -> list[Receipt]:
    """Where a hold is over start the round of what is under appeal, or finalize and pay out."""
    _, now = application.contract.head()
    with application.database.read() as session:
        over = session.scalars(select(Batch).where(Batch.phase == "Decided", Batch.deadline < now))
        due = [(end_call(session, batch), payees(session, batch)) for batch in over]
    return [receipt for call, accounts in due for receipt in _end(application, call, accounts)]


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


def _end(application: Application, call: Call, accounts: Sequence[str]) -> list[Receipt]:
    if call.function != "finalize" or not accounts:
        return attempt(application, call)
    contract = application.contract
    together = [contract.encode_call(call), contract.encode("payOut", list(accounts))]
    return attempt(application, Call("multicall", (together,)))


def attempt(application: Application, call: Call) -> list[Receipt]:
    """Send one step; none where the contract refuses it."""
    try:
        return [application.contract.perform(application.operator, call)]
    except ContractRefused as refused:
        log.debug("%s has to wait: %s", call.function, refused)
        return []
