"""Counts and measures of a process in the Prometheus text format, and the list of all there are.

No metric has a batch, a dataset or an account as a label, and none is about what a round or a screening says.
Whatever is counted here is known to everybody, or is the operator's own affair.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
Labels = tuple[str, ...]


class Metric:
    """Values by labels; each kind adds how they change."""

    kind = "untyped"

    def __init__(self, name: str, help_: str, labels: Sequence[str] = ()) -> None:
        self.name = name
        self.help = help_
        self.labels = tuple(labels)
        self._values: dict[Labels, float] = {}
        self._lock = threading.Lock()

    def value(self, *labels: str) -> float:
        """The value now; 0 for one that never changed."""
        return self._values.get(labels, 0.0)

    def lines(self) -> Iterator[str]:
        """Its lines in the text format."""
        yield f"# HELP {self.name} {self.help}"
        yield f"# TYPE {self.name} {self.kind}"
        with self._lock:
            values = sorted(self._values.items())
        yield from self._samples(values)

    def _samples(self, values: list[tuple[Labels, float]]) -> Iterator[str]:
        for labels, value in values:
            yield f"{self.name}{_braces(self.labels, labels)} {_number(value)}"


class Counter(Metric):
    """Only grows, from 0 at the start of the process."""

    kind = "counter"

    def add(self, amount: float, *labels: str) -> None:
        """Count so many more."""
        with self._lock:
            self._values[labels] = self._values.get(labels, 0.0) + amount


class Gauge(Metric):
    """Goes up and down."""

    kind = "gauge"

    def replace(self, values: dict[Labels, float]) -> None:
        """Take these as its values, and forget those before."""
        with self._lock:
            self._values = dict(values)


class Histogram(Metric):
    """How many were at most so large, for each of a few bounds; their number and sum."""

    kind = "histogram"

    def __init__(self, name: str, help_: str, labels: Sequence[str] = (), bounds: Sequence[float] = SECONDS) -> None:
        super().__init__(name, help_, labels)
        self._bounds = tuple(bounds)
        self._counts: dict[Labels, list[int]] = {}

    def observe(self, amount: float, *labels: str) -> None:
        """Take one more."""
        with self._lock:
            counts = self._counts.setdefault(labels, [0] * (len(self._bounds) + 1))
            for place, bound in enumerate((*self._bounds, float("inf"))):
                counts[place] += amount <= bound
            self._values[labels] = self._values.get(labels, 0.0) + amount

    def _samples(self, values: list[tuple[Labels, float]]) -> Iterator[str]:
        for labels, total in values:
            counts = self._counts[labels]
            for bound, count in zip((*self._bounds, float("inf")), counts, strict=True):
                edge = "+Inf" if bound == float("inf") else _number(bound)
                yield f"{self.name}_bucket{_braces((*self.labels, 'le'), (*labels, edge))} {count}"
            yield f"{self.name}_sum{_braces(self.labels, labels)} {_number(total)}"
            yield f"{self.name}_count{_braces(self.labels, labels)} {counts[-1]}"


def _braces(names: Labels, values: Labels) -> str:
    if not names:
        return ""
    escaped = [value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for value in values]
    return "{" + ",".join(f'{name}="{value}"' for name, value in zip(names, escaped, strict=True)) + "}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


# ---------------------------------------------------------------- counted where it happens

REQUESTS = Histogram("sebrus_request_seconds", "Answered requests.", ("method", "route", "status"))
REORGANISATIONS = Counter("sebrus_reorganisations_total", "Times the chain took blocks back that had been read.")
SCREENINGS = Histogram("sebrus_screening_seconds", "Batches screened.")
TRANSACTIONS = Counter("sebrus_transactions_total", "Transactions by what became of them.", ("function", "outcome"))
GAS = Counter("sebrus_gas_total", "Gas the operator paid for.", ("function",))

# ---------------------------------------------------------------- looked up when asked

HEAD = Gauge("sebrus_head_block", "Newest block of the chain.")
INDEXED = Gauge("sebrus_indexed_block", "Newest block in the tables.")
LAG = Gauge("sebrus_lag_blocks", "Blocks that should be in the tables and are not.")
OUTBOX = Gauge("sebrus_outbox_actions", "Signed actions that wait for the chain.", ("kind",))
OUTBOX_AGE = Gauge("sebrus_outbox_age_seconds", "How long the oldest of them has waited.", ("kind",))
BATCHES = Gauge("sebrus_batches", "Batches on chain.", ("phase",))
SET_ASIDE = Gauge("sebrus_set_aside", "Jobs that failed for their own reason and wait for a person.", ("duty",))
ETHER = Gauge("sebrus_operator_ether", "The operator's ether.")
AFFORDABLE = Gauge("sebrus_operator_batches", "Batches the operator's ether pays for.")
STORED = Gauge("sebrus_store_bytes", "Bytes of the images in the store.")
FREE = Gauge("sebrus_store_free_bytes", "Bytes left on the store's disk.")

COUNTED: tuple[Metric, ...] = (REQUESTS, REORGANISATIONS, SCREENINGS, TRANSACTIONS, GAS)
LOOKED_UP: tuple[Metric, ...] = (
    *(HEAD, INDEXED, LAG, OUTBOX, OUTBOX_AGE, BATCHES, SET_ASIDE, ETHER, AFFORDABLE, STORED, FREE),
)


def exposition(metrics: Sequence[Metric]) -> str:
    """Metrics in the text format, version 0.0.4."""
    return "".join(f"{line}\n" for metric in metrics for line in metric.lines())
