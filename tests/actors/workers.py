"""A worker in a thread of the test."""

from __future__ import annotations

import threading

from sebrus.platform.application import Application
from sebrus.platform.worker import run_worker


def work(application: Application, stop: threading.Event) -> None:
    """Run a worker until `stop` is set, and wait for what its detector has begun: that would end with its process."""
    run_worker(application, stop)
    for thread in threading.enumerate():
        if thread.name == "screener":
            thread.join()
