"""Events of the contract as plain data, in the order the chain has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_abi.abi import decode as decode_abi
from eth_hash.auto import keccak
from web3 import Web3

from sebrus.chain.artifact import artifact
from sebrus.chain.contract import Contract
from sebrus.chain.rpc import guarded
from sebrus.protocol.flat import ballots_from, payment_from, split_results, unpack_seats
from sebrus.protocol.keccak import checksum_address


@dataclass(frozen=True)
class ChainEvent:
    """One log of the contract. `arguments` holds JSON values: bytes as `0x` hex, 256-bit words as `0x` hex."""

    block_number: int
    block_hash: str
    log_index: int
    transaction_hash: str
    name: str
    arguments: dict[str, Any]

    @property
    def subject(self) -> str:
        """The batch, dataset or account the event is about."""
        for key in ("batchId", "datasetId", "account", "reviewer"):
            if key in self.arguments:
                return str(self.arguments[key])
        return ""


def read_events(contract: Contract, first: int, last: int) -> list[ChainEvent]:
    """Every event of blocks `first` to `last`, both included."""
    logs = guarded(
        lambda: contract.web3.eth.get_logs({"address": contract.address, "fromBlock": first, "toBlock": last})
    )
    decoded = [decode_event(log) for log in logs]
    return sorted((e for e in decoded if e is not None), key=lambda e: (e.block_number, e.log_index))


@cache
def _events_by_topic() -> dict[bytes, dict[str, Any]]:
    return {
        keccak(f"{entry['name']}({','.join(_type(p) for p in entry['inputs'])})".encode()): entry
        for entry in artifact()["abi"]
        if entry["type"] == "event"
    }


def _type(parameter: dict[str, Any]) -> str:
    """The canonical type of an ABI parameter; tuples are spelled out."""
    if not parameter["type"].startswith("tuple"):
        return str(parameter["type"])
    inner = ",".join(_type(component) for component in parameter["components"])
    return f"({inner}){parameter['type'][len('tuple') :]}"


def decode_event(log: Any) -> ChainEvent | None:
    """Decode one raw log; None when it is no event of ours."""
    entry = _events_by_topic().get(bytes(log["topics"][0]))
    if entry is None:
        return None
    indexed = [p for p in entry["inputs"] if p["indexed"]]
    plain = [p for p in entry["inputs"] if not p["indexed"]]
    values: dict[str, Any] = {}
    for parameter, topic in zip(indexed, log["topics"][1:], strict=True):
        values[parameter["name"]] = _json(parameter, decode_abi([_type(parameter)], bytes(topic))[0])
    decoded = decode_abi([_type(p) for p in plain], bytes(log["data"]))
    told = {parameter["name"]: value for parameter, value in zip(plain, decoded, strict=True)}
    if entry["name"] in _FLAT:
        values |= _FLAT[entry["name"]](told)
    else:
        values |= {parameter["name"]: _json(parameter, told[parameter["name"]]) for parameter in plain}
    return ChainEvent(
        block_number=log["blockNumber"],
        block_hash=Web3.to_hex(log["blockHash"]),
        log_index=log["logIndex"],
        transaction_hash=Web3.to_hex(log["transactionHash"]),
        name=entry["name"],
        arguments=values,
    )


def _committed(told: dict[str, Any]) -> dict[str, Any]:
    seats = unpack_seats(told["seats"], len(told["commitments"]))
    made = zip(seats, told["commitments"], strict=True)
    ballots = [{"seat": seat, "commitment": Web3.to_hex(commitment)} for seat, commitment in made]
    return {"round": told["round"], "ballots": ballots}


def _revealed(told: dict[str, Any]) -> dict[str, Any]:
    ballots = ballots_from(told["seats"], told["opened"], told["secrets"], told["verdicts"])
    return {
        "round": told["round"],
        "ballots": [
            {"seat": seat, "secret": Web3.to_hex(secret), "verdicts": [f"0x{word:064x}" for word in verdicts]}
            for seat, secret, verdicts in ballots
        ],
    }


def _settled(told: dict[str, Any]) -> dict[str, Any]:
    payouts, slashes = split_results(told.pop("results"))
    return told | {"payouts": list(payouts), "slashes": list(slashes)}


def _paid_out(told: dict[str, Any]) -> dict[str, Any]:
    payments = [payment_from(word) for word in told["payments"]]
    return {"payments": [{"account": checksum_address(account), "amount": amount} for account, amount in payments]}


_FLAT: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "Committed": _committed,
    "Revealed": _revealed,
    "Settled": _settled,
    "PaidOut": _paid_out,
}
"""How events that are told flat are read: by seat and by account."""


def _json(parameter: dict[str, Any], value: Any) -> Any:
    kind = str(parameter["type"])
    if kind.endswith("[]"):
        element = {**parameter, "type": kind[:-2]}
        return [_json(element, member) for member in value]
    if kind == "tuple":
        components = parameter["components"]
        return {c["name"]: _json(c, member) for c, member in zip(components, value, strict=True)}
    if kind == "address":
        return Web3.to_checksum_address(value)
    if kind == "uint256":
        return f"0x{value:064x}"
    return Web3.to_hex(value) if isinstance(value, bytes) else value
