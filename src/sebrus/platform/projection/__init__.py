"""Project the contract's events onto the tables: the same events and documents always give the same rows."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sebrus.platform.projection import appeals, batches, judgement, money, settlement
from sebrus.platform.projection.rows import Handler
from sebrus.store.blobs import BlobStore
from sebrus.store.projected import PROJECTED, Event

__all__ = ["HANDLERS", "project", "project_anew"]

HANDLERS: dict[str, Handler] = {
    **money.HANDLERS,
    **batches.HANDLERS,
    **judgement.HANDLERS,
    **appeals.HANDLERS,
    **settlement.HANDLERS,
}
"""What each event does to the tables, by its name."""


def project(session: Session, blobs: BlobStore, event: Event) -> None:
    """Apply one event; events that change no table are skipped."""
    handler = HANDLERS.get(event.name)
    if handler is not None:
        handler(session, blobs, event)


def project_anew(session: Session, blobs: BlobStore) -> None:
    """Empty the projected tables and apply every stored event again."""
    for table in reversed(PROJECTED):
        session.execute(delete(table))
    session.flush()
    session.expunge_all()
    for event in session.scalars(select(Event).order_by(Event.block_number, Event.log_index)):
        project(session, blobs, event)
        session.flush()
