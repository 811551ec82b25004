"""The end of a batch: who is paid and who loses what, and what reviewers and detector are known by from now on."""

from __future__ import annotations

from dataclasses import astuple

from sqlalchemy.orm import Session

from sebrus.platform.keys import concluded_round, concluded_rows, decision_of, policy_of, seats_of
from sebrus.platform.projection.rows import Handler, account_row, batch_row, dataset_of, items_of
from sebrus.protocol.judgement import Judgement, judge_round
from sebrus.protocol.reputation import DetectorRecord, ReviewerRecord
from sebrus.store.blobs import BlobStore
from sebrus.store.projected import Account, Batch, Dataset, Event, Seat


def _settled(session: Session, _blobs: BlobStore, event: Event) -> None:
    arguments, batch = event.arguments, batch_row(session, event)
    dataset = dataset_of(session, batch)
    _pay_contributor(account_row(session, batch.contributor), batch, arguments["stakeReturned"], arguments["reward"])
    _pay_reviewers(session, batch, arguments["payouts"], arguments["slashes"])
    dataset.bounty += arguments["bountyReturned"]
    batch.phase = "Settled" if arguments["decided"] else "Voided"
    batch.accepted_count = arguments["acceptedCount"]
    batch.reward = arguments["reward"]
    batch.stake_returned = arguments["stakeReturned"]
    batch.settled_block = event.block_number
    if arguments["decided"]:
        _record_detector(dataset, batch)
        return
    for item in items_of(session, batch):
        item.accepted = False


def _pay_contributor(contributor: Account, batch: Batch, stake_returned: int, reward: int) -> None:
    contributor.free += stake_returned + reward
    contributor.earned += reward
    contributor.slashed += batch.stake - stake_returned


def _pay_reviewers(session: Session, batch: Batch, payouts: list[int], slashes: list[int]) -> None:
    """Close the seats of all concluded rounds; `payouts` and `slashes` are per seat, round after round."""
    decision = decision_of(batch)
    seat_stake = policy_of(dataset_of(session, batch)).seat_stake
    money = zip(payouts, slashes, strict=True)
    for row in concluded_rows(session, batch):
        judged = judge_round(concluded_round(session, row), batch.item_count, decision)
        for seat in seats_of(session, batch.id, row.round):
            seat.payout, seat.slash = next(money)
            if seat.commitment is not None:
                _close_seat(account_row(session, seat.reviewer), seat, seat_stake, judged.get(seat.seat))


def _close_seat(account: Account, seat: Seat, seat_stake: int, judged: Judgement | None) -> None:
    payout, slash = seat.payout or 0, seat.slash or 0
    account.locked -= seat_stake
    account.free += payout
    account.earned += payout
    account.stake -= slash
    account.slashed += slash
    if judged is not None:
        record = ReviewerRecord(account.gold_seen, account.gold_right, account.items_seen, account.items_coherent)
        after = record.judged(judged)
        account.gold_seen, account.gold_right = after.gold_seen, after.gold_right
        account.items_seen, account.items_coherent = after.items_seen, after.items_coherent


def _record_detector(dataset: Dataset, batch: Batch) -> None:
    decision = decision_of(batch)
    if decision is None:
        return
    before = DetectorRecord(dataset.screened_items, dataset.flagged, dataset.upheld, dataset.missed, dataset.unopened)
    counters = astuple(before.judged(batch.item_count, decision))
    dataset.screened_items, dataset.flagged, dataset.upheld, dataset.missed, dataset.unopened = counters


HANDLERS: dict[str, Handler] = {"Settled": _settled}
