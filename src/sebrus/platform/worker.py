"""The worker: screens what arrived, brings what was signed, moves every batch along."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.exc import NoResultFound, OperationalError

from sebrus.chain.contract import Contract, Head, Receipt
from sebrus.chain.errors import ChainError
from sebrus.detect import RowsUnreadable
from sebrus.platform.application import Application
from sebrus.platform.draws import draw_panels
from sebrus.platform.indexer import indexed_block
from sebrus.platform.keeper import commit_screenings, end_holds
from sebrus.platform.leases import (
    HeldLease,
    LeaseLost,
    begin_job,
    detector_lease,
    end_job,
    leases_of,
    sender_lease,
    unheld,
)
from sebrus.platform.metrics import SCREENINGS
from sebrus.platform.relay import relay_appeals, relay_ballots, relay_movements
from sebrus.platform.rounds import decide_rounds
from sebrus.platform.screening import screen_batch
from sebrus.platform.sealed import open_sealed
from sebrus.platform.submissions import relay_submissions, submission_to_screen, submission_to_task
from sebrus.platform.tasks import make_task, task_of
from sebrus.store.blobs import BlobNotWritten, BlobUnreachable
from sebrus.store.models import SecretScreening, SecretTask, SetAside, Submission
from sebrus.store.projected import Batch, Dataset

log = logging.getLogger(__name__)

Duty = Callable[[Application, Head], list[Receipt]]

INDEX_PATIENCE_SECONDS = 10.0
PASSING = (BlobNotWritten, BlobUnreachable, OperationalError, RowsUnreadable)


def screen_arrival(application: Application, now: int) -> bool:
    """Screen one batch that waits for it: one on chain, which has a deadline, or else one on its way there.

    False: none waits.
    """
    with application.database.read() as session:
        screened = select(SecretScreening.batch_id).where(SecretScreening.batch_id == Batch.id).exists()
        aside = select(SetAside.batch_id).where(SetAside.batch_id == Batch.id, SetAside.duty == "screen").exists()
        row = session.execute(
            select(Batch.id, Batch.dataset_id)
            .join(Dataset, Dataset.id == Batch.dataset_id)
            .where(Batch.phase == "Screening", Batch.available, Batch.deadline > now)
            .where(Dataset.detector == application.operator.address, ~screened, ~aside)
            .where(unheld(Batch.dataset_id))
            .order_by(Batch.submitted_block, Batch.id)
            .limit(1)
        ).one_or_none()
    found = submission_to_screen(application, now) if row is None else (row.id, row.dataset_id)
    if found is None:
        return False
    batch_id, dataset_id = found
    _prepare(application, "screen", batch_id, dataset_id, lambda lease: _screen(application, batch_id, lease))
    return True


def _screen(application: Application, batch_id: str, lease: HeldLease) -> None:
    with application.database.read() as session:
        if session.get(SecretScreening, batch_id) is not None:
            return  # another worker was faster between our look and our lease
    started = time.monotonic()
    found = screen_batch(application, batch_id)
    with application.database.write() as session:
        lease.check(session)
        found.keep(session)
    seconds = time.monotonic() - started
    SCREENINGS.observe(seconds)
    log.info("screened batch %s in %.2f s", batch_id, seconds, extra={"batch_id": batch_id})


def task_arrival(application: Application, now: int) -> bool:
    """Hide gold among the items of one round that waits for it and whose batch was screened. False: none waits."""
    with application.database.read() as session:
        aside = select(SetAside.batch_id).where(SetAside.batch_id == Batch.id, SetAside.duty == "task").exists()
        waiting = session.scalars(
            select(Batch)
            .join(SecretScreening, SecretScreening.batch_id == Batch.id)
            .where(Batch.phase == "Screening", Batch.available, Batch.deadline > now, ~aside)
            .where(unheld(Batch.dataset_id))
            .order_by(Batch.deadline, Batch.id)
        )
        found = next(((batch.id, batch.dataset_id) for batch in waiting if task_of(session, batch) is None), None)
        found = found or submission_to_task(session, application.operator.address)
    if found is None:
        return False
    batch_id, dataset_id = found
    _prepare(application, "task", batch_id, dataset_id, lambda lease: _task(application, batch_id, lease))
    return True


def _task(application: Application, batch_id: str, lease: HeldLease) -> None:
    with application.database.read() as session:
        batch = session.get(Batch, batch_id)
        made = session.get(SecretTask, (batch_id, 0)) if batch is None else task_of(session, batch)
        if made is not None:
            return  # as above
    make_task(application, batch_id, lease.check)


def prepare_arrival(application: Application) -> bool:
    """Screen a batch or hide the gold of a round, whichever waits. False: nothing does."""
    now = application.contract.head().time
    return task_arrival(application, now) or screen_arrival(application, now)


def _prepare(
    application: Application, duty: str, batch_id: str, dataset_id: str, work: Callable[[HeldLease], None]
) -> None:
    """Do the detector's work on a batch; one where it fails is set aside and goes on without a screening.

    Only one worker does such work in a dataset; where another took it up meanwhile nothing is done.

    Raises:
        BlobNotWritten, BlobUnreachable, OperationalError, RowsUnreadable: a full disk, a store or database that does
            not answer, or a state that has to be built again, which pass; the batch itself is not to blame.
    """
    with leases_of(application).held(detector_lease(dataset_id)) as lease:
        if lease is None or not begin_job(application.database, lease, duty, batch_id):
            return
        reason = _failure(duty, batch_id, lambda: work(lease), lambda: _is_there(application, batch_id))
        with application.database.write() as session:
            if lease.lost.is_set():
                return  # whoever has it now does the job anew, and tells how it ended
            end_job(session, duty, batch_id)
            if reason is not None:
                session.merge(SetAside(duty=duty, batch_id=batch_id, reason=reason))


def _failure(
    duty: str, batch_id: str, work: Callable[[], None], is_there: Callable[[], bool] = lambda: True
) -> str | None:
    """Do the work; why it failed, if that is the batch's own doing."""
    try:
        work()
    except PASSING:
        raise
    except LeaseLost as lost:
        log.warning("%s", lost)
    except Exception as error:
        if isinstance(error, NoResultFound | LookupError) and not is_there():
            log.info("batch %s was taken back by the chain during its %s", batch_id, duty)
            return None
        log.exception(
            "the %s of batch %s failed; it goes on without a screening", duty, batch_id, extra={"batch_id": batch_id}
        )
        # A database may refuse these characters, which a hostile file can bring into an error's words.
        return f"{type(error).__name__}: {error}".replace("\0", "").encode(errors="replace").decode()
    return None


def _is_there(application: Application, batch_id: str) -> bool:
    """Whether a batch is on chain, or on its way there."""
    with application.database.read() as session:
        return session.get(Batch, batch_id) is not None or session.get(Submission, batch_id) is not None


DUTIES: tuple[Duty, ...] = (
    relay_submissions,
    commit_screenings,
    draw_panels,
    relay_ballots,
    open_sealed,
    decide_rounds,
    relay_appeals,
    end_holds,
    relay_movements,
)


def run_worker(application: Application, stop: threading.Event) -> None:
    """Do every duty in turn until `stop` is set; a chain that does not answer is waited for.

    Screening takes seconds and has its own thread, so that it never delays what has a deadline; only this thread sends,
    and of several workers with the same operator only one.
    """
    screener = threading.Thread(target=_screen_on, args=(application, stop), name="screener", daemon=True)
    screener.start()
    leases = leases_of(application)
    try:
        while not stop.is_set():
            try:
                with leases.held(sender_lease(application)) as lease:
                    if lease is not None:
                        _send_on(application, lease, stop)
            except OperationalError as error:
                log.warning("sending has to wait: %s", error)
            stop.wait(application.settings.poll_seconds)
    finally:
        leases.close()


def _send_on(application: Application, lease: HeldLease, stop: threading.Event) -> None:
    """Do the duties while the lease is ours."""
    while not stop.is_set() and not lease.lost.is_set():
        if not take_turn(application, lease, stop):
            stop.wait(application.settings.poll_seconds)


class _Newest:
    """The newest block as a turn sees it: asked for once, and again after something was sent."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._head: Head | None = None

    def head(self) -> Head:
        if self._head is None:
            self._head = self._contract.head()
        return self._head

    def forget(self) -> None:
        self._head = None


def take_turn(application: Application, lease: HeldLease, stop: threading.Event) -> bool:
    """Do every duty once while the lease is ours; whether any sent something."""
    busy, newest = False, _Newest(application.contract)
    for duty in DUTIES:
        if stop.is_set() or lease.lost.is_set():
            break
        busy = _do(application, duty, newest, stop) or busy
    return busy


def _screen_on(application: Application, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            found = prepare_arrival(application)
        except (ChainError, *PASSING) as error:
            log.warning("the detector has to wait: %s", error)
            found = False
        except Exception:
            # The thread must not end: nothing would be screened any more, and nobody would see why.
            log.exception("the detector failed; it goes on with what waits")
            found = False
        if not found:
            stop.wait(application.settings.poll_seconds)


def _do(application: Application, duty: Duty, newest: _Newest, stop: threading.Event) -> bool:
    started = time.monotonic()
    try:
        receipts = duty(application, newest.head())
        if receipts:
            newest.forget()
            seconds = time.monotonic() - started
            log.info("%s: %d transactions in %.2f s", getattr(duty, "__name__", duty), len(receipts), seconds)
            _wait_for_index(application, max(receipt.block_number for receipt in receipts), stop)
        return bool(receipts)
    except ChainError as error:
        log.warning("%s", error)
        newest.forget()
        stop.wait(application.settings.poll_seconds)
        return False
    except Exception:
        newest.forget()
        # One bad row must not stop what others wait for; the log tells which it was.
        log.exception("%s failed; the other duties go on", getattr(duty, "__name__", duty))
        stop.wait(application.settings.poll_seconds)
        return False


def _wait_for_index(application: Application, block: int, stop: threading.Event) -> None:
    """Let the tables catch up with what was just sent, so that no step is tried twice for nothing."""
    deadline = time.monotonic() + INDEX_PATIENCE_SECONDS
    while time.monotonic() < deadline and not stop.is_set():
        with application.database.read() as session:
            if indexed_block(session) >= block:
                return
        stop.wait(0.05)
