"""The worker: screens what arrived, brings what was signed, moves every batch along."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.exc import NoResultFound, OperationalError

from sebrus.chain.contract import Receipt
from sebrus.chain.errors import ChainError
from sebrus.platform.application import Application
from sebrus.platform.indexer import indexed_block
from sebrus.platform.keeper import commit_screenings, draw_panels, end_holds
from sebrus.platform.relay import relay_appeals, relay_ballots, relay_movements, relay_submissions
from sebrus.platform.rounds import decide_rounds
from sebrus.platform.screening import screen_batch
from sebrus.platform.sealed import open_sealed
from sebrus.platform.tasks import make_task, task_of
from sebrus.store.blobs import BlobNotWritten
from sebrus.store.models import SecretScreening, SetAside
from sebrus.store.projected import Batch, Dataset

log = logging.getLogger(__name__)

Duty = Callable[[Application], list[Receipt]]

INDEX_PATIENCE_SECONDS = 10.0


def screen_arrival(application: Application) -> bool:
    """Screen one batch that waits for it. False: none waits."""
    _, now = application.contract.head()
    with application.database.read() as session:
        screened = select(SecretScreening.batch_id).where(SecretScreening.batch_id == Batch.id).exists()
        aside = select(SetAside.batch_id).where(SetAside.batch_id == Batch.id, SetAside.duty == "screen").exists()
        batch_id = session.scalar(
            select(Batch.id)
            .join(Dataset, Dataset.id == Batch.dataset_id)
            .where(Batch.phase == "Screening", Batch.available, Batch.deadline > now)
            .where(Dataset.detector == application.operator.address, ~screened, ~aside)
            .order_by(Batch.submitted_block, Batch.id)
            .limit(1)
        )
    if batch_id is None:
        return False
    started = time.monotonic()
    if _prepared(application, "screen", batch_id, lambda: _screen(application, batch_id)):
        log.info("screened batch %s in %.2f s", batch_id, time.monotonic() - started)
    return True


def _screen(application: Application, batch_id: str) -> None:
    found = screen_batch(application, batch_id)
    with application.database.write() as session:
        found.keep(session)


def task_arrival(application: Application) -> bool:
    """Hide gold among the items of one round that waits for it and whose batch was screened. False: none waits."""
    _, now = application.contract.head()
    with application.database.read() as session:
        aside = select(SetAside.batch_id).where(SetAside.batch_id == Batch.id, SetAside.duty == "task").exists()
        waiting = session.scalars(
            select(Batch)
            .join(SecretScreening, SecretScreening.batch_id == Batch.id)
            .where(Batch.phase == "Screening", Batch.available, Batch.deadline > now, ~aside)
            .order_by(Batch.deadline, Batch.id)
        )
        batch_id = next((batch.id for batch in waiting if task_of(session, batch) is None), None)
    if batch_id is None:
        return False
    _prepared(application, "task", batch_id, lambda: make_task(application, batch_id))
    return True


def prepare_arrival(application: Application) -> bool:
    """Screen a batch or hide the gold of a round, whichever waits. False: nothing does."""
    return task_arrival(application) or screen_arrival(application)


def _prepared(application: Application, duty: str, batch_id: str, work: Callable[[], None]) -> bool:
    """Do the detector's work on a batch; one where it fails is set aside and goes on without a screening.

    Raises:
        BlobNotWritten, OperationalError: a full disk or a busy database, which pass; the batch itself is not to blame.
    """
    try:
        work()
    except (BlobNotWritten, OperationalError):
        raise
    except Exception as error:
        if isinstance(error, NoResultFound | LookupError) and not _is_on_chain(application, batch_id):
            log.info("batch %s was taken back by the chain during its %s", batch_id, duty)
            return False
        log.exception("the %s of batch %s failed; it goes on without a screening", duty, batch_id)
        with application.database.write() as session:
            session.add(SetAside(duty=duty, batch_id=batch_id, reason=f"{type(error).__name__}: {error}"))
        return False
    return True


def _is_on_chain(application: Application, batch_id: str) -> bool:
    with application.database.read() as session:
        return session.get(Batch, batch_id) is not None


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

    Screening takes seconds and has its own thread, so that it never delays what has a deadline; only this thread sends.
    """
    screener = threading.Thread(target=_screen_on, args=(application, stop), name="screener", daemon=True)
    screener.start()
    while not stop.is_set():
        busy = False
        for duty in DUTIES:
            if stop.is_set():
                return
            busy = _do(application, duty, stop) or busy
        if not busy:
            stop.wait(application.settings.poll_seconds)


def _screen_on(application: Application, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            found = prepare_arrival(application)
        except (ChainError, BlobNotWritten, OperationalError) as error:
            log.warning("the detector has to wait: %s", error)
            found = False
        except Exception:
            # The thread must not end: nothing would be screened any more, and nobody would see why.
            log.exception("the detector failed; it goes on with what waits")
            found = False
        if not found:
            stop.wait(application.settings.poll_seconds)


def _do(application: Application, duty: Duty, stop: threading.Event) -> bool:
    started = time.monotonic()
    try:
        receipts = duty(application)
        if receipts:
            seconds = time.monotonic() - started
            log.info("%s: %d transactions in %.2f s", getattr(duty, "__name__", duty), len(receipts), seconds)
            _wait_for_index(application, max(receipt.block_number for receipt in receipts), stop)
        return bool(receipts)
    except ChainError as error:
        log.warning("%s", error)
        stop.wait(application.settings.poll_seconds)
        return False
    except Exception:
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
