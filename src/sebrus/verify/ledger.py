"""Every account and record of the contract, replayed from the events of all batches."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from sebrus.protocol import (
    ConcludedRound,
    Decision,
    DetectorRecord,
    Judgement,
    Policy,
    ReviewerRecord,
    draw_weight,
    judge_round,
)
from sebrus.verify.errors import arithmetic, require
from sebrus.verify.events import Event, Position
from sebrus.verify.history import History, short
from sebrus.verify.replay import Replay
from sebrus.verify.weights import Weights


@dataclass
class Account:
    """An account's money in gwei, and its record as a reviewer."""

    free: int = 0
    stake: int = 0
    locked: int = 0
    record: ReviewerRecord = field(default_factory=ReviewerRecord)


@dataclass(frozen=True)
class SeatResult:
    """What a seat that committed came to, in the order in which the contract closes seats."""

    reviewer: str
    payout: int
    slash: int
    judgement: Judgement | None


class Ledger:
    """Accounts and records after the last event, and weights at any time."""

    def __init__(self, history: History, min_stake: int) -> None:
        """Replay all events; `StepFailed` when they contradict each other."""
        self.accounts: dict[str, Account] = defaultdict(Account)
        self.detectors: dict[bytes, DetectorRecord] = defaultdict(DetectorRecord)
        self.weights = Weights()
        self._history = history
        self._min_stake = min_stake
        self._dataset_of: dict[bytes, bytes] = {}
        for event in history.events:
            self._play(event)

    def _play(self, event: Event) -> None:
        if event.name in ("Staked", "Unstaked"):
            self._move_stake(event)
        elif event.name in ("Deposited", "Withdrawn"):
            sign = 1 if event.name == "Deposited" else -1
            self._credit(event["account"], sign * event["amount"], event)
        elif event.name == "PaidOut":
            for account, amount in event["payments"]:
                self._credit(account, -amount, event)
        elif event.name == "DatasetClosedByOwner":
            self._credit(self._history.dataset(event["datasetId"]).owner, event["returned"], event)
        elif "batchId" in event.values:
            self._play_batch(event)

    def _play_batch(self, event: Event) -> None:
        batch_id = event["batchId"]
        if event.name == "Submitted":
            self._dataset_of[batch_id] = event["datasetId"]
            self._credit(event["contributor"], -event["stake"], event)
        dataset_id = self._dataset_of.get(batch_id)
        require(dataset_id is not None, f"batch {short(batch_id)} was never submitted")
        assert dataset_id is not None
        if event.name == "Appealed":
            self._credit(event["appellant"], -event["bond"], event)
        elif event.name == "AppealSettled":
            self._credit(event["appellant"], event["amount"], event)
        elif event.name == "Committed":
            self._lock(event, self._history.dataset(dataset_id).policy.seat_stake)
        elif event.name == "Concluded":
            self._count_unopened(event, dataset_id)
        elif event.name == "Settled":
            self._settle(event, dataset_id)

    # ------------------------------------------------------------------ money

    def _credit(self, account: str, amount: int, event: Event) -> None:
        found = self.accounts[account]
        found.free += amount
        require(found.free >= 0, f"{account} spent more than it had, in block {event.at.block}")

    def _move_stake(self, event: Event) -> None:
        reviewer, sign = event["reviewer"], 1 if event.name == "Staked" else -1
        account = self.accounts[reviewer]
        account.stake += sign * event["amount"]
        self._credit(reviewer, -sign * event["amount"], event)
        follows = account.stake == event["stake"] and account.stake >= account.locked
        require(follows, f"the stake of {reviewer} does not follow from what was staked, unstaked and slashed")
        if event.name == "Staked":
            self.weights.seat(reviewer, event["index"])
        fits = self._weigh(reviewer, event.at)
        require(fits or event.name == "Unstaked", f"{reviewer} staked more than the stake tree holds")

    def _weigh(self, reviewer: str, at: Position) -> bool:
        account = self.accounts[reviewer]
        return self.weights.weigh(reviewer, draw_weight(account.stake, account.record.tier, self._min_stake), at)

    def _lock(self, event: Event, seat_stake: int) -> None:
        round_ = self._round_of(event)
        for seat, _ in event["ballots"]:
            account = self.accounts[round_[seat]]
            account.locked += seat_stake
            require(account.locked <= account.stake, f"{round_[seat]} committed with more than its stake")

    def _round_of(self, event: Event) -> tuple[str, ...]:
        """Return the panel that an event of a round is about."""
        for one in self._history.batch(event["batchId"]).replay.rounds:
            if one.number == event["round"]:
                return one.panel
        return ()

    # ------------------------------------------------------------------ the end of rounds and batches

    def _count_unopened(self, event: Event, dataset_id: bytes) -> None:
        for one in self._history.batch(event["batchId"]).replay.rounds:
            if one.concluded is event and one.screened is not None and one.opened is None:
                self.detectors[dataset_id] = self.detectors[dataset_id].not_opened()

    def _settle(self, event: Event, dataset_id: bytes) -> None:
        replay = self._history.batch(event["batchId"]).replay
        assert replay.submitted is not None
        self._credit(replay.submitted["contributor"], event["stakeReturned"] + event["reward"], event)
        policy = self._history.dataset(dataset_id).policy
        for result in seat_results(replay, event):
            self._close_seat(result, policy, event)
        if replay.decision is not None:
            with arithmetic(replay.name):
                judged = self.detectors[dataset_id].judged(replay.item_count, replay.decision)
            self.detectors[dataset_id] = judged

    def _close_seat(self, result: SeatResult, policy: Policy, event: Event) -> None:
        account = self.accounts[result.reviewer]
        tier = account.record.tier
        account.free += result.payout
        account.locked -= policy.seat_stake
        account.stake -= result.slash
        covered = account.stake >= account.locked >= 0
        require(covered, f"{result.reviewer} was slashed {result.slash} gwei, more than was locked")
        if result.judgement is not None:
            with arithmetic(f"the record of {result.reviewer}"):
                account.record = account.record.judged(result.judgement)
        if result.slash or account.record.tier != tier:
            self._weigh(result.reviewer, event.at)


def seat_results(replay: Replay, settled: Event) -> Iterator[SeatResult]:
    """Yield what every committed seat of a batch came to: round after round, the silent ones last.

    Payouts and slashes are those of the `Settled` event; `StepFailed` when they are not one for each seat.
    """
    rounds = [one.voted() for one in replay.concluded]
    payouts, slashes = settled["payouts"], settled["slashes"]
    seats = sum(len(one.panel) for one in rounds)
    told = len(payouts) == len(slashes) == seats
    require(told, f"{replay.name} settled {len(payouts)} seats, but {seats} sat in its rounds")
    first = 0
    for one in rounds:
        for seat, judgement in _closed(replay, one):
            yield SeatResult(one.panel[seat], payouts[first + seat], slashes[first + seat], judgement)
        first += len(one.panel)


def _closed(replay: Replay, one: ConcludedRound) -> Iterator[tuple[int, Judgement | None]]:
    """Yield the committed seats of a round in the contract's order, with their judgements where they revealed."""
    decision: Decision | None = replay.decision
    with arithmetic(f"{replay.name}, round {one.status.round}"):
        judgements = judge_round(one, replay.item_count, decision)
    for seat, _ in one.revealed:
        yield seat, judgements[seat]
    silent = one.status.committed & ~one.status.revealed
    for seat in range(one.status.seats):
        if silent >> seat & 1:
            yield seat, None
