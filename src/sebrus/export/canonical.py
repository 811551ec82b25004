"""JSON in one form only: the same value is always the same bytes; and JSON of strangers, read with care."""

import json
from typing import Any

MOST_DEPTH = 32
_OPENING = b"[{"
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


def canonical_json(value: Any) -> bytes:
    """Return JSON with sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def parse_json(data: bytes) -> Any:
    """Decode JSON; `ValueError` when it is none, names a field twice, is nested more than 32 deep or is not Unicode."""
    if _depth(data) > MOST_DEPTH:
        raise ValueError("nested too deep")
    value = json.loads(data.decode("utf-8"), object_pairs_hook=_no_twins, parse_constant=_no_constant)
    if b"\\ud" in data.lower():  # half a character, escaped, decodes to a text that nothing can write
        json.dumps(value, ensure_ascii=False).encode()
    return value


def prefixed(value: bytes) -> str:
    """Return a hash or an identifier of the chain as hex with `0x`."""
    return "0x" + value.hex()


def _depth(data: bytes) -> int:
    """How deep the brackets outside of texts nest: the decoder of CPython 3.11 can crash on deep ones."""
    outside = data.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2]
    depth = deepest = 0
    for bracket in b"".join(outside).translate(None, _NO_BRACKETS):
        depth += 1 if bracket in _OPENING else -1
        deepest = max(deepest, depth)
    return deepest


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field twice")
    return fields


def _no_constant(name: str) -> None:
    raise ValueError(name)
