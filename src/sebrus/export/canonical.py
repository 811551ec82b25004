"""JSON in one form only: the same value is always the same bytes."""

import json
from typing import Any


def canonical_json(value: Any) -> bytes:
    """Return JSON with sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def prefixed(value: bytes) -> str:
    """Return a hash or an identifier of the chain as hex with `0x`."""
    return "0x" + value.hex()
