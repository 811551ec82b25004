"""Batches from their submission to the commitments of a round's reviewers."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from sebrus.platform.documents import load_items
from sebrus.platform.keys import committed_seats, hash_bytes, policy_of, record_of, running_round, seats_of
from sebrus.platform.projection.rows import (
    Handler,
    account_row,
    batch_row,
    dataset_of,
    dataset_row,
    keep_record,
    new_round,
)
from sebrus.protocol.record import BatchRecord
from sebrus.protocol.settlement import round_reserve
from sebrus.store.blobs import BlobStore
from sebrus.store.projected import Batch, Event, Item, Seat


def _submitted(session: Session, blobs: BlobStore, event: Event) -> None:
    arguments = event.arguments
    dataset = dataset_row(session, event)
    dataset.bounty -= arguments["reserve"]
    account_row(session, arguments["contributor"]).free -= arguments["stake"]
    items = load_items(blobs, arguments["batchId"], arguments["root"])
    if items is not None and len(items) != arguments["itemCount"]:
        items = None
    batch = _new_batch(arguments, event.block_number, available=items is not None)
    session.add(batch)
    session.flush()
    session.add(
        new_round(
            batch,
            round=0,
            items=batch.item_count,
            question=[],
            reserve=round_reserve(policy_of(dataset), 0, batch.item_count),
            on_appeal=False,
            screening_deadline=arguments["screeningDeadline"],
        )
    )
    session.add_all(
        Item(batch_id=batch.id, position=i, dataset_id=dataset.id, sha256=item.sha256, label=item.label)
        for i, item in enumerate(items or [])
    )


def _new_batch(arguments: dict[str, Any], block_number: int, *, available: bool) -> Batch:
    batch = Batch(
        id=arguments["batchId"],
        dataset_id=arguments["datasetId"],
        contributor=arguments["contributor"],
        root=arguments["root"],
        item_count=arguments["itemCount"],
        available=available,
        stake=arguments["stake"],
        reserve=arguments["reserve"],
        question=[],
        accepted=None,
        panel_accepted=None,
        flags=None,
        excluded=[],
        accepted_count=0,
        reward=0,
        stake_returned=0,
        submitted_block=block_number,
        settled_block=None,
    )
    keep_record(batch, BatchRecord.submitted(batch.item_count, arguments["screeningDeadline"]))
    return batch


def _screened(session: Session, _blobs: BlobStore, event: Event) -> None:
    arguments, batch = event.arguments, batch_row(session, event)
    round_ = running_round(session, batch)
    round_.commitment = arguments["commitment"]
    round_.task_root = arguments["taskRoot"]
    round_.positions = arguments["positions"]
    round_.links = arguments["links"]
    if round_.links:
        batch.excluded = [*batch.excluded, round_.links]
    hashes = hash_bytes(arguments["commitment"]), hash_bytes(arguments["taskRoot"])
    keep_record(batch, record_of(batch).screened(*hashes, round_.positions, round_.links))


def _screening_skipped(session: Session, _blobs: BlobStore, event: Event) -> None:
    batch, reserve = batch_row(session, event), event.arguments["reserve"]
    round_ = running_round(session, batch)
    dataset_of(session, batch).bounty -= reserve
    batch.reserve += reserve
    round_.reserve += reserve
    round_.positions = round_.items
    round_.round = event.arguments["round"]
    keep_record(batch, record_of(batch).skipped(event.arguments["round"]))


def _draw_requested(session: Session, _blobs: BlobStore, event: Event) -> None:
    arguments, batch = event.arguments, batch_row(session, event)
    round_ = running_round(session, batch)
    round_.state = "drawing"
    round_.seats = arguments["seats"]
    round_.entropy_block = arguments["entropyBlock"]
    round_.commit_deadline = arguments["commitDeadline"]
    round_.reveal_deadline = arguments["revealDeadline"]
    record = record_of(batch).draw_requested(
        round_.seats, round_.entropy_block, round_.commit_deadline, round_.reveal_deadline
    )
    keep_record(batch, record)


def _drawn(session: Session, _blobs: BlobStore, event: Event) -> None:
    batch, panel = batch_row(session, event), event.arguments["panel"]
    round_ = running_round(session, batch)
    round_.state = "voting"
    round_.seats = len(panel)
    session.add_all(
        Seat(batch_id=batch.id, round=round_.round, seat=number, reviewer=reviewer)
        for number, reviewer in enumerate(panel)
    )
    keep_record(batch, record_of(batch).drawn(panel))


def _unseated(session: Session, _blobs: BlobStore, event: Event) -> None:
    """Give back what the round had of the bounty; what it had of bonds goes back by the `AppealSettled` that follow."""
    batch, returned = batch_row(session, event), event.arguments["returned"]
    round_ = running_round(session, batch)
    dataset_of(session, batch).bounty += returned
    batch.reserve -= returned
    batch.question = []
    round_.reserve = 0
    round_.state = "unseated"
    keep_record(batch, record_of(batch).unseated())


def _committed(session: Session, _blobs: BlobStore, event: Event) -> None:
    batch, ballots = batch_row(session, event), event.arguments["ballots"]
    seats = seats_of(session, batch.id, batch.round)
    seat_stake = policy_of(dataset_of(session, batch)).seat_stake
    before = len(committed_seats(seats))
    for order, ballot in enumerate(ballots, before):
        seat = seats[ballot["seat"]]
        seat.commitment = ballot["commitment"]
        seat.commit_order = order
        account_row(session, seat.reviewer).locked += seat_stake
    made = [(ballot["seat"], hash_bytes(ballot["commitment"])) for ballot in ballots]
    keep_record(batch, record_of(batch).committed(made))


HANDLERS: dict[str, Handler] = {
    "Submitted": _submitted,
    "Screened": _screened,
    "ScreeningSkipped": _screening_skipped,
    "DrawRequested": _draw_requested,
    "Drawn": _drawn,
    "Unseated": _unseated,
    "Committed": _committed,
}
