"""All metrics that there are: counted where it happens, or looked up when somebody asks (`gauges.py`).

No metric has a batch, a dataset or an account as a label, and none is about what a round or a screening says.
Whatever is counted here is known to everybody, or is the operator's own affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily

disable_created_metrics()  # type: ignore[no-untyped-call]

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
Labels = tuple[str, ...]

COUNTED: Final = CollectorRegistry()
"""What this process counts, from 0 at its start."""

REQUESTS = Histogram(
    "sebrus_request_seconds",
    "Answered requests.",
    ("method", "route", "status"),
    buckets=SECONDS,
    registry=COUNTED,
)
REORGANISATIONS = Counter(
    "sebrus_reorganisations_total", "Times the chain took blocks back that had been read.", registry=COUNTED
)
SCREENINGS = Histogram("sebrus_screening_seconds", "Batches screened.", buckets=SECONDS, registry=COUNTED)
TRANSACTIONS = Counter(
    "sebrus_transactions_total", "Transactions by what became of them.", ("function", "outcome"), registry=COUNTED
)
GAS = Counter("sebrus_gas_total", "Gas the operator paid for.", ("function",), registry=COUNTED)

LOOKED_UP: Final[dict[str, tuple[str, Labels]]] = {
    "sebrus_head_block": ("Newest block of the chain.", ()),
    "sebrus_indexed_block": ("Newest block in the tables.", ()),
    "sebrus_lag_blocks": ("Blocks that should be in the tables and are not.", ()),
    "sebrus_outbox_actions": ("Signed actions that wait for the chain.", ("kind",)),
    "sebrus_outbox_age_seconds": ("How long the oldest of them has waited.", ("kind",)),
    "sebrus_batches": ("Batches on chain.", ("phase",)),
    "sebrus_set_aside": ("Jobs that failed for their own reason and wait for a person.", ("duty",)),
    "sebrus_operator_ether": ("The operator's ether.", ()),
    "sebrus_operator_batches": ("Batches the operator's ether pays for.", ()),
    "sebrus_store_bytes": ("Bytes of the images in the store.", ()),
    "sebrus_store_free_bytes": ("Bytes left on the store's disk.", ()),
}
"""The gauges: what each is, and its labels."""


def gauge(name: str, values: Mapping[Labels, float] | float) -> GaugeMetricFamily:
    """A gauge as it is now, by its labels if it has any."""
    meaning, labels = LOOKED_UP[name]
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for place, value in sorted(values.items()) if isinstance(values, Mapping) else [((), values)]:
        family.add_metric(place, value)
    return family


def exposition(*registries: CollectorRegistry) -> str:
    """Metrics in Prometheus' text format, version 0.0.4."""
    return "".join(generate_latest(registry).decode() for registry in registries)
