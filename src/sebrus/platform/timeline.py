"""The steps of a batch on chain, with the time and the gas of each: events from the tables, the rest from the node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hexbytes import HexBytes
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from sebrus.chain.contract import Contract
from sebrus.chain.errors import ChainError
from sebrus.chain.rpc import guarded
from sebrus.store.projected import Event


@dataclass(frozen=True)
class Step:
    """One event of a batch. `time` is its block's, in seconds; time and gas are None where the node does not say.

    `gas_used` is the whole transaction's, which may have served other batches too.
    """

    block_number: int
    log_index: int
    transaction_hash: str
    name: str
    arguments: dict[str, Any]
    time: int | None
    gas_used: int | None


def steps_of(
    session: Session, contract: Contract, batch_id: str, after: tuple[int, int] | None, limit: int
) -> list[Step]:
    """The steps of a batch, oldest first, from the one behind `after` (block, index) on."""
    query = select(Event).where(Event.subject == batch_id).order_by(Event.block_number, Event.log_index).limit(limit)
    if after is not None:
        query = query.where(tuple_(Event.block_number, Event.log_index) > after)
    events = session.scalars(query).all()
    known = _ask(contract, events)
    return [
        Step(
            block_number=event.block_number,
            log_index=event.log_index,
            transaction_hash=event.transaction_hash,
            name=event.name,
            arguments=event.arguments,
            time=known.get(event.transaction_hash, (None, None))[0],
            gas_used=known.get(event.transaction_hash, (None, None))[1],
        )
        for event in events
    ]


def _ask(contract: Contract, events: Sequence[Event]) -> dict[str, tuple[int | None, int | None]]:
    """Time and gas of each transaction; what the node cannot say now is left out."""
    found: dict[str, tuple[int | None, int | None]] = {}
    for event in events:
        if event.transaction_hash not in found:
            try:
                found[event.transaction_hash] = mined(contract, event.transaction_hash, event.block_number)
            except ChainError:
                return found
    return found


def block_time(contract: Contract, number: int) -> int | None:
    """The time of a block in seconds, None where the node does not say; that of a block taken back may stay."""
    try:
        return _time(contract, number)
    except ChainError:
        return None


@lru_cache(maxsize=4096)
def _time(contract: Contract, number: int) -> int:
    return int(guarded(lambda: contract.web3.eth.get_block(number))["timestamp"])


@lru_cache(maxsize=4096)
def mined(contract: Contract, transaction_hash: str, block_number: int) -> tuple[int, int]:
    """Time (seconds) and gas of a transaction in its block: neither changes, for another block is asked for anew.

    Raises:
        ChainError: the node does not answer, or does not have it.
    """
    web3 = contract.web3
    receipt = guarded(lambda: web3.eth.get_transaction_receipt(HexBytes(transaction_hash)))
    block = guarded(lambda: web3.eth.get_block(block_number))
    return block["timestamp"], receipt["gasUsed"]
