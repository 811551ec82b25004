"""Token buckets: how much one address or account may ask of this process in a minute.

Each process counts for itself and forgets when it ends: writing every request down would cost more than most of them.
"""

from __future__ import annotations

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

MOST_BUCKETS = 100_000
IPV6_PREFIX_BITS = 64
"""One customer's share of the addresses: whoever has one of them has all."""


class Buckets:
    """A bucket for each name, which holds a minute's worth of tokens and fills evenly. Not for several threads.

    Example:
        >>> buckets = Buckets(60)
        >>> [buckets.wait("somebody", 40, now=0.0) for _ in range(2)]
        [0.0, 20.0]
    """

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, name: str, cost: float, now: float) -> float:
        """Take `cost` tokens at `now` (seconds); returns 0, or how many seconds are missing and takes nothing.

        What costs more than a full bucket takes all of it.
        """
        if not self.per_minute:
            return 0.0
        cost = min(cost, self.per_minute)
        level, then = self._levels.pop(name, (float(self.per_minute), now))
        level = min(self.per_minute, level + max(0.0, now - then) * self.per_minute / 60)
        missing = max(0.0, cost - level)
        self._levels[name] = (level if missing else level - cost, now)
        if len(self._levels) > MOST_BUCKETS:
            self._levels.popitem(last=False)
        return missing * 60 / self.per_minute


def address_name(host: str) -> str:
    """The name of an address's bucket: the address, of IPv6 the first 64 bits.

    Example:
        >>> address_name("2001:db8::1"), address_name("192.0.2.1")
        ('2001:db8::/64', '192.0.2.1')
    """
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    prefix = int(address) >> (128 - IPV6_PREFIX_BITS) << (128 - IPV6_PREFIX_BITS)
    return f"{IPv6Address(prefix)}/{IPV6_PREFIX_BITS}"
