"""What the chain says, sorted by dataset and batch."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from sebrus.protocol import DatasetParams
from sebrus.verify.errors import StepFailed, arithmetic, require
from sebrus.verify.events import Event
from sebrus.verify.replay import Replay


@dataclass
class BatchHistory:
    """The events of one batch."""

    name: str
    events: list[Event] = field(default_factory=list)

    def all(self, kind: str) -> list[Event]:
        """Return the events of a kind, in the chain's order."""
        return [event for event in self.events if event.name == kind]

    def one(self, kind: str) -> Event:
        """Return the only event of a kind; `StepFailed` when there is none or more."""
        found = self.all(kind)
        require(len(found) == 1, f"{self.name} has {len(found)} {kind} events on the chain instead of one")
        return found[0]

    @cached_property
    def replay(self) -> Replay:
        """The batch's life; `StepFailed` when the events contradict each other."""
        return Replay(self.name, self.events)


class History:
    """All events of the contract in order, up to block `head`."""

    def __init__(self, events: Iterable[Event], head: int = 0) -> None:
        """Sort the events by dataset and batch."""
        self.head = head
        self.events = sorted(events, key=lambda event: event.at)
        self.created: dict[bytes, Event] = {}
        self.released: dict[tuple[bytes, int], Event] = {}
        self.batches: dict[bytes, BatchHistory] = {}
        self._datasets: dict[bytes, DatasetParams] = {}
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

    def dataset(self, dataset_id: bytes) -> DatasetParams:
        """Return a dataset's parameters as the chain created it; `StepFailed` when it never did."""
        if dataset_id not in self._datasets:
            created = self.created.get(dataset_id)
            if created is None:
                raise StepFailed(f"the chain never created dataset {short(dataset_id)}")
            with arithmetic(f"dataset {short(dataset_id)}"):
                self._datasets[dataset_id] = DatasetParams.from_abi(created["params"])
        return self._datasets[dataset_id]


def short(value: bytes) -> str:
    """Return the first digits of a hash, for sentences."""
    return f"0x{value.hex()[:12]}…"
