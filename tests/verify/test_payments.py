"""What `payOut` sent leaves the accounts, and nobody can be sent more than they had."""

from typing import Any

import pytest
from eth_abi.abi import encode

from sebrus.protocol import checksum_address, keccak
from sebrus.verify.errors import BadInput, StepFailed
from sebrus.verify.events import Event, decode_log
from sebrus.verify.history import History
from sebrus.verify.ledger import Ledger

ANN, BOB = (checksum_address(bytes([number]) * 20) for number in (1, 2))


def read(place: int, signature: str, topics: list[str], types: list[str], values: list[Any]) -> Event:
    """An event as a node gives it."""
    log = {
        "topics": ["0x" + keccak(signature.encode()).hex(), *("0x" + "00" * 12 + topic[2:] for topic in topics)],
        "data": "0x" + encode(types, values).hex(),
        "blockNumber": "0x1",
        "logIndex": hex(place),
        "transactionHash": "0x" + "07" * 32,
    }
    event = decode_log(log)
    assert event is not None
    return event


def deposited(place: int, account: str, amount: int) -> Event:
    return read(place, "Deposited(address,address,uint64)", [account, account], ["uint64"], [amount])


def paid_out(place: int, *payments: tuple[str, int]) -> Event:
    words = [int(account, 16) << 64 | amount for account, amount in payments]
    return read(place, "PaidOut(uint256[])", [], ["uint256[]"], [words])


def test_everybody_named_is_paid_by_one_event() -> None:
    event = paid_out(2, (ANN, 5), (BOB, 7))
    assert event["payments"] == ((ANN, 5), (BOB, 7))
    ledger = Ledger(History([deposited(0, ANN, 5), deposited(1, BOB, 9), event]), 16)
    assert (ledger.accounts[ANN].free, ledger.accounts[BOB].free) == (0, 2)


def test_more_than_an_account_had_is_noticed() -> None:
    with pytest.raises(StepFailed, match="spent more than it had"):
        Ledger(History([deposited(0, ANN, 5), paid_out(1, (ANN, 6))]), 16)


def test_a_payment_to_what_is_no_account_is_mangled() -> None:
    with pytest.raises(BadInput, match="PaidOut that cannot be decoded"):
        read(0, "PaidOut(uint256[])", [], ["uint256[]"], [[1 << 224]])
