"""What comes from outside is checked here, one sentence for each thing that can be wrong."""

from collections.abc import Collection, Mapping
from typing import Any

from sebrus.sealing.errors import SealingError


def whole_number(name: str, value: object, low: int, high: int) -> int:
    """Return `value` when it is an int from `low` to `high`, both included; `SealingError` otherwise."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        allowed = f"{low}" if low == high else f"a whole number from {low} to {high}"
        raise SealingError(f"The {name} must be {allowed}.")
    return value


def sized_bytes(name: str, value: object, low: int, high: int | None = None) -> bytes:
    """Return `value` when it is `low` to `high` bytes long (exactly `low` without `high`)."""
    high = low if high is None else high
    if not isinstance(value, bytes):
        raise SealingError(f"The {name} must be bytes.")
    if not low <= len(value) <= high:
        size = f"{low}" if low == high else f"{low} to {high}"
        raise SealingError(f"The {name} must have {size} bytes; this one has {len(value)}.")
    return value


def read_hex(name: str, value: object) -> bytes:
    """Return the bytes of `0x` and lower-case hexadecimal digits, the only way to write them here."""
    if not isinstance(value, str) or not value.startswith("0x"):
        raise SealingError(f"The {name} must be text of 0x and hexadecimal digits.")
    try:
        read = bytes.fromhex(value[2:])
    except ValueError:
        read = b""
    if write_hex(read) != value:
        raise SealingError(f"The {name} must be 0x and an even number of lower-case hexadecimal digits.")
    return read


def write_hex(value: bytes) -> str:
    """Return `value` as `read_hex` takes it."""
    return "0x" + value.hex()


def read_fields(name: str, value: object, fields: Collection[str]) -> Mapping[str, Any]:
    """Return `value` when it is an object with exactly these fields; `SealingError` otherwise."""
    if not isinstance(value, Mapping):
        raise SealingError(f"The {name} must be an object with the fields {', '.join(fields)}.")
    missing = [field for field in fields if field not in value]
    if missing:
        raise SealingError(f"The {name} lacks {', '.join(missing)}.")
    if len(value) != len(fields):
        raise SealingError(f"The {name} has fields beside {', '.join(fields)}.")
    return value
