"""What of an account's signed actions is not sent any more, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from sebrus.store.models import SignedAction, SignedAppeal, SignedBallot, SignedMovement, Submission

Kind = Literal["submission", "ballot", "appeal", "movement"]

MOST_SHOWN = 100
KINDS: Sequence[tuple[Kind, type[SignedAction], InstrumentedAttribute[str]]] = (
    ("submission", Submission, Submission.contributor),
    ("ballot", SignedBallot, SignedBallot.reviewer),
    ("appeal", SignedAppeal, SignedAppeal.appellant),
    ("movement", SignedMovement, SignedMovement.account),
)


@dataclass(frozen=True)
class TurnedDown:
    """A signed action that was given up: a movement has a `nonce`, the rest a batch, and a round if they are of one."""

    kind: Kind
    reason: str
    batch_id: str | None
    round: int | None
    nonce: int | None


def turned_down(session: Session, account: str) -> list[TurnedDown]:
    """An account's actions that were given up and not handed in anew, kind by kind, the newest first; 100 of each."""
    found = []
    for kind, table, signer in KINDS:
        query = select(table).where(signer == account, table.refusal.is_not(None))
        for row in session.scalars(query.order_by(table.created.desc()).limit(MOST_SHOWN)):
            places = (getattr(row, name, None) for name in ("batch_id", "round", "nonce"))
            found.append(TurnedDown(kind, row.refusal or "", *places))
    return found
