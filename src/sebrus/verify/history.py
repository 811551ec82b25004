"""What the chain says, sorted by dataset, batch and round; and the stakes at any moment."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sebrus.protocol import Seat, draw_weight
from sebrus.verify.errors import StepFailed, require
from sebrus.verify.events import Event, Position


@dataclass(frozen=True)
class Round:
    """One panel's work: the draw, the request it answers, and what the seats did, in the chain's order."""

    number: int
    requested: Event
    drawn: Event
    committed: Sequence[Event]
    revealed: Sequence[Event]
    failed: Event | None

    @property
    def panel(self) -> tuple[str, ...]:
        """The reviewers in seat order."""
        panel: tuple[str, ...] = self.drawn["panel"]
        return panel

    def seats(self) -> list[Seat]:
        """Return what each seat did."""
        verdicts = {event["seat"]: event["verdicts"] for event in self.revealed}
        committed = {event["seat"] for event in self.committed}
        return [Seat(seat in committed, verdicts.get(seat)) for seat in range(len(self.panel))]


@dataclass(frozen=True)
class BatchHistory:
    """The events of one batch."""

    name: str
    events: list[Event] = field(default_factory=list)

    def all(self, kind: str, round_: int | None = None) -> list[Event]:
        """Return the events of a kind (of a round), in the chain's order."""
        return [e for e in self.events if e.name == kind and (round_ is None or e["round"] == round_)]

    def one(self, kind: str) -> Event:
        """Return the only event of a kind; `StepFailed` when there is none or more."""
        found = self.all(kind)
        require(len(found) == 1, f"{self.name} has {len(found)} {kind} events on the chain instead of one")
        return found[0]

    def maybe(self, kind: str) -> Event | None:
        """Return the only event of a kind, None when there is none; `StepFailed` when there are more."""
        return self.one(kind) if self.all(kind) else None

    def rounds(self) -> list[Round]:
        """Return the rounds that were drawn, in order; `StepFailed` when they contradict each other."""
        rounds = []
        for number, drawn in enumerate(self.all("Drawn")):
            require(drawn["round"] == number, f"{self.name}: draw {number} is for round {drawn['round']}")
            requests = [e for e in self.all("DrawRequested", number) if e.at < drawn.at]
            require(bool(requests), f"{self.name}: the draw of round {number} was never asked for")
            failures = self.all("RoundFailed", number)
            require(len(failures) <= 1, f"{self.name}: round {number} failed twice")
            rounds.append(
                Round(
                    number,
                    requests[-1],
                    drawn,
                    self.all("Committed", number),
                    self.all("Revealed", number),
                    failures[0] if failures else None,
                )
            )
        require(bool(rounds), f"{self.name} never had a panel drawn")
        return rounds


@dataclass(frozen=True)
class _Standing:
    at: Position
    stake: int
    place: int


class StakeLedger:
    """Every reviewer's stake and place in the stake tree over time, replayed from the events."""

    def __init__(self, events: Iterable[Event]) -> None:
        """Replay the events in the chain's order; `StepFailed` when they contradict each other."""
        self._history: dict[str, list[_Standing]] = defaultdict(list)
        panels: dict[tuple[bytes, int], tuple[str, ...]] = {}
        for event in events:
            if event.name == "Drawn":
                panels[event["batchId"], event["round"]] = event["panel"]
            elif event.name in ("Staked", "Unstaked"):
                self._move(event)
            elif event.name in ("Settled", "RoundFailed"):
                panel = panels.get((event["batchId"], event["round"]), ())
                require(
                    len(panel) == len(event["slashes"]),
                    f"batch 0x{event['batchId'].hex()} has {len(event['slashes'])} slashes for {len(panel)} seats",
                )
                for reviewer, slash in zip(panel, event["slashes"], strict=True):
                    self._slash(reviewer, slash, event)

    def snapshot(self, block: int, min_stake: int) -> tuple[list[str], list[int]]:
        """Return the reviewers in the order of their places, and their weights, at the end of a block."""
        after = Position(block + 1, -1)
        last = []
        for reviewer, standings in self._history.items():
            index = bisect_left(standings, after, key=lambda standing: standing.at)
            if index and draw_weight(standings[index - 1].stake, min_stake):
                last.append((standings[index - 1].place, reviewer, standings[index - 1].stake))
        last.sort()
        require(
            len({place for place, _, _ in last}) == len(last), "two reviewers hold the same place in the stake tree"
        )
        return [reviewer for _, reviewer, _ in last], [stake for _, _, stake in last]

    def _move(self, event: Event) -> None:
        standings = self._history[event["reviewer"]]
        stake = standings[-1].stake if standings else 0
        amount = event["amount"] if event.name == "Staked" else -event["amount"]
        require(
            stake + amount == event["stake"],
            f"the stake of {event['reviewer']} does not follow from what was staked, unstaked and slashed",
        )
        if event.name == "Staked":
            place = event["index"]
        elif standings:
            place = standings[-1].place
        else:
            raise StepFailed(f"{event['reviewer']} unstaked without ever having staked")
        standings.append(_Standing(event.at, event["stake"], place))

    def _slash(self, reviewer: str, slash: int, event: Event) -> None:
        if slash == 0:
            return
        standings = self._history[reviewer]
        stake = standings[-1].stake if standings else 0
        require(slash <= stake, f"{reviewer} was slashed {slash} gwei but had {stake} at stake")
        standings.append(_Standing(event.at, stake - slash, standings[-1].place))


class History:
    """All events of the contract in order."""

    def __init__(self, events: Iterable[Event]) -> None:
        """Sort the events by dataset and batch."""
        self.events = sorted(events, key=lambda event: event.at)
        self.created: dict[bytes, Event] = {}
        self.released: dict[tuple[bytes, int], Event] = {}
        self.batches: dict[bytes, BatchHistory] = {}
        for event in self.events:
            if event.name == "DatasetCreated":
                self.created.setdefault(event["datasetId"], event)
            elif event.name == "Released":
                self.released.setdefault((event["datasetId"], event["version"]), event)
            elif "batchId" in event.values:
                self.batch(event["batchId"]).events.append(event)

    def batch(self, batch_id: bytes) -> BatchHistory:
        """Return a batch's events; none when the chain does not know it."""
        if batch_id not in self.batches:
            self.batches[batch_id] = BatchHistory(f"batch {short(batch_id)}")
        return self.batches[batch_id]

    @cached_property
    def ledger(self) -> StakeLedger:
        """The stakes over time."""
        return StakeLedger(self.events)


def short(value: bytes) -> str:
    """Return the first digits of a hash, for sentences."""
    return f"0x{value.hex()[:12]}…"
