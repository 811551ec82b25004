"""Send to the contract what the server did not, through a node of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sebrus.chain.calls import OpenedBallot
from sebrus.chain.contract import Contract
from sebrus.client._http import Client
from sebrus.protocol.identity import BatchKey, panel_hash
from sebrus.protocol.record import BatchRecord


class RecordOutdated(Exception):
    """The record the server gives is not the one the contract keeps; look again, or ask another server."""


@dataclass(frozen=True)
class BatchOnChain:
    """A batch as the contract keeps it: checked, whoever told us."""

    key: BatchKey
    record: BatchRecord
    panel: list[str]
    ballots: list[OpenedBallot]


@contextmanager
def connected(client: Client, rpc_url: str) -> Iterator[Contract]:
    """The server's contract, reached through a node."""
    contract = Contract(rpc_url, client.domain.contract)
    try:
        yield contract
    finally:
        contract.close()


def batch_on_chain(client: Client, contract: Contract, batch_id: str) -> BatchOnChain:
    """The server's record of a batch, compared with what the contract keeps.

    Raises:
        RecordOutdated: they differ, or the panel is not that of the record.
    """
    answer = client.get(f"/v1/batches/{batch_id}/call")
    key = BatchKey.from_abi(_values(answer["key"]))
    record = BatchRecord.from_abi(_values(answer["record"])) if answer["record"] else None
    kept = bytes(contract.call("sealOf", key.batch_id))
    if "0x" + key.batch_id.hex() != batch_id or record is None or record.seal() != kept:
        raise RecordOutdated("The server's record of this batch is not the one the contract keeps; look again.")
    if answer["panel"] and panel_hash(answer["panel"]) != record.panel:
        raise RecordOutdated("The server's panel is not the one the contract drew.")
    ballots = [
        OpenedBallot(one["seat"], bytes.fromhex(one["secret"][2:]), tuple(int(word, 16) for word in one["verdicts"]))
        for one in answer["ballots"]
    ]
    return BatchOnChain(key, record, answer["panel"], ballots)


def _values(arguments: list[Any]) -> list[Any]:
    """Arguments as the server writes them: decimal text are numbers, `0x` hex of 32 bytes are bytes."""
    return [_value(argument) for argument in arguments]


def _value(argument: Any) -> Any:
    if isinstance(argument, str) and argument.isdecimal():
        return int(argument)
    if isinstance(argument, str) and len(argument) == 66:
        return bytes.fromhex(argument[2:])
    return argument
