"""PostgreSQL: what it would do otherwise than SQLite, and what it says when it cannot."""

from __future__ import annotations

import gc
import logging

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from sebrus.store import postgresql as ours
from sebrus.store.database import Database, migrate, open_engine
from sebrus.store.models import ClaimedItem
from sebrus.store.postgresql import DatabaseUnsuitable
from sebrus.store.projected import Account

from ..actors.relay import Relay

# pg8000 leaves the socket of a connection that broke to the collector.
leaves_sockets = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _collected():
    """What a test leaves to the collector is that test's."""
    yield
    gc.collect()


@pytest.fixture
def url(postgresql):
    return postgresql.make()


@pytest.fixture
def database(url):
    migrate(url)
    opened = Database(url)
    yield opened
    opened.close()


@pytest.fixture
def relay(postgresql):
    opened = Relay(postgresql.port)
    yield opened
    opened.close()


@pytest.fixture
def relayed(postgresql, relay, url):
    migrate(url)
    opened = Database(url.replace(f":{postgresql.port}/", f":{relay.port}/"))
    yield opened
    opened.close()


def accounts(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Account)) or 0


def test_an_address_without_a_driver_is_understood(database):
    assert database.engine.dialect.driver == "pg8000"


@pytest.mark.parametrize(
    "options",
    [
        ["TEMPLATE template0", "LOCALE_PROVIDER icu", "ICU_LOCALE 'en'", "LC_COLLATE 'C'"],
        ["TEMPLATE template0", "ENCODING 'SQL_ASCII'"],
    ],
)
def test_a_database_that_sorts_by_a_language_is_refused(postgresql, options):
    """Pages would skip or repeat rows on their way to another machine."""
    with pytest.raises(DatabaseUnsuitable, match=r"--locale=C\.$"):
        migrate(postgresql.make(*options))


def test_text_sorts_by_its_bytes(database):
    names = ["0xB", "0xa", "0xb", "0x1", "0xA"]
    with database.write() as session:
        session.execute(insert(Account), [{"address": name} for name in names])
    with database.read() as session:
        assert session.scalars(select(Account.address).order_by(Account.address)).all() == sorted(names)


def test_errors_are_named_by_what_they_mean(database):
    row = {"dataset_id": "0x1", "sha256": "a" * 64, "batch_id": "0x2"}
    with pytest.raises(IntegrityError, match="duplicate key"), database.write() as session:
        session.add_all([ClaimedItem(**row), ClaimedItem(**row | {"batch_id": "0x3"})])
    with pytest.raises(DBAPIError, match="division by zero") as found, database.write() as session:
        session.execute(text("SELECT 1/0"))
    assert not isinstance(found.value, OperationalError)


def test_a_reader_cannot_write(database):
    with pytest.raises(DBAPIError, match="read-only"), database.read() as session:
        session.execute(insert(Account), [{"address": "0x1"}])


def test_a_writer_does_not_wait_forever(url, monkeypatch):
    monkeypatch.setattr(ours, "WAIT_SECONDS", 1)
    migrate(url)
    database = Database(url)
    with database.write() as first:
        first.execute(text("SELECT 1"))
        with pytest.raises(OperationalError, match="lock timeout"), database.write() as second:
            second.execute(text("SELECT 1"))
    database.close()


@leaves_sockets
def test_a_writer_that_was_cut_off_loses_its_turn(url, monkeypatch):
    migrate(url)
    silent, other = Database(url), Database(url)
    with pytest.raises(OperationalError), silent.write() as session:
        with monkeypatch.context() as shorter:
            shorter.setattr(ours, "IDLE_SECONDS", 1)
            session.connection()  # has its turn from here on, and says nothing more
        with other.write() as later:
            later.add(Account(address="0x1"))
        session.add(Account(address="0x2"))
    with other.read() as session:
        assert session.scalars(select(Account.address)).all() == ["0x1"]
    silent.close()
    other.close()


@leaves_sockets
def test_connections_that_broke_are_replaced(postgresql, database, url):
    with database.read() as session:
        session.execute(text("SELECT 1"))
    name = url.rpartition("/")[2]
    # Ended, and gone: a statement that comes while the server takes its leave is another story.
    postgresql.sql(
        "postgres", f"SELECT count(pg_terminate_backend(pid, 30000)) FROM pg_stat_activity WHERE datname = '{name}'"
    )
    with database.write() as session:
        session.add(Account(address="0x1"))


@leaves_sockets
def test_a_pooled_connection_that_is_reset_is_replaced(relayed, relay, caplog):
    assert accounts(relayed) == 0
    relay.resets = 1
    with caplog.at_level(logging.WARNING), relayed.write() as session:
        session.add(Account(address="0x1"))
    assert relay.resets == 0
    assert accounts(relayed) == 1
    assert caplog.text == ""


@leaves_sockets
def test_a_reset_within_a_transaction_ends_it_as_a_server_that_does_not_answer(relayed, relay):
    with pytest.raises(OperationalError, match="network error"), relayed.write() as session:
        session.execute(text("SELECT 1"))
        session.add(Account(address="0x1"))
        relay.resets = 1
    assert relay.resets == 0
    assert accounts(relayed) == 0


@leaves_sockets
def test_a_reset_when_connecting_is_a_server_that_does_not_answer(relayed, relay):
    relay.resets = 1
    with pytest.raises(OperationalError, match="network error"):
        accounts(relayed)
    assert relay.resets == 0
    assert accounts(relayed) == 0


@leaves_sockets
def test_a_server_that_is_not_there_or_refuses_says_so_and_no_secret(postgresql, url):
    for wrong, words in (
        (url.replace(f":{postgresql.port}/", ":1/"), "connection"),
        (url.replace(postgresql.password, "hunter2"), "password authentication failed"),
    ):
        engine = open_engine(wrong)
        with pytest.raises(DBAPIError, match=words) as found, engine.connect():
            pass
        assert "hunter2" not in str(found.value) and postgresql.password not in str(found.value)
