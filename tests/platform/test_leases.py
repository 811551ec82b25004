"""A lease is held by one worker at a time, by the database's clock; who lost it may keep nothing."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import select, update

from sebrus.platform.leases import MOST_TIMES, LeaseLost, Leases, begin_job, end_job
from sebrus.store.database import Database, migrate
from sebrus.store.dialects import clock
from sebrus.store.models import BegunJob, Lease, SetAside

AN_HOUR = 3600.0


@pytest.fixture
def database(any_database_url):
    migrate(any_database_url)
    opened = Database(any_database_url)
    yield opened
    opened.close()


@pytest.fixture
def workers(database):
    """Three processes."""
    return [Leases(database, AN_HOUR, f"host {number} {number:08x}") for number in range(3)]


def let_it_run_out(database, name="job"):
    """As when its holder was killed some time ago."""
    with database.write() as session:
        session.execute(update(Lease).where(Lease.name == name).values(until=clock() - 1))


def rows(database, kind):
    with database.read() as session:
        return session.scalars(select(kind)).all()


def test_one_holds_it_and_the_others_do_not(workers):
    with workers[0].held("job") as lease:
        assert lease is not None
        for other in workers:
            with other.held("job") as refused:
                assert refused is None
        with workers[1].held("another job") as another:
            assert another is not None
    with workers[1].held("job") as lease:
        assert lease is not None


def test_it_is_given_back_when_the_work_fails(database, workers):
    with pytest.raises(ZeroDivisionError), workers[0].held("job"):
        raise ZeroDivisionError
    assert rows(database, Lease) == []


def test_of_many_who_want_it_at_once_one_has_it(database):
    holding, most, turns = threading.Semaphore(1), [], []

    def work(number):
        mine = Leases(database, AN_HOUR, f"host {number} 0")
        while len(turns) < 20:
            with mine.held("job") as lease:
                if lease is not None:
                    most.append(holding.acquire(blocking=False))
                    turns.append(number)
                    holding.release()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(most), "two held it at the same time"


def test_a_dead_holders_lease_goes_to_another(database, workers):
    with workers[0].held("job") as dead:
        let_it_run_out(database)
        with workers[1].held("job") as lease:
            assert lease is not None
            with database.write() as session:
                lease.check(session)
            with pytest.raises(LeaseLost), database.write() as session:
                dead.check(session)
        assert dead.lost.is_set()


def test_a_slow_worker_does_not_give_back_what_another_took(database, workers):
    with workers[0].held("job"):
        let_it_run_out(database)
        taken = workers[1].held("job")
        lease = taken.__enter__()
    with database.write() as session:
        lease.check(session)
    taken.__exit__(None, None, None)


def test_a_lease_that_ran_out_and_nobody_took_still_counts(database, workers):
    with workers[0].held("job") as lease:
        let_it_run_out(database)
        with database.write() as session:
            lease.check(session)


def test_a_holder_at_work_renews_and_notices_when_it_was_too_late(database):
    with Leases(database, 0.6, "host 0 0").held("job") as lease:
        (first,) = rows(database, Lease)
        deadline = time.monotonic() + 300
        while rows(database, Lease)[0].until <= first.until:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with database.write() as session:
            session.execute(update(Lease).values(holder="another"))
        assert lease.lost.wait(300)


def test_the_clock_is_the_databases(database, workers, monkeypatch):
    with database.read() as session:
        said = session.scalar(select(clock()))
    assert abs(said - time.time()) < AN_HOUR
    monkeypatch.setattr(time, "time", lambda: said + 10 * AN_HOUR)
    with workers[0].held("job"), workers[1].held("job") as lease:
        assert lease is None, "a machine whose clock is wrong takes what it should not"


def test_who_ends_in_good_order_leaves_nothing_behind(database, workers):
    held = [workers[0].held("job"), workers[0].held("another job"), workers[1].held("theirs")]
    lease, _, theirs = (one.__enter__() for one in held)
    assert begin_job(database, lease, "screen", "0x1")
    assert begin_job(database, theirs, "screen", "0x2")
    workers[0].close()
    assert [left.name for left in rows(database, Lease)] == ["theirs"]
    assert {job.batch_id: job.times for job in rows(database, BegunJob)} == {"0x1": 0, "0x2": 1}
    for one in held:
        one.__exit__(None, None, None)


def test_a_poisoned_job_that_ends_its_worker_each_time_is_set_aside(database):
    """Nothing is caught when the system kills a process that took all memory."""
    for number in range(MOST_TIMES):
        with Leases(database, AN_HOUR, f"host {number} 0").held("job") as lease:
            assert begin_job(database, lease, "screen", "0x1")
    with Leases(database, AN_HOUR, "host 9 0").held("job") as lease:
        assert not begin_job(database, lease, "screen", "0x1")
    (aside,) = rows(database, SetAside)
    assert (aside.duty, aside.batch_id) == ("screen", "0x1")
    assert str(MOST_TIMES) in aside.reason
    assert rows(database, BegunJob) == []


def test_a_job_that_waits_for_the_disk_is_never_set_aside(database, workers):
    for _ in range(3 * MOST_TIMES):
        with workers[0].held("job") as lease:
            assert begin_job(database, lease, "screen", "0x1")
    assert [job.times for job in rows(database, BegunJob)] == [1]
    with database.write() as session:
        end_job(session, "screen", "0x1")
    assert rows(database, BegunJob) == rows(database, SetAside) == []
