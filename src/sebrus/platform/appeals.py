"""Take signed appeals against held decisions."""

from __future__ import annotations

from sqlalchemy.orm import Session

from sebrus.platform.application import Application
from sebrus.platform.keys import hash_bytes, policy_of, words
from sebrus.platform.refusals import Refused, not_found
from sebrus.platform.signatures import check_signature
from sebrus.protocol.appeal import appeal_bond
from sebrus.protocol.bitmap import bitmap_hash, is_bitmap, popcount
from sebrus.protocol.signature import Appeal
from sebrus.store.models import SignedAppeal
from sebrus.store.projected import Account, Batch, Dataset


def take_appeal(application: Application, appeal: SignedAppeal) -> None:
    """Check a signed appeal and put it in the outbox. The same one again is no error.

    Raises:
        Refused: no such batch, nothing to appeal any more, items that cannot be named, a wrong signature, or a bond
            that the appellant cannot pay.
    """
    items = words(appeal.items)
    with application.database.read() as session:
        batch = session.get(Batch, appeal.batch_id)
        if batch is None:
            raise not_found("batch", appeal.batch_id)
        before = session.get(SignedAppeal, (appeal.batch_id, appeal.round, appeal.appellant))
        if before is not None and before.refusal is None and words(before.items) == items:
            return
        if before is not None and before.refusal is None and before.deadline > application.clock.now():
            raise Refused("already_appealed", "An appeal of yours against this decision waits or was made.", 409)
        _check_held(batch, appeal.round, application.clock.now())
        _check_items(batch, items)
        message = Appeal(hash_bytes(batch.id), appeal.round, appeal.appellant, bitmap_hash(items), appeal.deadline)
        check_signature(application, message, appeal.appellant, appeal.deadline, appeal.signature)
        _check_bond(session, batch, appeal.appellant, popcount(items))
    with application.database.write() as session:
        session.merge(appeal)


def _check_held(batch: Batch, round_: int, now: int) -> None:
    if batch.phase != "Decided" or batch.round != round_:
        raise Refused("wrong_phase", "No decision of this round is held; it can be appealed only while it is.", 409)
    if batch.deadline == 0:
        raise Refused("no_further_round", "There is no further panel to appeal to; the decision is final.", 409)
    if now > batch.deadline:
        raise Refused("too_late", "The time to appeal against this decision is over.", 409)


def _check_items(batch: Batch, items: list[int]) -> None:
    if not is_bitmap(items, batch.item_count):
        raise Refused("invalid_bitmap", "An appeal holds one bit per item of the batch, and nothing beyond the last.")
    named = words(batch.question) or [0] * len(items)
    if not popcount(items) or any(new & old for new, old in zip(items, named, strict=True)):
        raise Refused("invalid_appeal", "An appeal names at least one item, and none that is under appeal already.")
    if batch.accepted is None and popcount(items) != batch.item_count:
        raise Refused("invalid_appeal", "Nothing is decided in this batch yet, so an appeal names every item.")


def _check_bond(session: Session, batch: Batch, appellant: str, items: int) -> None:
    bond = appeal_bond(policy_of(session.get_one(Dataset, batch.dataset_id)), batch.round, items)
    account = session.get(Account, appellant)
    free = account.free if account else 0
    if free < bond:
        raise Refused(
            "balance_too_small", f"The account has {free} gwei free and this appeal costs {bond}; deposit more.", 409
        )
