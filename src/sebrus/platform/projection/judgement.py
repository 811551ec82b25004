"""The end of a round: openings, the screening's opening, the tally, and what comes after it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from sebrus.platform.documents import load_findings
from sebrus.platform.keys import (
    concluded_round,
    decision_of,
    open_appeals,
    policy_of,
    record_of,
    running_round,
    seats_of,
    words,
)
from sebrus.platform.projection.rows import (
    Handler,
    batch_row,
    dataset_of,
    items_of,
    keep_record,
    new_round,
)
from sebrus.protocol.bitmap import unpack_bits
from sebrus.protocol.keccak import ZERO32
from sebrus.protocol.settlement import round_reserve
from sebrus.store.blobs import BlobStore
from sebrus.store.projected import Batch, Event, Finding

UNOPENED_MASK = 0xFFFF
"""The contract counts rounds that were not opened in 16 bits, which turn over."""


def _revealed(session: Session, _blobs: BlobStore, event: Event) -> None:
    batch = batch_row(session, event)
    seats = seats_of(session, batch.id, batch.round)
    opened = [ballot for ballot in event.arguments["ballots"] if ballot["verdicts"]]
    for ballot in opened:
        seat = seats[ballot["seat"]]
        seat.salt = ballot["secret"]
        seat.verdicts = ballot["verdicts"]
    keep_record(batch, record_of(batch).revealed(ballot["seat"] for ballot in opened))


def _screening_opened(session: Session, blobs: BlobStore, event: Event) -> None:
    batch, opening = batch_row(session, event), event.arguments["opening"]
    round_ = running_round(session, batch)
    round_.opened = True
    round_.gold = opening["gold"]
    round_.answers = opening["answers"]
    if opening["flags"]:
        batch.flags = opening["flags"]  # until `Concluded` tells whether they decided anything
        flagged = unpack_bits(words(opening["flags"]), batch.item_count)
        for item in items_of(session, batch):
            item.flagged = flagged[item.position]
    _keep_findings(session, blobs, batch, opening["scoresRoot"])


def _keep_findings(session: Session, blobs: BlobStore, batch: Batch, scores_root: str) -> None:
    """Show what the opened screening says; a scores root without a document for this batch says nothing."""
    findings = load_findings(blobs, scores_root)
    if findings is None or len(findings) != batch.item_count:
        return
    session.execute(delete(Finding).where(Finding.batch_id == batch.id))
    session.add_all(
        Finding(
            batch_id=batch.id,
            position=i,
            score=finding.score,
            p_value=finding.p_value,
            flagged=finding.flagged,
            reason=finding.reason,
            suggested_label=finding.suggested_label,
        )
        for i, finding in enumerate(findings)
    )


def _concluded(session: Session, _blobs: BlobStore, event: Event) -> None:
    arguments, batch = event.arguments, batch_row(session, event)
    round_ = running_round(session, batch)
    round_.state = "concluded"
    round_.status = arguments["status"]
    round_.conclusive = arguments["conclusive"]
    seats = seats_of(session, batch.id, batch.round)
    for seat in seats:
        seat.counted = bool(arguments["counted"] >> seat.seat & 1)
    if round_.commitment is not None and not round_.opened:
        dataset = dataset_of(session, batch)
        dataset.unopened = dataset.unopened + 1 & UNOPENED_MASK
    _keep_decision(session, batch, arguments)
    voted, decision = concluded_round(session, round_), decision_of(batch)
    decided = decision.hash if decision is not None else ZERO32
    batch.excluded = [*batch.excluded, list(voted.panel)]
    keep_record(batch, record_of(batch).concluded(voted.votes, decided, voted.gold_hash, voted.answers_hash))


def _keep_decision(session: Session, batch: Batch, arguments: dict[str, Any]) -> None:
    """Keep the decision so far, which a settlement makes final; no bitmap, no decision."""
    if not arguments["accepted"]:
        batch.flags = None
        return
    batch.flags = batch.flags or []
    batch.accepted = arguments["accepted"]
    batch.panel_accepted = arguments["panelAccepted"]
    accepted = unpack_bits(words(batch.accepted), batch.item_count)
    by_panel = unpack_bits(words(batch.panel_accepted), batch.item_count)
    for item in items_of(session, batch):
        item.accepted = accepted[item.position]
        item.panel_accepted = by_panel[item.position]


def _escalated(session: Session, _blobs: BlobStore, event: Event) -> None:
    arguments, batch = event.arguments, batch_row(session, event)
    record, dataset = record_of(batch), dataset_of(session, batch)
    deadline, question = arguments["screeningDeadline"], arguments["question"]
    on_appeal = bool(open_appeals(session, batch))
    reserve = arguments["reserve"]
    if on_appeal:
        record = record.appeal_started(deadline)
        reserve = round_reserve(policy_of(dataset), record.round, arguments["items"])  # of the bonds, taken before
    else:
        record = record.escalated(arguments["items"], words(question), deadline)
        dataset.bounty -= reserve
        batch.reserve += reserve
    batch.question = question
    session.add(
        new_round(
            batch,
            round=arguments["round"],
            items=arguments["items"],
            question=question,
            reserve=reserve,
            on_appeal=on_appeal,
            screening_deadline=deadline,
        )
    )
    keep_record(batch, record)


def _held(session: Session, _blobs: BlobStore, event: Event) -> None:
    batch = batch_row(session, event)
    batch.question = []
    keep_record(batch, record_of(batch).held(event.arguments["deadline"]))


HANDLERS: dict[str, Handler] = {
    "Revealed": _revealed,
    "ScreeningOpened": _screening_opened,
    "Concluded": _concluded,
    "Escalated": _escalated,
    "Held": _held,
}
