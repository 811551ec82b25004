"""Web origins (RFC 6454), as browsers write them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

HOST = re.compile("[a-z0-9._-]+|[0-9a-f:.]+")
DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str | None:
    """The origin of an address of the web, None for everything else.

    Example:
        >>> origin_of("https://example.com/path?query")
        'https://example.com'
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or parts.username is not None or not HOST.fullmatch(parts.hostname or ""):
        return None
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if port in (None, DEFAULT_PORTS[parts.scheme]) else f":{port}")


def require_origin(text: str) -> str:
    """Return `text` when it is an origin as browsers write it; `ValueError` otherwise."""
    if origin_of(text) != text:
        raise ValueError(
            f"{text!r} is no origin: write http:// or https://, the name in small ASCII letters, a port if it is not "
            "the usual one, and no path"
        )
    return text
