"""Logs become events of plain JSON values: hashes and bitmaps in hex, numbers as numbers, structs by field name."""

from __future__ import annotations

import json

import pytest
from eth_abi.abi import encode
from hexbytes import HexBytes

from sebrus import protocol as p
from sebrus.chain.events import decode_event

BATCH = b"\1" * 32
PERSON = p.checksum_address(b"\2" * 20)


def log(signature, indexed, types, values):
    topics = [p.keccak(signature.encode()), *indexed]
    return {
        "topics": [HexBytes(topic) for topic in topics],
        "data": HexBytes(encode(types, values)),
        "blockNumber": 5,
        "blockHash": HexBytes(b"\3" * 32),
        "logIndex": 1,
        "transactionHash": HexBytes(b"\4" * 32),
    }


def told(name, types, values):
    return decode_event(log(f"{name}(bytes32,{','.join(types)})", [BATCH], types, values))


def test_flat_ballots_are_read_by_seat():
    types = ["uint8", "uint256", "uint256", "bytes32[]", "uint256[]"]
    event = told("Revealed", types, [1, 0x0002, 1, [b"\5" * 32, b"\6" * 32], [1, 2**255]])
    assert (event.name, event.subject, event.block_number, event.log_index) == ("Revealed", "0x" + "01" * 32, 5, 1)
    assert event.arguments["round"] == 1
    assert event.arguments["ballots"] == [
        {"seat": 2, "secret": "0x" + "05" * 32, "verdicts": [f"0x{1:064x}", "0x8" + "0" * 63]},
        {"seat": 0, "secret": "0x" + "06" * 32, "verdicts": []},
    ]
    assert json.loads(json.dumps(event.arguments)) == event.arguments


def test_flat_commitments_are_read_by_seat():
    event = told("Committed", ["uint8", "uint256", "bytes32[]"], [0, 0x0104, [b"\5" * 32, b"\6" * 32]])
    ballots = [{"seat": 4, "commitment": "0x" + "05" * 32}, {"seat": 1, "commitment": "0x" + "06" * 32}]
    assert event.arguments == {"batchId": "0x" + "01" * 32, "round": 0, "ballots": ballots}


def test_results_are_read_as_payouts_and_slashes():
    types = ["bool", "uint16", "uint64", "uint64", "uint64", "int64[]"]
    event = told("Settled", types, [True, 5, 6, 7, 8, [10, 0, -3]])
    assert (event.arguments["payouts"], event.arguments["slashes"]) == ([10, 0, 0], [0, 0, 3])
    assert (event.arguments["decided"], event.arguments["bountyReturned"]) == (True, 8)


def test_payments_are_read_by_account():
    word = int.from_bytes(b"\2" * 20, "big") << 64 | 9
    event = decode_event(log("PaidOut(uint256[])", [], ["uint256[]"], [[word]]))
    assert (event.subject, event.arguments) == ("", {"payments": [{"account": PERSON, "amount": 9}]})


def test_packed_status_words_stay_words():
    status = p.Status(p.Phase.VOTING, round=2, seats=23, committed=7, revealed=3, positions=9, items=9)
    types = ["uint8", "uint256", "uint32", "bool", "uint256[]", "uint256[]"]
    signature = f"Concluded(bytes32,{','.join(types)})"
    event = decode_event(log(signature, [BATCH], types, [2, status.pack(), 3, True, [4], []]))
    assert p.Status.unpack(int(event.arguments["status"], 16)) == status
    assert (event.arguments["counted"], event.arguments["conclusive"]) == (3, True)
    assert (event.arguments["accepted"], event.arguments["panelAccepted"]) == ([f"0x{4:064x}"], [])


def test_an_event_on_nothing_else_is_about_its_account():
    topic = b"\0" * 12 + b"\2" * 20
    event = decode_event(log("PayoutSet(address,bool)", [topic], ["bool"], [True]))
    assert (event.subject, event.arguments) == (PERSON, {"account": PERSON, "payout": True})


@pytest.mark.parametrize("signature", ["Settled(bytes32)", "Transfer(address,address,uint256)"])
def test_logs_of_others_are_no_events(signature):
    assert decode_event(log(signature, [BATCH], [], [])) is None
