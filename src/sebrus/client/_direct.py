"""Send to the contract what the server did not, through a node of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sebrus.chain import calls
from sebrus.chain.calls import Call, OpenedBallot
from sebrus.chain.contract import Contract
from sebrus.client._http import Client
from sebrus.protocol.appeal import OpenAppeal
from sebrus.protocol.identity import BatchKey, panel_hash
from sebrus.protocol.record import BatchRecord
from sebrus.protocol.status import Phase


class RecordOutdated(Exception):
    """The record the server gives is not the one the contract keeps; look again, or ask another server."""


@dataclass(frozen=True)
class BatchOnChain:
    """A batch as the contract keeps it: checked, whoever told us.

    `draw` is to be sent before a commitment where the panel is foreseen: then the record is as it will be after it.
    """

    key: BatchKey
    record: BatchRecord
    panel: list[str]
    ballots: list[OpenedBallot]
    draw: Call | None = None


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

    Where a draw is foreseen, our node is asked whom the contract would draw.

    Raises:
        RecordOutdated: they differ, or the panel is not that of the record.
        ContractRefused: the draw that the server tells of cannot be made.
    """
    answer = client.get(f"/v1/batches/{batch_id}/call")
    key = BatchKey.from_abi(_values(answer["key"]))
    record = BatchRecord.from_abi(_values(answer["record"])) if answer["record"] else None
    kept = bytes(contract.call("sealOf", key.batch_id))
    if "0x" + key.batch_id.hex() != batch_id or record is None or record.seal() != kept:
        raise RecordOutdated("The server's record of this batch is not the one the contract keeps; look again.")
    if record.phase is Phase.DRAWING and answer["panel"]:
        return _foreseen(contract, key, record, answer)
    if answer["panel"] and panel_hash(answer["panel"]) != record.panel:
        raise RecordOutdated("The server's panel is not the one the contract drew.")
    ballots = [
        OpenedBallot(one["seat"], bytes.fromhex(one["secret"][2:]), tuple(int(word, 16) for word in one["verdicts"]))
        for one in answer["ballots"]
    ]
    return BatchOnChain(key, record, answer["panel"], ballots)


def _foreseen(contract: Contract, key: BatchKey, record: BatchRecord, answer: dict[str, Any]) -> BatchOnChain:
    """A batch whose draw is not on chain yet; accounts shut out and appeals are checked by the contract."""
    told = next((call["arguments"] for call in answer["calls"] if call["function"] == "draw"), None)
    if told is None:
        raise RecordOutdated("The draw of this batch cannot be made any more; look again.")
    appeals = [OpenAppeal(appellant, tuple(_values(items))) for appellant, items in told[3]]
    draw = calls.draw(key, record, told[2], appeals)
    panel, _ = contract.call(draw.function, *draw.arguments)
    if list(panel) != answer["panel"]:
        raise RecordOutdated("The server's panel is not the one the contract would draw.")
    return BatchOnChain(key, record.drawn(panel), list(panel), [], draw)


def _values(arguments: list[Any]) -> list[Any]:
    """Arguments as the server writes them: decimal text are numbers, `0x` hex of 32 bytes are bytes."""
    return [_value(argument) for argument in arguments]


def _value(argument: Any) -> Any:
    if isinstance(argument, str) and argument.isdecimal():
        return int(argument)
    if isinstance(argument, str) and len(argument) == 66:
        return bytes.fromhex(argument[2:])
    return argument
