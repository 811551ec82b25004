"""Typed reading of hostile JSON: what is missing or of another kind becomes one clear sentence."""

import json
import re
from typing import Any

from sebrus.protocol import checksum_address
from sebrus.verify.errors import StepFailed

MAX_DEPTH = 32
_BRACKET = re.compile(rb"[\[\]{}]")
_HEX = re.compile(r"[0-9a-f]*")


class Fields:
    """A JSON object and where it stands, read field by field; `StepFailed` when a field is not as it should be."""

    def __init__(self, value: Any, where: str) -> None:
        """Take a decoded JSON value that must be an object."""
        if not isinstance(value, dict):
            raise StepFailed(f"{where} is not a JSON object")
        self._value, self.where = value, where

    def raw(self, key: str, kind: type, words: str) -> Any:
        """Return the field when it is of the kind."""
        value = self._value.get(key)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise StepFailed(f"{self.where}: {key} is not {words}")
        return value

    def lacks(self, key: str) -> bool:
        """Whether the field is null or not there."""
        return self._value.get(key) is None

    def integer(self, key: str, bits: int) -> int:
        """Return a whole number from 0 of at most `bits` bits."""
        value: int = self.raw(key, int, "a whole number")
        if not 0 <= value < 1 << bits:
            raise StepFailed(f"{self.where}: {key} does not fit into {bits} bits")
        return value

    def truth(self, key: str) -> bool:
        """Return true or false."""
        value: bool = self.raw(key, bool, "true or false")
        return value

    def share(self, key: str) -> float:
        """Return a number from 0 to 1."""
        value = self._value.get(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
            raise StepFailed(f"{self.where}: {key} is not a number from 0 to 1")
        return float(value)

    def text(self, key: str) -> str:
        """Return a string."""
        value: str = self.raw(key, str, "a text")
        return value

    def array(self, key: str) -> list[Any]:
        """Return a list."""
        value: list[Any] = self.raw(key, list, "a list")
        return value

    def object(self, key: str) -> "Fields":
        """Return an object in this one."""
        return Fields(self._value.get(key), f"{self.where}: {key}")

    def hash(self, key: str) -> bytes:
        """Return 32 bytes from `0x` and 64 hexadecimal digits."""
        return parse_hash(self.text(key), f"{self.where}: {key}")

    def address(self, key: str) -> str:
        """Return a checksummed address."""
        return parse_address(self.text(key), f"{self.where}: {key}")

    def items(self) -> list[tuple[str, Any]]:
        """Return all fields by name."""
        return list(self._value.items())


def parse_hex(value: Any, where: str) -> bytes:
    """Return the bytes of a text of `0x` and an even number of hexadecimal digits, lower case."""
    if not isinstance(value, str) or not value.startswith("0x") or len(value) % 2 or not _HEX.fullmatch(value, 2):
        raise StepFailed(f"{where} is not hexadecimal data with 0x")
    return bytes.fromhex(value[2:])


def parse_hash(value: Any, where: str) -> bytes:
    """Return 32 bytes from `0x` and 64 hexadecimal digits."""
    raw = parse_hex(value, where)
    if len(raw) != 32:
        raise StepFailed(f"{where} is not a hash of 32 bytes")
    return raw


def parse_sha256(value: Any, where: str) -> bytes:
    """Return 32 bytes from 64 hexadecimal digits without `0x`."""
    if not isinstance(value, str) or len(value) != 64 or not _HEX.fullmatch(value):
        raise StepFailed(f"{where} is not a sha256 of 64 hexadecimal digits")
    return bytes.fromhex(value)


def parse_address(value: Any, where: str) -> str:
    """Return a checksummed address."""
    try:
        return checksum_address(value if isinstance(value, str) else "")
    except ValueError as error:
        raise StepFailed(f"{where} is not an address") from error


def parse_json(data: bytes, where: str) -> Any:
    """Decode JSON; `StepFailed` when it is none, names a field twice, or is nested absurdly."""
    if _depth(data) > MAX_DEPTH:
        raise StepFailed(f"{where} is not valid JSON")
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_no_twins, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise StepFailed(f"{where} is not valid JSON") from error


def _depth(data: bytes) -> int:
    """Return how deep the brackets outside of texts nest: the decoder of CPython 3.11 can crash on deep ones."""
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return 0
    outside = data.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2]
    depth = deepest = 0
    for bracket in _BRACKET.finditer(b"".join(outside)):
        depth += 1 if bracket[0] in b"[{" else -1
        deepest = max(deepest, depth)
        if deepest > MAX_DEPTH:
            break
    return deepest


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field twice")
    return fields


def _no_constant(name: str) -> None:
    raise ValueError(name)
