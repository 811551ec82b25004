"""Migrations make exactly the tables the models describe, run twice without harm, and go back."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

import sebrus.store.projected  # noqa: F401 - the tables must be known to the metadata
from sebrus.store.database import MIGRATIONS, migrate, open_engine
from sebrus.store.models import Base


@pytest.fixture
def url(any_database_url):
    return any_database_url.replace("sebrus.db", "100% new.db")


def config(url):
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return made


def test_an_upgraded_database_is_what_the_models_say(url):
    migrate(url)
    engine = open_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, Base.metadata) == []
        found = set(inspect(connection).get_table_names()) - {"alembic_version"}
    engine.dispose()
    assert found == set(Base.metadata.tables)


def test_upgrading_again_changes_nothing(url):
    migrate(url)
    migrate(url)


def test_there_is_one_newest_version():
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


def test_going_back_removes_every_table(url):
    migrate(url)
    command.downgrade(config(url), "base")
    engine = open_engine(url)
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    engine.dispose()
    migrate(url)


def test_postgresql_takes_every_name():
    """It cuts names off after 63 bytes, and indexes share one space of names with tables."""
    tables = Base.metadata.sorted_tables
    indexes = [index for table in tables for index in table.indexes]
    constraints = [constraint for table in tables for constraint in table.constraints]
    names = [str(part.name) for part in (*tables, *indexes, *constraints)]
    assert len(set(names)) == len(names)
    assert all(len(name.encode()) <= 63 for name in names)
    for statement in (*map(CreateTable, tables), *map(CreateIndex, indexes)):
        assert str(statement.compile(dialect=postgresql.dialect()))
