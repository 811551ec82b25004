"""A server that is told to stop ends, whenever it is told."""

from __future__ import annotations

import threading

import pytest

from sebrus.api.app import create_app
from sebrus.api.serving import Server

pytestmark = pytest.mark.chain


def test_who_is_told_to_stop_before_it_listens_ends(stage):
    """A signal while the server begins finds nobody else who would end it."""
    stop = threading.Event()
    stop.set()
    server = Server(create_app(stage.application), stop, port=0, log_level="critical", ws="none", lifespan="off")
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    thread.join(120)
    assert server.started and not thread.is_alive()
