"""What PostgreSQL needs to behave as the platform expects of a database: writers take turns, readers see one state.

The driver is pg8000: alive, BSD, no compiled part; psycopg is under the LGPL. Another one can be named in the URL.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import URL, Dialect, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError

DRIVER: Final = "postgresql+pg8000"
WAIT_SECONDS: Final = 30
IDLE_SECONDS: Final = 60
# Any number that nobody else uses in this database.
WRITERS: Final = 0x5EB205
# SQLSTATE: connection lost, out of resources, transaction to be tried again, lock not had in time, server going down.
PASSING: Final = ("08", "40", "53", "55", "57")
SHUTTING_DOWN: Final = ("57P01", "57P02", "57P03")


class DatabaseUnsuitable(Exception):
    """The database cannot hold our tables; the message is one sentence for people."""


def open_postgresql(url: URL) -> Engine:
    """Return an engine on PostgreSQL; connections that broke while they were pooled are replaced."""
    if url.drivername == "postgresql":
        url = url.set(drivername=DRIVER)
    # As with SQLite: what a failed statement was about to write is not for the log.
    engine = create_engine(url, pool_pre_ping=True, hide_parameters=True)
    # Many rows in one statement: pg8000 would send them one after the other.
    engine.dialect.use_insertmanyvalues_wo_returning = True
    if url.drivername == DRIVER:
        event.listen(engine, "do_connect", _connect)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _name_error)
    return engine


def check_suitable(engine: Engine) -> None:
    """Check that text sorts by its bytes and holds every character, as in SQLite.

    Raises:
        DatabaseUnsuitable: pages and projections would depend on the machine's language.
    """
    with engine.connect() as connection:
        by_bytes, encoding = connection.exec_driver_sql(
            "SELECT 'Z' < 'a', pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()"
        ).one()
    if not by_bytes or encoding != "UTF8":
        raise DatabaseUnsuitable(
            "The PostgreSQL database sorts text by a language or is not in UTF-8; make it with "
            "createdb --template=template0 --encoding=UTF8 --locale=C."
        )


def _connect(_dialect: Dialect, _record: Any, arguments: Any, settings: Any) -> Any:
    # The driver is an extra: who has no PostgreSQL need not have it.
    from sebrus.store.driver import Connection

    return Connection(*arguments, **settings)


def _prepare(connection: Any, _record: Any) -> None:
    """Wait for a lock no longer than SQLite would, and notice within minutes that the other side is gone."""
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = '{WAIT_SECONDS}s'")
    cursor.execute("SET tcp_keepalives_idle = 60")
    cursor.close()
    connection.commit()


def _begin(connection: Any) -> None:
    """Begin as SQLite does: a reader sees one state throughout, a writer waits its turn before it reads.

    Code that reads and then writes is right without retries, since no other writer is between the two. A writer that
    does nothing for a minute, as one whose machine was cut off, loses its turn.
    """
    if connection.get_execution_options().get("sebrus_read_only", False):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return
    connection.exec_driver_sql(
        f"SELECT set_config('idle_in_transaction_session_timeout', '{IDLE_SECONDS}s', true), "
        f"pg_advisory_xact_lock({WRITERS})"
    )


def _name_error(context: ExceptionContext) -> BaseException | None:
    """Name errors by what they mean: pg8000 has one kind for all, and its words are a table of fields."""
    original, fields = context.original_exception, context.original_exception.args[:1]
    named = context.sqlalchemy_exception
    if not isinstance(named, DBAPIError):
        return None
    if not fields or not isinstance(fields[0], dict):
        # No answer from the server: there was no connection, or it broke.
        return _error(OperationalError, context, original) if isinstance(named, InterfaceError) else None
    code, words = str(fields[0].get("C", "")), str(fields[0].get("M", "no reason given"))
    if code in SHUTTING_DOWN:
        context.is_disconnect = True
    plain = type(original)(words)
    if code.startswith("23"):
        return _error(IntegrityError, context, plain)
    return _error(OperationalError if code.startswith(PASSING) else type(named), context, plain)


def _error(kind: type[DBAPIError], context: ExceptionContext, original: BaseException) -> DBAPIError:
    return kind(
        context.statement,
        context.parameters,
        original,
        hide_parameters=True,
        connection_invalidated=context.is_disconnect,
    )
