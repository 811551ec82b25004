"""A page of a dataset's items is read in order: the database does not sort all of the dataset's to give the first."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import Select, inspect, make_url, select, text
from tests.store.test_migrations import config

from sebrus.store.database import Database, migrate
from sebrus.store.projected import Batch, Item

INDEX = "ix_batch_dataset_order"
# What the databases say where batches come in order and only the items of one are sorted.
IN_ORDER = {"sqlite": "FOR RIGHT PART OF ORDER BY", "postgresql": "Presorted Key: item.batch_id"}


def first_page(dataset_id: str) -> Select[tuple[Item]]:
    """What the server asks for the first hundred items of batches with a decision."""
    query = select(Item).join(Batch, Batch.id == Item.batch_id).where(Batch.dataset_id == dataset_id)
    return query.where(Batch.phase.in_(["Decided", "Settled"])).order_by(Batch.id, Item.position).limit(101)


def plan(url: str, query: Select[tuple[Item]]) -> str:
    """How the database would go about it; PostgreSQL as if its tables, which are empty, were large."""
    database = Database(url)
    spoken = str(query.compile(database.engine, compile_kwargs={"literal_binds": True}))
    with database.read() as session:
        if database.engine.dialect.name == "postgresql":
            for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort"):
                session.execute(text(f"SET enable_{way} = off"))
            lines = session.execute(text(f"EXPLAIN {spoken}")).scalars().all()
        else:
            lines = [row[3] for row in session.execute(text(f"EXPLAIN QUERY PLAN {spoken}"))]
    database.close()
    return "\n".join(lines)


@pytest.fixture
def url(any_database_url):
    migrate(any_database_url)
    return any_database_url


def test_the_first_page_of_items_is_read_in_order(url):
    told = plan(url, first_page("0x" + "d5" * 32))
    assert INDEX in told and IN_ORDER[make_url(url).get_backend_name()] in told, told


def test_without_the_index_all_of_a_datasets_items_are_sorted_or_other_datasets_gone_through(url):
    command.downgrade(config(url), "2026_11_26_failures")
    told = plan(url, first_page("0x" + "d5" * 32))
    every_dataset = "Index Scan using pk_batch" in told
    assert INDEX not in told and (every_dataset or IN_ORDER[make_url(url).get_backend_name()] not in told), told


def test_the_index_comes_with_the_migration_and_takes_the_place_of_another(url):
    def indexes() -> set[str]:
        database = Database(url)
        found = {index["name"] for index in inspect(database.engine).get_indexes("batch")}
        database.close()
        return found

    after = indexes()
    command.downgrade(config(url), "2026_11_26_failures")
    before = indexes()
    assert (after - before, before - after) == ({INDEX}, {"ix_batch_dataset_id"})
    migrate(url)
    assert indexes() == after
