"""Which version of the schema a database has, and which one this code needs."""

from __future__ import annotations

from functools import cache

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from sebrus.store.database import MIGRATIONS


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))


@cache
def newest_revision() -> str:
    """The version that this code needs."""
    head = _scripts().get_current_head()
    assert head is not None
    return head


def is_known(revision: str) -> bool:
    """Whether a version is one that this code can migrate from; else a newer one made it."""
    return any(script.revision == revision for script in _scripts().walk_revisions())


def revision_of(engine: Engine) -> str | None:
    """The version a database has; None for an empty one."""
    with engine.connect().execution_options(sebrus_read_only=True) as connection:
        return MigrationContext.configure(connection).get_current_revision()
