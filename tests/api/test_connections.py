"""A kept connection is ended by whoever can do so without harm."""

from __future__ import annotations

import httpx
from fastapi import FastAPI

from sebrus.api.serving import Server


def test_a_client_ends_a_resting_connection_before_the_server_does():
    """A request on a connection that the server is just closing would get no answer."""
    expiry = httpx.Limits().keepalive_expiry
    assert expiry is not None and Server(FastAPI()).config.timeout_keep_alive > 10 * expiry
