"""Who does what where several workers run: a lease is work that one of them at a time may do.

A holder renews its lease while it works. One that died or was cut off stops renewing, and when the time is over another
takes the lease. The time is the database's, the same for every machine. A holder that was only slow finds out when it
wants to keep its result: `Lease.check`, in the transaction that keeps it, refuses one whose lease went to another (a
fencing check; Burrows 2006, "The Chubby lock service", section 2.4).
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, delete, literal, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute, Session

from sebrus.platform.application import Application
from sebrus.store.database import Database
from sebrus.store.dialects import clock, insert_into
from sebrus.store.models import BegunJob, Lease, SetAside

log = logging.getLogger(__name__)

# A job that ended its worker this often, by taking all memory say, is not begun again.
MOST_TIMES = 4
RENEWALS = 3
"""Renewals in the time a lease lasts: it takes two failed ones to lose it."""


class LeaseLost(Exception):
    """The lease went to another worker meanwhile; what was done under it must not count."""


@dataclass(frozen=True)
class HeldLease:
    """A lease while we hold it."""

    name: str
    holder: str
    lost: threading.Event = field(default_factory=threading.Event)

    def check(self, session: Session) -> None:
        """Make sure, within the transaction that keeps what was done, that nobody else took the lease.

        Raises:
            LeaseLost: somebody did; nothing may be kept.
        """
        if session.scalar(select(Lease.holder).where(Lease.name == self.name)) != self.holder:
            self.lost.set()
            raise LeaseLost(f"The lease {self.name!r} went to another worker; what was done under it is dropped.")


@dataclass(frozen=True)
class Leases:
    """The leases of one process, each for `seconds` from its last renewal."""

    database: Database
    seconds: float
    process: str

    @contextmanager
    def held(self, name: str) -> Iterator[HeldLease | None]:
        """Hold a lease while the block lasts; None where another holds it."""
        lease = self._take(name)
        if lease is None:
            yield None
            return
        over = threading.Event()
        renewing = threading.Thread(target=self._renew_until, args=(lease, over), name=f"lease {name}", daemon=True)
        renewing.start()
        try:
            yield lease
        finally:
            over.set()
            renewing.join()
            self._release(Lease.holder == lease.holder)

    def close(self) -> None:
        """Give back what this process holds, and the count of the jobs it leaves undone: it ends in good order."""
        ours = f"{self.process} "
        try:
            with self.database.write() as session:
                begun = BegunJob.holder.startswith(ours, autoescape=True)
                session.execute(update(BegunJob).where(begun).values(times=BegunJob.times - 1, holder=""))
        except SQLAlchemyError as error:
            log.warning("jobs that were left undone still count as begun: %s", error)
        self._release(Lease.holder.startswith(ours, autoescape=True))

    def _take(self, name: str) -> HeldLease | None:
        with self.database.read() as session:
            if session.scalar(select(Lease.name).where(Lease.name == name, Lease.until > clock())) is not None:
                return None
        holder = f"{self.process} {secrets.token_hex(8)}"
        with self.database.write() as session:
            new = insert_into(session, Lease).values(name=name, holder=holder, until=clock() + self.seconds)
            expired = new.on_conflict_do_update(
                index_elements=[Lease.name],
                set_={"holder": new.excluded.holder, "until": new.excluded.until},
                where=Lease.until <= clock(),
            )
            taken = session.scalar(expired.returning(Lease.name))
        return None if taken is None else HeldLease(name, holder)

    def _renew_until(self, lease: HeldLease, over: threading.Event) -> None:
        while not over.wait(self.seconds / RENEWALS):
            try:
                with self.database.write() as session:
                    ours = session.execute(
                        update(Lease).where(Lease.holder == lease.holder).values(until=clock() + self.seconds)
                    )
            except SQLAlchemyError as error:
                log.warning("the lease %r could not be renewed: %s", lease.name, error)
                continue
            if ours.rowcount != 1:  # type: ignore[attr-defined]
                lease.lost.set()
                return

    def _release(self, which: ColumnElement[bool]) -> None:
        try:
            with self.database.write() as session:
                session.execute(delete(Lease).where(which))
        except SQLAlchemyError as error:
            log.warning("a lease could not be given back and runs out by itself: %s", error)


PROCESS = f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(4)}"
"""Host and process for those who look at the table, and what tells two of the same name apart."""


def leases_of(application: Application) -> Leases:
    """The leases of this process."""
    return Leases(application.database, application.settings.lease_seconds, PROCESS)


# ---------------------------------------------------------------- what is leased


def sender_lease(application: Application) -> str:
    """To send transactions from the operator's account, whose numbers have no gaps and no doubles."""
    return f"sender {application.operator.address}"


def detector_lease(dataset_id: str) -> str:
    """To do the detector's work in a dataset: each batch is judged by what was found in those before."""
    return f"detector {dataset_id}"


def release_lease(dataset_id: str) -> str:
    """To build the next release of a dataset."""
    return f"release {dataset_id}"


def unheld(dataset_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """The condition that nobody does the detector's work in a dataset."""
    name = literal("detector ") + dataset_id
    return ~select(Lease.name).where(Lease.name == name, Lease.until > clock()).exists()


# ---------------------------------------------------------------- jobs that end their worker


def begin_job(database: Database, lease: HeldLease, duty: str, batch_id: str) -> bool:
    """Count a job as begun. False: it never ended when it was begun before, so it is set aside instead.

    A worker that comes back to a job, when the disk has room again say, did not end by it: that counts once.
    """
    with database.write() as session:
        job = session.get(BegunJob, (duty, batch_id))
        if job is None:
            job = BegunJob(duty=duty, batch_id=batch_id, times=0, holder="")
            session.add(job)
        again = _process(job.holder) == _process(lease.holder)
        if again or job.times < MOST_TIMES:
            job.times += not again
            job.holder = lease.holder
            return True
        session.delete(job)
        reason = f"It was begun {job.times} times and each time its worker ended before it did."
        session.merge(SetAside(duty=duty, batch_id=batch_id, reason=reason))
        return False


def _process(holder: str) -> str:
    return holder.rpartition(" ")[0]


def end_job(session: Session, duty: str, batch_id: str) -> None:
    """Forget that a job was begun."""
    session.execute(delete(BegunJob).where(BegunJob.duty == duty, BegunJob.batch_id == batch_id))
