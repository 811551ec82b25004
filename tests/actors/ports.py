"""Ports side by side, for servers that are told one port and take those behind it, too."""

from __future__ import annotations

import random
import socket
from pathlib import Path

LOWEST = 20_000
RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def ports_in_a_row(count: int) -> int:
    """The first of `count` ports in a row that nobody listens on.

    They lie below those that the system gives to whoever asks for any: of these Linux takes the odd ones for servers,
    and each connection of another test takes an even one, which would often be a neighbour's.
    """
    given = int(RANGE.read_text().split()[0]) if RANGE.exists() else 32_768
    while True:
        first = random.randrange(LOWEST, given - count)
        try:
            for port in range(first, first + count):
                socket.create_server(("127.0.0.1", port)).close()
            return first
        except OSError:
            continue
