"""Run migrations on the URL the caller names."""

from alembic import context

from sebrus.store import projected  # noqa: F401 - the tables must be known to the metadata
from sebrus.store.database import open_engine
from sebrus.store.models import Base


def run() -> None:
    """Upgrade within one transaction, so that of several processes one does; SQLite alters tables in batch mode.

    Left to itself, Alembic commits after each step on SQLite, and another process would begin in between.
    """
    url = context.config.get_main_option("sqlalchemy.url")
    assert url is not None
    engine = open_engine(url)
    with engine.begin() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
        context.run_migrations()
    engine.dispose()


run()
