"""Appeals: bonds taken, and what comes back when their round concludes or cannot be seated."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sebrus.platform.keys import record_of, word_texts, words
from sebrus.platform.projection.rows import Handler, account_row, batch_row, dataset_of, keep_record
from sebrus.store.blobs import BlobStore
from sebrus.store.projected import Appeal, Event


def _appealed(session: Session, _blobs: BlobStore, event: Event) -> None:
    arguments, batch = event.arguments, batch_row(session, event)
    items, before = words(arguments["items"]), words(batch.question)
    account_row(session, arguments["appellant"]).free -= arguments["bond"]
    batch.reserve += arguments["bond"]
    batch.question = word_texts(new | old for new, old in zip(items, before or [0] * len(items), strict=True))
    made = session.scalar(select(func.count()).select_from(Appeal).where(Appeal.batch_id == batch.id)) or 0
    session.add(
        Appeal(
            batch_id=batch.id,
            number=made,
            round=batch.round,
            appellant=arguments["appellant"],
            items=arguments["items"],
            bond=arguments["bond"],
            returned=None,
        )
    )
    keep_record(batch, record_of(batch).appealed(arguments["appellant"], items, before))


def _appeal_settled(session: Session, _blobs: BlobStore, event: Event) -> None:
    """Settle the first appeal that is open, for they are settled in their order."""
    batch, amount = batch_row(session, event), event.arguments["amount"]
    from_bounty = event.arguments["fromBounty"]
    waiting = select(Appeal).where(Appeal.batch_id == batch.id, Appeal.returned.is_(None)).order_by(Appeal.number)
    session.scalars(waiting.limit(1)).one().returned = amount
    account_row(session, event.arguments["appellant"]).free += amount
    dataset_of(session, batch).bounty -= from_bounty
    batch.reserve -= amount - from_bounty


HANDLERS: dict[str, Handler] = {"Appealed": _appealed, "AppealSettled": _appeal_settled}
