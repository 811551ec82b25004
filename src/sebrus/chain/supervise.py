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
# But a chain that hung while it was asked for one must not go without for minutes.
LONGEST_PAUSE = 20.0


def supervise(chain: EmbeddedChain, stop: threading.Event, prepare: Callable[[], None]) -> None:
    """Run the chain until `stop` is set, then save it and end it; `prepare` runs after every start."""
    chain.start()
    prepare()
    save_at = time.monotonic()
    while not stop.wait(max(0.0, min(SNAPSHOT_SECONDS, save_at - time.monotonic()))):
        try:
            if not chain.running:
                log.warning("the embedded chain died; restarting it from its last snapshot")
                chain.kill()
                chain.start()
                prepare()
                save_at = time.monotonic()
            if (started := time.monotonic()) >= save_at:
                chain.save()
                pause = (time.monotonic() - started) / SNAPSHOT_SHARE
                save_at = time.monotonic() + min(LONGEST_PAUSE, max(SNAPSHOT_SECONDS, pause))
        except ChainError as error:
            log.warning("%s", error)
            save_at = time.monotonic() + SNAPSHOT_SECONDS
    chain.stop()
