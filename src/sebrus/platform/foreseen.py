"""Who votes in a round, whether its panel was drawn on chain or is foreseen.

Once its entropy block is mined a panel is certain, though nobody has sent the draw yet. Its reviewers may look and
commit at once, and draw and commitments go to the chain together. A commitment binds the panel: should the chain take
the block back, what was signed for the panel that followed from it counts no more.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sebrus.chain import calls
from sebrus.chain.calls import Call
from sebrus.platform.keys import batch_key, open_appeals, record_of, seats_of
from sebrus.protocol.record import BatchRecord
from sebrus.store.models import ForeseenDraw, ForeseenSeat
from sebrus.store.projected import Batch, Seat


@dataclass(frozen=True)
class VotingPanel:
    """The panel of a batch's running round with the record that its ballots bind.

    `draw` is what is still to be sent, before any commitment; None where the panel was drawn on chain. Then record and
    seats are those on chain; else they are as they will be after the draw.
    """

    batch: Batch
    record: BatchRecord
    seats: list[Seat]
    draw: Call | None

    @property
    def reviewers(self) -> list[str]:
        """The reviewers in seat order."""
        return [seat.reviewer for seat in self.seats]

    @property
    def to_commit(self) -> list[int]:
        """The seats without a commitment on chain."""
        return [seat.seat for seat in self.seats if seat.commitment is None]


def voting_panel(session: Session, batch: Batch) -> VotingPanel | None:
    """The panel of a batch's running round; None while there is none, or its draw is not foreseen yet."""
    record = record_of(batch)
    if batch.phase == "Voting":
        return VotingPanel(batch, record, seats_of(session, batch.id, batch.round), draw=None)
    foreseen = foreseen_draw(session, batch)
    if foreseen is None:
        return None
    here = (ForeseenSeat.batch_id == batch.id, ForeseenSeat.round == batch.round)
    rows = session.scalars(select(ForeseenSeat).where(*here).order_by(ForeseenSeat.seat))
    seats = [Seat(batch_id=batch.id, round=batch.round, seat=row.seat, reviewer=row.reviewer) for row in rows]
    draw = draw_call(session, batch, foreseen.drawn)
    return VotingPanel(batch, record.drawn([seat.reviewer for seat in seats]), seats, draw)


def foreseen_draw(session: Session, batch: Batch) -> ForeseenDraw | None:
    """What was foreseen for the draw that a batch waits for; None where it waits for none, or for another."""
    if batch.phase != "Drawing":
        return None
    found = session.get(ForeseenDraw, (batch.id, batch.round))
    return found if found is not None and found.entropy_block == record_of(batch).status.entropy_block else None


def keep_foreseen(session: Session, draw: ForeseenDraw, panel: list[str]) -> None:
    """Store a foreseen draw in place of what was foreseen for its round before."""
    here = {"batch_id": draw.batch_id, "round": draw.round}
    session.merge(draw)
    session.execute(delete(ForeseenSeat).filter_by(**here))
    session.add_all(ForeseenSeat(**here, seat=number, reviewer=reviewer) for number, reviewer in enumerate(panel))


def draw_call(session: Session, batch: Batch, drawn: list[str] | None = None) -> Call:
    """The call that draws the panel of a batch; `drawn` is the hint that saves gas, where it is known."""
    return calls.draw(batch_key(batch), record_of(batch), batch.excluded, open_appeals(session, batch), drawn or ())
