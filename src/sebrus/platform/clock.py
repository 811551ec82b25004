"""The chain's clock: windows open and close by it, whatever the clock of this machine says."""

from __future__ import annotations

import time

from sebrus.chain.contract import Contract
from sebrus.chain.errors import ChainError

AWAY_SECONDS = 2.0


class ChainClock:
    """Tells the chain's time in seconds; while no chain answers, what it told last and the time passed since.

    A chain that did not answer is not asked again for two seconds: it may hang, and whoever asks hangs with it.

    Example:
        >>> ChainClock(contract).now()  # doctest: +SKIP
        1795715920
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._started: float | None = None
        self._away_until = 0.0

    def now(self) -> int:
        """The time of the newest block; this machine's where the chain never answered."""
        if time.monotonic() >= self._away_until:
            try:
                told = self._contract.head().time
            except ChainError:
                self._away_until = time.monotonic() + AWAY_SECONDS
            else:
                self._started = told - time.monotonic()
                return told
        return int(time.time() if self._started is None else self._started + time.monotonic())
