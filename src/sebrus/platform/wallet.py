"""How far the operator's ether reaches, told before it is gone: in batches it can still bring from their arrival to
their end at the present gas price."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import func, select

from sebrus.chain.errors import ChainError
from sebrus.chain.rpc import guarded
from sebrus.platform.application import Application
from sebrus.store.projected import Batch, Event

log = logging.getLogger(__name__)

# One round of five costs 0.7 million (docs/benchmarks.md); further rounds, appeals and first actions come on top.
USUAL_GAS = 1_500_000
MEASURED_BATCHES = 5
LOOK_SECONDS = 60.0
REMIND_SECONDS = 600.0


@dataclass(frozen=True)
class Wallet:
    """The operator's ether beside what a batch costs it. `wei` and `gas_price` are in wei, `gas_per_batch` in gas."""

    address: str
    wei: int
    gas_price: int
    gas_per_batch: int
    warn_batches: int

    @property
    def batches(self) -> int:
        """How many batches it still pays for, from their arrival to their end."""
        return self.wei // max(1, self.gas_price * self.gas_per_batch)

    @property
    def low(self) -> bool:
        """Whether that is fewer than the operator wants to be warned at."""
        return self.batches < self.warn_batches

    def warning(self) -> str:
        """What is wrong with it and what to do."""
        return (
            f"The operator {self.address} has {self.wei / 10**18:.6g} ether, enough for {self.batches} batches at "
            f"{self.gas_price / 10**9:.4g} gwei a gas; send it more."
        )


def read_wallet(application: Application) -> Wallet:
    """The operator's wallet as the chain has it now.

    Raises:
        ChainError: the chain does not answer.
    """
    web3 = application.contract.web3
    return Wallet(
        address=application.operator.address,
        wei=guarded(lambda: web3.eth.get_balance(application.operator.address)),
        gas_price=guarded(lambda: web3.eth.gas_price),
        gas_per_batch=_gas_per_batch(application),
        warn_batches=application.settings.warn_batches,
    )


def _gas_per_batch(application: Application) -> int:
    try:
        return measured_gas(application)
    except ChainError:  # nodes forget old receipts
        return USUAL_GAS


def measured_gas(application: Application) -> int:
    """Mean gas that the operator paid for each of the newest batches that ended; the usual figure before the first.

    A transaction that serves several batches is shared among them.

    Raises:
        ChainError: the chain does not answer, or has forgotten the transactions.
    """
    with application.database.read() as session:
        over = select(Batch.id).where(Batch.settled_block.is_not(None))
        newest = list(session.scalars(over.order_by(Batch.settled_block.desc(), Batch.id).limit(MEASURED_BATCHES)))
        served = select(Event.transaction_hash, func.count(Event.subject.distinct())).group_by(Event.transaction_hash)
        ours = {row[0]: row[1] for row in session.execute(served.where(Event.subject.in_(newest)))}
        anyones = served.where(Event.transaction_hash.in_(ours), Event.subject.in_(select(Batch.id)))
        of_all = {row[0]: row[1] for row in session.execute(anyones)}
    spent = sum(_paid(application, name) * ours[name] / of_all[name] for name in ours)
    return round(spent / len(newest)) if newest and spent else USUAL_GAS


def _paid(application: Application, transaction: str) -> int:
    """The gas of a transaction if the operator sent it, else 0."""
    receipt = guarded(lambda: application.contract.web3.eth.get_transaction_receipt(transaction))  # type: ignore[arg-type]
    return int(receipt["gasUsed"]) if receipt["from"] == application.operator.address else 0


class WalletWatch:
    """Looks at the operator's wallet now and then; between looks what was seen last is given."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._seen: Wallet | None = None
        self._looked = -LOOK_SECONDS
        self._warned = -REMIND_SECONDS

    def wallet(self) -> Wallet | None:
        """The wallet, at most a minute old; None while the chain does not answer."""
        with self._lock:
            if time.monotonic() - self._looked >= LOOK_SECONDS:
                try:
                    self._seen = read_wallet(self._application)
                except ChainError:
                    self._seen = None
                self._looked = time.monotonic()
            return self._seen

    def look(self) -> None:
        """Log a warning when the wallet is low, again every ten minutes while it stays so."""
        wallet = self.wallet()
        if wallet is None or not wallet.low:
            self._warned = -REMIND_SECONDS
        elif time.monotonic() - self._warned >= REMIND_SECONDS:
            self._warned = time.monotonic()
            log.warning("%s", wallet.warning())


@contextmanager
def watched_wallet(application: Application, stop: threading.Event) -> Iterator[None]:
    """Look at the wallet until `stop` is set, beside what the block does."""
    watch = WalletWatch(application)

    def run() -> None:
        while True:
            watch.look()
            if stop.wait(LOOK_SECONDS):
                return

    threading.Thread(target=run, name="wallet", daemon=True).start()
    yield
