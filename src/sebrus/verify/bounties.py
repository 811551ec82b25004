"""Every dataset's bounty at any time, replayed from the events of all its batches."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable

from sebrus.verify.errors import require
from sebrus.verify.events import Event, Position

_TAKEN = {"Submitted": "reserve", "ScreeningSkipped": "reserve", "Escalated": "reserve", "AppealSettled": "fromBounty"}
_GIVEN = {"Unseated": "returned", "Settled": "bountyReturned"}


class Bounties:
    """What the datasets hold for reviewers, contributors and appellants, in gwei."""

    def __init__(self, events: Iterable[Event]) -> None:
        """Replay the events in the chain's order."""
        self._changes: dict[bytes, list[tuple[Position, int]]] = defaultdict(list)
        dataset_of: dict[bytes, bytes] = {}
        for event in events:
            if event.name == "Submitted":
                dataset_of[event["batchId"]] = event["datasetId"]
            if event.name == "DatasetFunded":
                self._change(event["datasetId"], event["amount"], event)
            elif event.name == "DatasetClosedByOwner":
                self._change(event["datasetId"], -event["returned"], event)
            elif event.name in _TAKEN:
                self._change(dataset_of.get(event["batchId"], b""), -event[_TAKEN[event.name]], event)
            elif event.name in _GIVEN:
                self._change(dataset_of.get(event["batchId"], b""), event[_GIVEN[event.name]], event)

    def after_all(self, dataset_id: bytes) -> int:
        """Return a dataset's bounty after the last event."""
        changes = self._changes[dataset_id]
        return changes[-1][1] if changes else 0

    def before(self, dataset_id: bytes, at: Position) -> int:
        """Return a dataset's bounty just before a place in the chain's order; `StepFailed` when it is below zero."""
        changes = self._changes[dataset_id]
        index = bisect_left(changes, at, key=lambda change: change[0])
        bounty = changes[index - 1][1] if index else 0
        require(bounty >= 0, f"the dataset had spent more than its bounty in block {at.block}")
        return bounty

    def _change(self, dataset_id: bytes, amount: int, event: Event) -> None:
        self._changes[dataset_id].append((event.at, self.after_all(dataset_id) + amount))
