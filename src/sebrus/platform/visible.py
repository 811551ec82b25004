"""Who may see what is shown to a panel: its reviewers at once, everybody when the batch has a decision to appeal."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from sebrus.platform.application import Application
from sebrus.platform.caller import Caller
from sebrus.platform.foreseen import voting_panel
from sebrus.platform.keys import hash_bytes, seats_of
from sebrus.platform.refusals import Refused
from sebrus.platform.signatures import check_signature
from sebrus.protocol.identity import panel_hash
from sebrus.protocol.statement import Look
from sebrus.store.projected import Batch, Round

RESTING = ("Decided", "Settled", "Voided")


def shows_items() -> ColumnElement[bool]:
    """Whether a batch's images are public: from its first decision on.

    Before, whoever compares the batch's images with those shown to a panel could tell gold from items. A round on
    appeal begins after the decision was public, so there the two can be told apart.
    """
    appealed = select(Round.round).where(Round.batch_id == Batch.id, Round.on_appeal).exists()
    return Batch.phase.in_(RESTING) | appealed


def is_public(session: Session, batch: Batch) -> bool:
    """Whether everybody may see a batch's images."""
    return bool(session.scalar(select(Batch.id).where(Batch.id == batch.id, shows_items())))


def check_look(
    application: Application,
    session: Session,
    batch: Batch,
    round_: Round,
    caller: Caller,
    reviewer: str | None,
    signature: str | None,
) -> None:
    """Let everybody see the task of a round that is over and public, and its panel see it at once.

    Who is signed in, or sends a key made for reviewing, need not sign again.

    Raises:
        Refused: the reviewer does not sit in the round, or did not sign.
    """
    if round_.state in ("concluded", "unseated") and is_public(session, batch):
        return
    voting = voting_panel(session, batch) if round_.round == batch.round else None
    seats = seats_of(session, batch.id, round_.round) if voting is None else voting.seats
    panel = [seat.reviewer for seat in seats]
    if signature is None and caller.account in panel:
        caller.allow("review")
        return
    if reviewer is None or signature is None or reviewer not in panel:
        raise Refused("not_your_seat", "Until the batch is decided only the reviewers of this round see its task.", 403)
    message = Look(hash_bytes(batch.id), round_.round, panel_hash(panel), reviewer)
    check_signature(application, message, reviewer, None, signature)
