"""Draw panels: foresee each as soon as its entropy block is mined, and send the draw with the commitments.

The draw waits for its reviewers, but never so long that its block could get out of reach: from half of the time on in
which it can be made it goes with what is there.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from sebrus.chain import calls
from sebrus.chain.calls import Call
from sebrus.chain.contract import Head, Receipt
from sebrus.chain.errors import ContractRefused
from sebrus.chain.rpc import guarded
from sebrus.platform.application import Application
from sebrus.platform.foreseen import draw_call, foreseen_draw, keep_foreseen, voting_panel
from sebrus.platform.keeper import attempt
from sebrus.platform.keys import batch_key, hash_text, policy_of, record_of
from sebrus.platform.relay import send_votes, signed_ballots
from sebrus.platform.sending import one_by_one
from sebrus.store.models import ForeseenDraw
from sebrus.store.projected import Batch, Dataset

log = logging.getLogger(__name__)

BLOCKHASH_REACH = 256
MARGIN_BLOCKS = 4
"""Left to the draw at least, where that is more than half of what it has: a transaction may have to be sent again."""


@dataclass(frozen=True)
class Reach:
    """How long a draw can be made: after its entropy block, up to the block `last`, and while commits are taken.

    `commit_window` in seconds, `deadline` the second that ends it.
    """

    entropy_block: int
    last: int
    commit_window: int
    deadline: int

    def over(self, block: int, now: int) -> bool:
        """Whether a draw in this block is too late."""
        return block > self.last or now > self.deadline

    def half_over(self, block: int, now: int) -> bool:
        """Whether the draw must wait no longer for commitments."""
        half = (self.entropy_block + self.last) // 2
        return block > min(half, self.last - MARGIN_BLOCKS) or now > self.deadline - self.commit_window // 2


def reach_of(application: Application, session: Session, batch: Batch) -> Reach:
    """How long the draw that a batch waits for can be made."""
    status, length = record_of(batch).status, application.deployment.epoch_length
    block = status.entropy_block
    return Reach(
        entropy_block=block,
        last=min(block + BLOCKHASH_REACH, block // length * length + length - 1),
        commit_window=policy_of(session.get_one(Dataset, batch.dataset_id)).commit_window,
        deadline=status.deadline,
    )


# ---------------------------------------------------------------- the duty


def draw_panels(application: Application, head: Head) -> list[Receipt]:
    """Foresee the panels whose entropy block is mined, draw those that voted or can wait no longer, ask again where the
    block was missed."""
    confirmations = application.settings.confirmations
    with application.database.read() as session:
        waiting = [
            (batch, reach_of(application, session, batch))
            for batch in session.scalars(select(Batch).where(Batch.phase == "Drawing"))
        ]
    mined = [(batch, reach) for batch, reach in waiting if reach.entropy_block < head.number]
    # A transaction lands in the next block at the earliest, which is a second younger at least.
    missed = [batch for batch, reach in mined if reach.over(head.number + 1, head.time + 1)]
    usable = [(batch, reach) for batch, reach in mined if not reach.over(head.number + 1, head.time + 1)]
    # All panels before any transaction, for each of these takes a moment and reviewers wait for their seats.
    _foresee_panels(
        application, [(b, reach) for b, reach in usable if reach.entropy_block + confirmations <= head.number]
    )
    asked = [calls.request_draw(batch_key(batch), record_of(batch)) for batch in missed]
    due = [(batch, reach.half_over(head.number + 1, head.time)) for batch, reach in usable]
    return [
        *(receipt for call in asked for receipt in attempt(application, call)),
        *one_by_one(due, lambda one: _draw(application, one[0], urgent=one[1])),
    ]


def _foresee_panels(application: Application, confirmed: Sequence[tuple[Batch, Reach]]) -> None:
    hashes = {block: _block_hash(application, block) for block in {reach.entropy_block for _, reach in confirmed}}
    for batch, reach in confirmed:
        _foresee(application, batch, hashes[reach.entropy_block])


def _block_hash(application: Application, number: int) -> str:
    return hash_text(bytes(guarded(lambda: application.contract.web3.eth.get_block(number))["hash"]))


def _foresee(application: Application, batch: Batch, block_hash: str) -> None:
    """Ask the contract whom it would draw, unless we know from the same block."""
    with application.database.read() as session:
        known = foreseen_draw(session, batch)
        if known is not None and known.block_hash == block_hash:
            return
        call = draw_call(session, batch)
    try:
        panel, drawn = application.contract.call(call.function, *call.arguments)
    except ContractRefused as refused:
        log.debug("a draw cannot be foreseen yet: %s", refused)
        return
    draw = ForeseenDraw(
        batch_id=batch.id,
        round=batch.round,
        entropy_block=record_of(batch).status.entropy_block,
        block_hash=block_hash,
        drawn=list(drawn),
    )
    with application.database.write() as session:
        keep_foreseen(session, draw, list(panel))


def _draw(application: Application, batch: Batch, *, urgent: bool) -> list[Receipt]:
    """Draw with the commitments if all are there, or if it is urgent; a panel too small to sit waits for nobody."""
    with application.database.read() as session:
        panel = voting_panel(session, batch)
        alone = draw_call(session, batch)
        ballots = [] if panel is None else signed_ballots(session, panel)
        quorum = policy_of(session.get_one(Dataset, batch.dataset_id)).quorum
    if panel is None:
        return attempt(application, alone) if urgent else []
    if len(panel.seats) < quorum:
        return attempt(application, alone)
    sent: list[Receipt] = []
    if ballots and (urgent or len(ballots) == len(panel.seats)):
        sent = send_votes(application, panel, ballots)
    return sent or (attempt(application, alone) if urgent else [])


def next_step(application: Application, session: Session, batch: Batch) -> Call | None:
    """What anybody can send to bring a batch from Drawing to its vote; None while its entropy block is not mined."""
    head = application.contract.head()
    reach = reach_of(application, session, batch)
    if reach.entropy_block >= head.number:
        return None
    if reach.over(head.number + 1, head.time + 1):
        return calls.request_draw(batch_key(batch), record_of(batch))
    return draw_call(session, batch)
