"""Ports that servers in tests take later, and ports that nobody answers at."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOWEST = 20_000
RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def ports_in_a_row(count: int) -> int:
    """The first of `count` ports in a row that nobody listens on.

    They lie below those that the system gives to whoever asks for any: of these Linux takes the odd ones for servers,
    and each connection of another test takes an even one, which would often be a neighbour's. And each process that
    runs tests beside others has its share of them.
    """
    given = int(RANGE.read_text().split()[0]) if RANGE.exists() else 32_768
    share = (given - LOWEST) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    lowest = LOWEST + share * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    while True:
        first = random.randrange(lowest, lowest + share - count)
        try:
            for port in range(first, first + count):
                socket.create_server(("127.0.0.1", port)).close()
            return first
        except OSError:
            continue


@contextmanager
def closed_port(port: int = 0) -> Iterator[int]:
    """A port at which nobody listens while the block lasts: a free one may be given to the next server that starts."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", port))
        yield held.getsockname()[1]
