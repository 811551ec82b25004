"""Keccak-256 and the 32-byte words of Solidity's `abi.encode` for static types."""

from eth_hash.auto import keccak as _keccak

ZERO32 = bytes(32)
ZERO_ADDRESS = "0x" + "0" * 40
WORD_BYTES = 32


def keccak(data: bytes) -> bytes:
    """Return the Keccak-256 hash (32 bytes) of `data`."""
    return bytes(_keccak(data))


def uint_word(value: int, bits: int = 256) -> bytes:
    """Encode an unsigned integer of at most `bits` bits as one word; `ValueError` when it does not fit."""
    if not 0 <= value < 1 << bits:
        raise ValueError(f"{value} does not fit into uint{bits}.")
    return value.to_bytes(WORD_BYTES, "big")


def bytes32_word(value: bytes) -> bytes:
    """Return `value` when it is exactly 32 bytes; `ValueError` otherwise."""
    if len(value) != WORD_BYTES:
        raise ValueError(f"A hash has 32 bytes, this one has {len(value)}.")
    return value


def address_word(address: str) -> bytes:
    """Encode an address (`0x` and 40 hex digits) as one word, padded on the left."""
    return bytes(12) + address_bytes(address)


def address_bytes(address: str) -> bytes:
    """Return the 20 bytes of an address; `ValueError` when it is none."""
    try:
        raw = bytes.fromhex(address[2:])
    except ValueError:
        raw = b""
    if not address.startswith("0x") or len(address) != 42 or len(raw) != 20:
        raise ValueError(f"{address!r} is not an address: it needs 0x and 40 hexadecimal digits.")
    return raw


def checksum_address(address: str | bytes) -> str:
    """Return an address with the capitals of EIP-55; takes 20 bytes or a string in any case."""
    raw = address_bytes(address) if isinstance(address, str) else address
    if len(raw) != 20:
        raise ValueError(f"An address has 20 bytes, this one has {len(raw)}.")
    digits = raw.hex()
    marks = keccak(digits.encode()).hex()
    return "0x" + "".join(d.upper() if int(mark, 16) >= 8 else d for d, mark in zip(digits, marks, strict=False))
