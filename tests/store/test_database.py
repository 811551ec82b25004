"""Either database: readers do not wait, writers take turns, a transaction is whole or not at all."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError

from sebrus.store.database import Database, migrate
from sebrus.store.models import ClaimedItem, Image
from sebrus.store.projected import Account


@pytest.fixture
def database(any_database_url):
    migrate(any_database_url)
    opened = Database(any_database_url)
    yield opened
    opened.close()


def claim(number):
    return ClaimedItem(dataset_id="0x1", sha256=f"{number:064x}", batch_id="0x2")


def test_sqlite_runs_in_wal_mode_with_foreign_keys(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'sebrus.db'}")
    with database.read() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1
        assert session.execute(text("PRAGMA busy_timeout")).scalar() == 30_000
        full = 2  # what was acknowledged survives a power cut
        assert session.execute(text("PRAGMA synchronous")).scalar() == full
    database.close()


def test_a_transaction_that_fails_leaves_nothing(database):
    with database.write() as session:
        session.add(claim(1))
    with pytest.raises(IntegrityError), database.write() as session:
        session.add_all([claim(2), claim(3)])
        session.flush()
        session.execute(text("INSERT INTO claimed_item VALUES ('0x1', :sha256, '0x2')"), {"sha256": f"{1:064x}"})
    with database.read() as session:
        assert len(session.scalars(select(ClaimedItem)).all()) == 1


def test_a_reader_sees_one_state_while_another_writes(database):
    with database.write() as session:
        session.add(Account(address="0xa", free=1))
    with database.read() as reader:
        assert reader.scalar(select(Account.free)) == 1
        with database.write() as writer:
            writer.get_one(Account, "0xa").free = 2
        assert reader.scalar(select(Account.free)) == 1
    with database.read() as reader:
        assert reader.scalar(select(Account.free)) == 2


def test_writers_that_read_first_take_turns(database):
    """Two connections that read, then write, would deadlock if the lock were taken at the first write."""
    with database.write() as session:
        session.add(Account(address="0xa", free=0))
    failures = []

    def add():
        try:
            for _ in range(20):
                with database.write() as session:
                    session.get_one(Account, "0xa").free += 1
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.read() as session:
        assert session.scalar(select(Account.free)) == 80


def test_amounts_beyond_32_bits_are_kept(database):
    with database.write() as session:
        session.add(Account(address="0xa", free=2**62))
    with database.read() as session:
        assert session.scalar(select(Account.free)) == 2**62


def test_times_are_kept(database):
    image = {"pixels_sha256": "0" * 64, "size": 1, "width": 8, "height": 8, "channels": 1, "media_type": "image/png"}
    with database.write() as session:
        session.add(Image(sha256="1" * 64, **image))
        session.execute(delete(Account))
    with database.read() as session:
        assert session.scalar(select(Image.created)) is not None
