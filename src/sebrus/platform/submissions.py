"""Bring signed batches to the chain, each in one transaction with its screening where that is ours to make.

A batch that the contract would take is screened before it is sent, so that its screening needs no transaction of its
own. What cannot be sent is not screened: nobody can feed or probe the detector with batches that never cost anything.
And nothing waits long for the detector: after a while, or where its work was set aside, the batch is sent alone and
screened on chain, as is one that somebody else submits meanwhile. All of this is timed by the chain's clock.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from sebrus.chain import calls
from sebrus.chain.calls import Call
from sebrus.chain.contract import Head, Receipt
from sebrus.chain.errors import ContractRefused
from sebrus.platform.application import Application
from sebrus.platform.arrivals import on_its_way
from sebrus.platform.keys import hash_bytes, policy_of
from sebrus.platform.leases import unheld
from sebrus.platform.refusals import BEHIND, WAITING
from sebrus.platform.sending import one_by_one, refusal_of, refuse, send_signed
from sebrus.platform.tasks import commitment_of
from sebrus.protocol.identity import BatchKey
from sebrus.protocol.record import BatchRecord
from sebrus.store.models import SecretScreening, SecretTask, SetAside, Submission
from sebrus.store.projected import Account, Batch, Dataset

log = logging.getLogger(__name__)

LONGEST_WAIT_SECONDS = 60
"""How long a batch waits for its screening at most; a quarter of the screening window where that is shorter."""


# ---------------------------------------------------------------- to the chain


def relay_submissions(application: Application, head: Head) -> list[Receipt]:
    """Send each signed batch that is not on chain and is screened, or need not be, or has waited long enough."""
    with application.database.read() as session:
        waiting = _to_advance(session, application.operator.address, head.time)
        payable = [one for one in waiting if _can_pay(session, one, head.time)]
    return one_by_one(payable, lambda submission: _advance(application, submission, head.time))


def _to_advance(session: Session, detector: str, now: int) -> Iterator[Submission]:
    """The batches to look at, oldest first: not those that only wait for our screening, of which there may be many."""
    screened = select(SecretScreening.batch_id).where(SecretScreening.batch_id == Submission.batch_id).exists()
    made = select(SecretTask.batch_id).where(SecretTask.batch_id == Submission.batch_id, SecretTask.round == 0).exists()
    query = (
        select(Submission, Dataset, (screened & made) | _set_aside(Submission.batch_id).exists())
        .join(Dataset, Dataset.id == Submission.dataset_id, isouter=True)
        .where(_waits(Submission))
        .order_by(Submission.created)
    )
    for submission, dataset, through in session.execute(query):
        ours = dataset is not None and dataset.detector == detector
        if not ours or through or submission.ready is None or _waited_long(dataset, submission, now):
            yield submission


def _waits(submission: type[Submission]) -> ColumnElement[bool]:
    """Whether a submission was neither refused nor seen on chain."""
    return submission.refusal.is_(None) & ~select(Batch.id).where(Batch.id == submission.batch_id).exists()


def _can_pay(session: Session, submission: Submission, now: int) -> bool:
    """Whether to try: a batch that waits for its contributor's deposit is not worth asking the chain at every turn."""
    if submission.waiting is None or submission.deadline <= now:
        return True
    account, dataset = session.get(Account, submission.contributor), session.get(Dataset, submission.dataset_id)
    if account is None or dataset is None:
        return False
    return account.free >= submission.item_count * int(dataset.policy["itemStake"])


def _advance(application: Application, submission: Submission, now: int) -> list[Receipt]:
    """Send a batch, or let it wait for its screening from when the chain would take it."""
    with application.database.read() as session:
        ours = _may_be_screened(application, session, submission)
        screening = _screening_call(session, submission) if ours else None
        patient = ours and not _waited_long(session.get_one(Dataset, submission.dataset_id), submission, now)
    alone = submit_call(submission)
    if screening is not None and (sent := _with_screening(application, submission, [alone, screening])):
        return sent
    if screening is None and patient:
        if submission.ready is None:
            _check(application, submission, now)
        return []
    return _send(application, submission, alone)


def _may_be_screened(application: Application, session: Session, submission: Submission) -> bool:
    """Whether the detector is ours and has not failed on this batch."""
    dataset = session.get(Dataset, submission.dataset_id)
    if dataset is None or dataset.detector != application.operator.address:
        return False
    return session.scalar(_set_aside(submission.batch_id)) is None


def _waited_long(dataset: Dataset, submission: Submission, now: int) -> bool:
    if submission.ready is None:
        return False
    window = policy_of(dataset).screening_window
    return now > submission.ready + min(LONGEST_WAIT_SECONDS, window // 4)


def submit_call(submission: Submission) -> Call:
    """The call that brings a signed batch to the chain."""
    dataset_id, root = hash_bytes(submission.dataset_id), hash_bytes(submission.root)
    key = BatchKey(dataset_id, submission.contributor, root, submission.item_count)
    return calls.submit(key, submission.deadline, hash_bytes(submission.signature))


def _screening_call(session: Session, submission: Submission) -> Call | None:
    """What commits to the screening in the transaction that submits; None while it is not made."""
    task = session.get(SecretTask, (submission.batch_id, 0))
    if task is None or session.get(SecretScreening, submission.batch_id) is None:
        return None
    key = BatchKey.from_abi(submit_call(submission).arguments[0])
    # The deadline is the contract's to compute: zero stands for that of a batch submitted in the same block.
    record = BatchRecord.submitted(submission.item_count, screening_deadline=0)
    return calls.commit_screening(key, record, commitment_of(session, on_its_way(submission, []), task))


def _with_screening(application: Application, submission: Submission, steps: Sequence[Call]) -> list[Receipt]:
    try:
        return [send_signed(application, calls.packed(steps, application.contract.encode_call), [submission])]
    except ContractRefused as refused:
        log.debug("submission and screening do not go together: %s", refused)
        return []


def _send(application: Application, submission: Submission, call: Call) -> list[Receipt]:
    try:
        return [send_signed(application, call, [submission])]
    except ContractRefused as refused:
        _note(application, submission.batch_id, refused)
        return []


def _check(application: Application, submission: Submission, now: int) -> bool:
    """Whether the chain would take a batch; note since when, or why it does not."""
    refused = refusal_of(application, submit_call(submission), submission)
    if refused is not None:
        _note(application, submission.batch_id, refused)
        return False
    if submission.ready is None:
        with application.database.write() as session:
            row = session.get_one(Submission, submission.batch_id)
            row.ready, row.waiting = now, None
    return True


def _note(application: Application, batch_id: str, refused: ContractRefused) -> None:
    """Note why the chain does not take a batch, or never will; a final refusal frees its images."""
    if refused.name in BEHIND:
        return
    with application.database.write() as session:
        submission = session.get_one(Submission, batch_id)
        if refused.name in WAITING:
            submission.ready, submission.waiting = None, str(refused)
            return
        refuse(session, submission, str(refused))


# ---------------------------------------------------------------- to the detector


def submission_to_screen(application: Application, now: int) -> tuple[str, str] | None:
    """The batch that waits longest for its screening before it is sent, and its dataset; None where none does.

    A contributor has one screened batch on the way to a dataset at a time: the next is read with all that came before,
    as the detector needs it. And the chain is asked again just before: the one before may have taken the deposit.
    """
    with application.database.read() as session:
        waiting = session.scalars(_to_screen(application.operator.address)).all()
    return next(((one.batch_id, one.dataset_id) for one in waiting if _check(application, one, now)), None)


def _to_screen(detector: str) -> Select[Submission]:
    other = aliased(Submission)
    on_the_way = (
        select(other.batch_id)
        .join(SecretScreening, SecretScreening.batch_id == other.batch_id)
        .where(other.dataset_id == Submission.dataset_id, other.contributor == Submission.contributor, _waits(other))
    )
    screened = select(SecretScreening.batch_id).where(SecretScreening.batch_id == Submission.batch_id)
    return (
        select(Submission)
        .join(Dataset, Dataset.id == Submission.dataset_id)
        .where(Dataset.detector == detector, Submission.ready.is_not(None), _waits(Submission))
        .where(unheld(Submission.dataset_id))
        .where(~screened.exists(), ~_set_aside(Submission.batch_id).exists(), ~on_the_way.exists())
        .order_by(Submission.ready, Submission.created)
    )


def submission_to_task(session: Session, detector: str) -> tuple[str, str] | None:
    """A batch screened before it is sent whose first round has no task yet, and its dataset; None: there is none."""
    made = select(SecretTask.batch_id).where(SecretTask.batch_id == Submission.batch_id, SecretTask.round == 0)
    found = session.execute(
        select(Submission.batch_id, Submission.dataset_id)
        .join(Dataset, Dataset.id == Submission.dataset_id)
        .join(SecretScreening, SecretScreening.batch_id == Submission.batch_id)
        .where(Dataset.detector == detector, _waits(Submission))
        .where(~made.exists(), ~_set_aside(Submission.batch_id).exists(), unheld(Submission.dataset_id))
        .order_by(Submission.ready, Submission.created)
        .limit(1)
    ).one_or_none()
    return None if found is None else (found.batch_id, found.dataset_id)


def _set_aside(batch_id: InstrumentedAttribute[str] | str) -> Select[str]:
    """The detector's work on a batch that failed."""
    return select(SetAside.duty).where(SetAside.batch_id == batch_id, SetAside.duty.in_(["screen", "task"]))
