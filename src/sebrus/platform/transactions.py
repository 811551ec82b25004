"""What became of the operator's transactions: one line in the log for each that cost gas, and counts of all."""

from __future__ import annotations

import logging

from sebrus.chain.contract import Receipt
from sebrus.platform.metrics import GAS, TRANSACTIONS

log = logging.getLogger(__name__)

ADDRESS_PADDING = "0x" + "00" * 12


def note_transaction(function: str, outcome: str, receipt: Receipt | None) -> None:
    """Count a transaction, and log it with the batch it is about if it was mined, though it failed."""
    TRANSACTIONS.labels(function, outcome).inc()
    if receipt is None:
        return
    GAS.labels(function).inc(receipt.gas_used)
    batches = [subject for subject in receipt.subjects if not subject.startswith(ADDRESS_PADDING)]
    fields = {"transaction": receipt.transaction_hash, "function": function, "gas": receipt.gas_used}
    log.info(outcome, extra=fields | ({"batch_id": batches[0]} if batches else {}))
