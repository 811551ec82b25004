"""Keep the embedded chain alive: restart it when it dies, snapshot it about once a second."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from sebrus.chain.embedded import EmbeddedChain
from sebrus.chain.errors import ChainError

log = logging.getLogger(__name__)

SNAPSHOT_SECONDS = 1.0
# A snapshot may take at most this share of the time, however long the chain grows.
SNAPSHOT_SHARE = 0.05


def supervise(chain: EmbeddedChain, stop: threading.Event, prepare: Callable[[], None]) -> None:
    """Run the chain until `stop` is set, then save it and end it; `prepare` runs after every start."""
    chain.start()
    prepare()
    pause = 0.0
    while not stop.wait(pause):
        try:
            if not chain.running:
                log.warning("the embedded chain died; restarting it from its last snapshot")
                chain.kill()
                chain.start()
                prepare()
            started = time.monotonic()
            chain.save()
            pause = max(SNAPSHOT_SECONDS, (time.monotonic() - started) / SNAPSHOT_SHARE)
        except ChainError as error:
            log.warning("%s", error)
            pause = SNAPSHOT_SECONDS
    chain.stop()
