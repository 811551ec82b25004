"""The contract's events, decoded from raw logs by a table of their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode

from sebrus.protocol import (
    POLICY_BITS,
    ballots_from,
    checksum_address,
    keccak,
    payment_from,
    split_results,
    unpack_seats,
)
from sebrus.verify.errors import BadInput
from sebrus.verify.rpc import from_hex, quantity

_POLICY = "(" + ",".join(f"uint{bits}" for bits in POLICY_BITS.values()) + ")"
_TUPLES = {
    "PARAMS": f"(address,address,uint16,bytes32,bytes32,{_POLICY})",
    "OPENING": "(bool,bytes32,bytes32,bytes32,bytes32,uint256[],uint256[],uint256[])",
}

# name: (indexed parameters, the others); in every event the indexed ones come first
EVENTS: dict[str, tuple[str, str]] = {
    "Deposited": ("address account,address from", "uint64 amount"),
    "Withdrawn": ("address account", "uint64 amount"),
    "PaidOut": ("", "uint256[] payments"),
    "Staked": ("address reviewer", "uint32 index,uint64 amount,uint64 stake"),
    "Unstaked": ("address reviewer", "uint64 amount,uint64 stake"),
    "DatasetCreated": ("bytes32 datasetId", "PARAMS params,bytes32 policyHash"),
    "DatasetFunded": ("bytes32 datasetId,address from", "uint64 amount"),
    "DatasetClosedByOwner": ("bytes32 datasetId", "uint64 returned"),
    "Submitted": (
        "bytes32 batchId,bytes32 datasetId,address contributor",
        "bytes32 root,uint16 itemCount,uint64 stake,uint64 reserve,uint40 screeningDeadline",
    ),
    "Screened": (
        "bytes32 batchId",
        "uint8 round,bytes32 commitment,bytes32 taskRoot,uint16 positions,address[] links",
    ),
    "ScreeningSkipped": ("bytes32 batchId", "uint8 round,uint64 reserve"),
    "DrawRequested": (
        "bytes32 batchId",
        "uint8 round,uint8 seats,uint48 entropyBlock,uint40 commitDeadline,uint40 revealDeadline",
    ),
    "Drawn": ("bytes32 batchId", "uint8 round,address[] panel,bytes32 entropy,uint32 epoch"),
    "Unseated": ("bytes32 batchId", "uint8 round,uint64 returned"),
    "Committed": ("bytes32 batchId", "uint8 round,uint256 seats,bytes32[] commitments"),
    "Revealed": ("bytes32 batchId", "uint8 round,uint256 seats,uint256 opened,bytes32[] secrets,uint256[] verdicts"),
    "ScreeningOpened": ("bytes32 batchId", "uint8 round,OPENING opening"),
    "Concluded": (
        "bytes32 batchId",
        "uint8 round,uint256 status,uint32 counted,bool conclusive,uint256[] accepted,uint256[] panelAccepted",
    ),
    "Escalated": (
        "bytes32 batchId",
        "uint8 round,uint16 items,uint256[] question,uint64 reserve,uint40 screeningDeadline",
    ),
    "Held": ("bytes32 batchId", "uint40 deadline"),
    "Appealed": ("bytes32 batchId,address appellant", "uint256[] items,uint64 bond"),
    "AppealSettled": ("bytes32 batchId,address appellant", "uint64 amount,uint64 fromBounty"),
    "Settled": (
        "bytes32 batchId",
        "bool decided,uint16 acceptedCount,uint64 stakeReturned,uint64 reward,uint64 bountyReturned,int64[] results",
    ),
    "Released": ("bytes32 datasetId", "uint32 version,bytes32 manifestRoot,uint32 itemCount,bytes32 manifestHash"),
}


@dataclass(frozen=True)
class Layout:
    """How an event lies in a log: names and types of the indexed and of the other parameters."""

    name: str
    indexed: tuple[tuple[str, str], ...]
    plain: tuple[tuple[str, str], ...]

    @property
    def topic(self) -> bytes:
        """The keccak-256 hash of the event's signature."""
        types = ",".join(kind for kind, _ in (*self.indexed, *self.plain))
        return keccak(f"{self.name}({types})".encode())


@dataclass(frozen=True, order=True)
class Position:
    """A place in the chain's order."""

    block: int
    log_index: int


@dataclass(frozen=True)
class Event:
    """One event: its name, its place, its transaction (32 bytes), its parameters by name."""

    name: str
    at: Position
    transaction: bytes
    values: Mapping[str, Any]

    def __getitem__(self, parameter: str) -> Any:
        """Return a parameter: bytes32 as `bytes`, addresses checksummed, arrays as tuples."""
        return self.values[parameter]


def _parameters(text: str) -> tuple[tuple[str, str], ...]:
    pairs = [part.split(" ") for part in text.split(",") if part]
    return tuple((_TUPLES.get(kind, kind), name) for kind, name in pairs)


def _layouts() -> dict[bytes, Layout]:
    layouts = [Layout(name, _parameters(first), _parameters(rest)) for name, (first, rest) in EVENTS.items()]
    return {layout.topic: layout for layout in layouts}


LAYOUTS = _layouts()
TOPICS = ["0x" + topic.hex() for topic in LAYOUTS]
"""The topics that select these events in `eth_getLogs`."""


def decode_log(log: Mapping[str, Any]) -> Event | None:
    """Decode a raw log; None when it is not one of these events, `BadInput` when it is mangled."""
    topics = log.get("topics")
    if not isinstance(topics, list) or not topics or log.get("removed"):
        return None
    layout = LAYOUTS.get(from_hex(topics[0]))
    if layout is None:
        return None
    try:
        indexed = [
            decode([kind], from_hex(topic))[0] for (kind, _), topic in zip(layout.indexed, topics[1:], strict=True)
        ]
        plain = decode([kind for kind, _ in layout.plain], from_hex(log.get("data")))
        parameters = (*layout.indexed, *layout.plain)
        values = {name: _value(kind, raw) for (kind, name), raw in zip(parameters, (*indexed, *plain), strict=True)}
        if layout.name in _FLAT:
            values = _FLAT[layout.name](values)
    except BadInput:
        raise
    except Exception as error:
        raise BadInput(f"The node gave a log of {layout.name} that cannot be decoded.") from error
    at = Position(quantity(log.get("blockNumber")), quantity(log.get("logIndex")))
    return Event(layout.name, at, from_hex(log.get("transactionHash")), values)


def _committed(values: dict[str, Any]) -> dict[str, Any]:
    commitments = values.pop("commitments")
    seats = unpack_seats(values.pop("seats"), len(commitments))
    return values | {"ballots": tuple(zip(seats, commitments, strict=True))}


def _revealed(values: dict[str, Any]) -> dict[str, Any]:
    told = (values.pop(name) for name in ("seats", "opened", "secrets", "verdicts"))
    return values | {"ballots": ballots_from(*told)}


def _settled(values: dict[str, Any]) -> dict[str, Any]:
    payouts, slashes = split_results(values.pop("results"))
    return values | {"payouts": payouts, "slashes": slashes}


def _paid_out(values: dict[str, Any]) -> dict[str, Any]:
    payments = [payment_from(word) for word in values["payments"]]
    return {"payments": tuple((checksum_address(account), amount) for account, amount in payments)}


_FLAT: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "Committed": _committed,
    "Revealed": _revealed,
    "Settled": _settled,
    "PaidOut": _paid_out,
}
"""How events that are told flat are read: by seat and by account."""


def _value(kind: str, raw: Any) -> Any:
    if kind == "address":
        return checksum_address(raw)
    if kind == "address[]":
        return tuple(checksum_address(address) for address in raw)
    return bytes(raw) if kind == "bytes32" else raw
