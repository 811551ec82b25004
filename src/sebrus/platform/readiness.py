"""Whether a process can answer requests now: what it needs, each part asked by itself."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from sebrus.chain.errors import ChainError
from sebrus.platform.application import Application
from sebrus.platform.indexer import indexed_block
from sebrus.store.blobs import BlobStore
from sebrus.store.disk import DiskBlobs
from sebrus.store.revisions import newest_revision, revision_of

BEHIND_BLOCKS = 100


@dataclass(frozen=True)
class Part:
    """One thing that is needed; `problem` is a sentence, None where it is at hand."""

    name: str
    problem: str | None

    @property
    def ready(self) -> bool:
        """Whether it is at hand."""
        return self.problem is None


def readiness(application: Application) -> list[Part]:
    """Database, schema, image store and chain; sentences name no address and no secret, for anybody may read them."""
    parts: dict[str, Callable[[Application], str | None]] = {
        "database": _database,
        "migrations": _migrations,
        "store": _store,
        "chain": _chain,
    }
    return [Part(name, ask(application)) for name, ask in parts.items()]


def blocks_behind(application: Application, head: int, indexed: int) -> int:
    """How many blocks that should be in the tables are not."""
    return max(0, head - application.settings.confirmations - indexed)


def _database(application: Application) -> str | None:
    try:
        with application.database.read() as session:
            indexed_block(session)
    except SQLAlchemyError:
        return "The database does not answer; see the server's log."
    return None


def _migrations(application: Application) -> str | None:
    try:
        current = revision_of(application.database.engine) == newest_revision()
    except SQLAlchemyError:
        return "The database does not answer; see the server's log."
    return None if current else "The database has another version of the schema than this server; restart the older."


def _store(application: Application) -> str | None:
    blobs: BlobStore = application.blobs
    if not isinstance(blobs, DiskBlobs):
        return None  # what answers elsewhere is asked with each request
    try:
        free = shutil.disk_usage(blobs.root).free
    except OSError:
        return "The image store's folder is gone; mount its volume."
    if not os.access(blobs.root / "writing", os.W_OK):
        return "The image store cannot be written; check the permissions of its folder."
    return None if free > application.settings.max_image_bytes else "The image store is full; free some space."


def _chain(application: Application) -> str | None:
    try:
        head = application.contract.head().number
        with application.database.read() as session:
            behind = blocks_behind(application, head, indexed_block(session))
    except ChainError:
        return "The chain does not answer; check that its node runs."
    except SQLAlchemyError:
        return "The database does not answer; see the server's log."
    return None if behind <= BEHIND_BLOCKS else f"The tables are {behind} blocks behind; check that the indexer runs."
