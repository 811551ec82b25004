"""End rounds: conclude with every opening at hand, or reveal in time what is at hand while others are missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from sebrus.chain import calls
from sebrus.chain.calls import Call, OpenedBallot, ScreeningOpening
from sebrus.chain.contract import Head, Receipt
from sebrus.platform.application import Application
from sebrus.platform.ballots import opens
from sebrus.platform.keeper import attempt
from sebrus.platform.keys import (
    batch_key,
    decision_of,
    hash_bytes,
    open_appeals,
    opened_ballots,
    policy_of,
    record_of,
    running_round,
    seats_of,
    words,
)
from sebrus.platform.tasks import opening_of
from sebrus.protocol.appeal import OpenAppeal
from sebrus.protocol.identity import BatchKey
from sebrus.protocol.record import BatchRecord
from sebrus.protocol.round import Words
from sebrus.protocol.signature import Domain
from sebrus.protocol.tally import Decision
from sebrus.store.models import SentOpening
from sebrus.store.projected import Batch, Dataset, Seat


@dataclass(frozen=True)
class VotingRound:
    """A voting round with all that ending it needs.

    `on_chain` are the commitments with the openings that the chain has, `at_hand` the same with those sent to us.
    """

    key: BatchKey
    record: BatchRecord
    reveal_window: int
    panel: list[str]
    on_chain: list[OpenedBallot]
    at_hand: list[OpenedBallot]
    screened: bool
    opening: ScreeningOpening | None
    question: Words
    decision: Decision | None
    appeals: list[OpenAppeal]

    def step(self, now: int) -> Call | None:
        """What ends this round, or keeps openings from being lost; None while there is nothing to do."""
        status = self.record.status
        if not status.commits_over(now):
            return None
        late = now > status.reveal_deadline
        ballots = self.on_chain if late else self.at_hand
        if (late or all(ballot.opened for ballot in ballots)) and self._screening_settled(now):
            return self._conclude(ballots)
        # Each reveal brings all commitments again: one for all who are punctual, then one for each late-comer.
        if not late and ballots != self.on_chain and now > status.reveal_deadline - self.reveal_window // 2:
            return calls.reveal(self.key, self.record, self.panel, ballots)
        return None

    def _screening_settled(self, now: int) -> bool:
        """Whether the screening can be opened, or need not be any more."""
        if not self.screened or self.opening is not None:
            return True
        return now > self.record.status.reveal_deadline + self.reveal_window

    def _conclude(self, ballots: list[OpenedBallot]) -> Call:
        return calls.conclude(
            self.key,
            self.record,
            self.panel,
            ballots,
            self.opening,
            question=self.question,
            decision=self.decision,
            appeals=self.appeals,
        )


def decide_rounds(application: Application, head: Head) -> list[Receipt]:
    """End each round that can be ended, and reveal what must not be lost."""
    with application.database.read() as session:
        rounds = [voting_round(application.domain, session, batch) for batch in _may_move(session, head.time)]
    due = [call for round_ in rounds if (call := round_.step(head.time)) is not None]
    return [receipt for call in due for receipt in attempt(application, call)]


def _may_move(session: Session, now: int) -> Iterator[Batch]:
    """The voting batches worth a closer look: thousands may wait for days, and each look takes many queries."""
    seat = select(Seat.seat).where(
        Seat.batch_id == Batch.id, Seat.round == Batch.round, Seat.commitment.is_not(None), Seat.salt.is_(None)
    )
    sent = select(SentOpening.seat).where(
        SentOpening.batch_id == Seat.batch_id, SentOpening.round == Seat.round, SentOpening.seat == Seat.seat
    )
    missing, at_hand = seat.where(~sent.exists()).exists(), seat.where(sent.exists()).exists()
    for batch, misses, has in session.execute(select(Batch, missing, at_hand).where(Batch.phase == "Voting")):
        status = record_of(batch).status
        window = policy_of(session.get_one(Dataset, batch.dataset_id)).reveal_window
        closing = now > status.reveal_deadline - window // 2
        if now > status.reveal_deadline or (status.commits_over(now) and (not misses or (has and closing))):
            yield batch


def voting_round(domain: Domain, session: Session, batch: Batch) -> VotingRound:
    """The round that a batch votes in."""
    round_ = running_round(session, batch)
    seats = seats_of(session, batch.id, batch.round)
    return VotingRound(
        key=batch_key(batch),
        record=record_of(batch),
        reveal_window=policy_of(session.get_one(Dataset, batch.dataset_id)).reveal_window,
        panel=[seat.reviewer for seat in seats],
        on_chain=opened_ballots(session, batch),
        at_hand=opened_ballots(session, batch, sent_openings(domain, session, batch)),
        screened=round_.commitment is not None,
        opening=opening_of(session, round_),
        question=tuple(words(batch.question)),
        decision=decision_of(batch),
        appeals=open_appeals(session, batch),
    )


def sent_openings(domain: Domain, session: Session, batch: Batch) -> Mapping[int, tuple[bytes, Words]]:
    """The openings sent to us that open a commitment of the running round, by seat.

    After a reorganisation a seat may hold another commitment than when its opening was taken.
    """
    record = record_of(batch)
    found = {}
    for seat in seats_of(session, batch.id, batch.round):
        sent = session.get(SentOpening, (batch.id, batch.round, seat.seat))
        if sent is None:
            continue
        salt, verdicts = hash_bytes(sent.salt), tuple(words(sent.verdicts))
        if opens(domain, record, seat, salt, verdicts):
            found[seat.seat] = (salt, verdicts)
    return found
