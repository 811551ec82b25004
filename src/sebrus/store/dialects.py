"""The few statements that SQLite and PostgreSQL share without SQLAlchemy having one word for them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Double
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from sebrus.store.models import Base


class clock(FunctionElement[float]):  # noqa: N801 - a function of SQL
    """The database's own time as the statement runs, in seconds since 1970: one clock for every machine.

    Example:
        >>> print(select(clock()).compile(dialect=postgresql.dialect()))  # doctest: +SKIP
        SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision) AS clock_1
    """

    type = Double()
    name = "clock"
    inherit_cache = True


@compiles(clock, "sqlite")
def _sqlite_clock(_element: clock, _compiler: Any, **_options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(clock, "postgresql")
def _postgresql_clock(_element: clock, _compiler: Any, **_options: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


def insert_into(session: Session, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can say ON CONFLICT, in the words of the session's database."""
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if on_postgresql else sqlite.insert(table)
