"""What anybody can send to the contract for a batch without us, with the signatures that were handed in here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from sebrus.chain import calls
from sebrus.chain.calls import Call, OpenedBallot
from sebrus.platform.application import Application
from sebrus.platform.draws import next_step
from sebrus.platform.foreseen import VotingPanel, voting_panel
from sebrus.platform.keeper import end_call
from sebrus.platform.keys import batch_key, opened_ballots, record_of
from sebrus.platform.refusals import not_found
from sebrus.platform.relay import appeal_call, commit_call, signed_appeals, signed_ballots
from sebrus.platform.submissions import submit_call
from sebrus.protocol.identity import BatchKey
from sebrus.protocol.record import BatchRecord
from sebrus.store.models import Submission
from sebrus.store.projected import Batch


@dataclass(frozen=True)
class Direct:
    """What calls on a batch bring, and those calls that are complete.

    `record` is None before the batch is on chain. `panel` and `ballots` (all commitments in their order) are those of
    the running round while it votes, and `panel` also that of a draw that is foreseen and not on chain. The calls are
    to be sent in their order.
    """

    key: BatchKey
    record: BatchRecord | None
    panel: list[str]
    ballots: list[OpenedBallot]
    calls: list[Call]


def direct_calls(application: Application, session: Session, batch_id: str) -> Direct:
    """What can be sent for a batch now.

    What only we can open (a screening), or what was given to us to be kept until it is due (openings), is not among it.

    Raises:
        Refused: nobody handed in such a batch.
    """
    batch = session.get(Batch, batch_id)
    if batch is None:
        return _not_submitted(session, batch_id)
    now = application.contract.head().time
    panel = voting_panel(session, batch)
    return Direct(
        key=batch_key(batch),
        record=record_of(batch),
        panel=[] if panel is None else panel.reviewers,
        ballots=opened_ballots(session, batch) if batch.phase == "Voting" else [],
        calls=_complete(application, session, batch, panel, now),
    )


def _not_submitted(session: Session, batch_id: str) -> Direct:
    submission = session.get(Submission, batch_id)
    if submission is None:
        raise not_found("batch", batch_id)
    call = submit_call(submission)
    return Direct(BatchKey.from_abi(call.arguments[0]), None, [], [], [call])


def _complete(
    application: Application, session: Session, batch: Batch, panel: VotingPanel | None, now: int
) -> list[Call]:
    if batch.phase == "Screening":
        return [calls.skip_screening(batch_key(batch), record_of(batch))] if now > batch.deadline else []
    if batch.phase == "Drawing":
        # Without the hint, which another draw would make void: it costs a little more and always works.
        step = next_step(application, session, batch)
        if step is None:
            return []
        return [step, *_commits(session, panel, now)] if step.function == "draw" else [step]
    if batch.phase == "Voting":
        return _commits(session, panel, now)
    if batch.phase == "Decided":
        if now > batch.deadline:
            return [end_call(session, batch)]
        return [appeal_call(batch, signed) for signed in signed_appeals(session, batch)]
    return []


def _commits(session: Session, panel: VotingPanel | None, now: int) -> list[Call]:
    ballots = [] if panel is None or now > panel.batch.deadline else signed_ballots(session, panel)
    return [commit_call(panel, ballots)] if panel is not None and ballots else []


def as_json(value: Any) -> Any:
    """An argument of a call for JSON: bytes as `0x` hex, whole numbers as decimal text, for some have 256 bits."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return [as_json(member) for member in value]
