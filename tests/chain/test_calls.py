"""Typed calls are the contract's own: its ABI takes each of them, and reads back what was said."""

from __future__ import annotations

import pytest
from eth_abi.exceptions import EncodingError
from web3.exceptions import Web3Exception

from sebrus import protocol as p
from sebrus.chain import calls
from sebrus.chain.artifact import artifact
from sebrus.chain.contract import Contract

SOMEBODY = p.checksum_address(b"\1" * 20)
ANOTHER = p.checksum_address(b"\2" * 20)
KEY = p.BatchKey(b"\3" * 32, SOMEBODY, b"\4" * 32, 300)
RECORD = p.BatchRecord.submitted(300, 1_800_000_000)
WORDS = (1 << 255, 5)
DECISION = p.Decision(WORDS, WORDS, ())
APPEAL = p.OpenAppeal(ANOTHER, WORDS)
OPENING = calls.ScreeningOpening(b"\5" * 32, b"\6" * 32, b"\7" * 32, b"\x08" * 32, WORDS, WORDS, WORDS)
BALLOTS = [calls.OpenedBallot(0, b"\x09" * 32, WORDS), calls.OpenedBallot(2, b"\x0a" * 32)]
ROUND = p.ConcludedRound(p.Status(p.Phase.VOTING, seats=2, items=300), (SOMEBODY, ANOTHER), ((1, WORDS),))
CALLS = [
    calls.submit(KEY),
    calls.submit(KEY, 5, b"signature"),
    calls.commit_screening(KEY, RECORD, calls.ScreeningCommitment(b"\5" * 32, b"\6" * 32, 310, (SOMEBODY,))),
    calls.skip_screening(KEY, RECORD),
    calls.request_draw(KEY, RECORD),
    calls.draw(KEY, RECORD, [(SOMEBODY,), (ANOTHER, SOMEBODY)], [APPEAL]),
    calls.draw(KEY, RECORD, [], drawn=(ANOTHER, SOMEBODY)),
    calls.commit(KEY, RECORD, (SOMEBODY,), [calls.Vote(0, b"\5" * 32), calls.Vote(1, b"\6" * 32, b"signature")]),
    calls.reveal(KEY, RECORD, (SOMEBODY, ANOTHER), BALLOTS),
    calls.conclude(KEY, RECORD, (SOMEBODY, ANOTHER), BALLOTS),
    calls.conclude(
        KEY, RECORD, (SOMEBODY,), BALLOTS, OPENING, question=WORDS, decision=DECISION, appeals=[APPEAL, APPEAL]
    ),
    calls.appeal(KEY, RECORD, (), APPEAL),
    calls.appeal(KEY, RECORD, WORDS, APPEAL, 7, b"signature"),
    calls.start_appeal(KEY, RECORD, WORDS),
    calls.finalize(KEY, RECORD, None, []),
    calls.finalize(KEY, RECORD, DECISION, [ROUND]),
]


PACKED = [
    (calls.submit(KEY, 5, b"signature"), CALLS[2], "submitAndScreen"),
    (calls.draw(KEY, RECORD, [(SOMEBODY,)], [APPEAL], (ANOTHER,)), CALLS[7], "drawAndCommit"),
    (calls.finalize(KEY, RECORD, None, []), calls.Call("payOut", ([SOMEBODY],)), "multicall"),
]


@pytest.fixture
def contract():
    made = Contract("http://127.0.0.1:9", SOMEBODY)  # nobody is asked
    yield made
    made.close()


def names(function):
    (entry,) = (e for e in artifact()["abi"] if e["type"] == "function" and e["name"] == function)
    return [parameter["name"] for parameter in entry["inputs"]]


def plain(value):
    """Lists for tuples, checksummed addresses for others."""
    if isinstance(value, dict):
        return [plain(member) for member in value.values()]
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    return value


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.function)
def test_the_contract_reads_back_what_was_said(contract, call):
    function, arguments = contract.web3.eth.contract(address=SOMEBODY, abi=artifact()["abi"]).decode_function_input(
        contract.encode_call(call)
    )
    assert function.fn_name == call.function
    assert plain([arguments[name] for name in names(call.function)]) == plain(call.arguments)


@pytest.mark.parametrize(("first", "second", "function"), PACKED, ids=lambda value: str(value)[:12])
def test_two_steps_become_one_call(contract, first, second, function):
    call = calls.packed([first, second], contract.encode_call)
    assert call.function == function
    if function == "multicall":
        assert call.arguments == ([contract.encode_call(first), contract.encode_call(second)],)
    else:
        assert call.arguments == (*first.arguments, second.arguments[-1])
    assert contract.encode_call(call)  # the contract has it


def test_a_single_step_stays_as_it_is(contract):
    assert calls.packed([CALLS[0]], contract.encode_call) == CALLS[0]


def test_what_does_not_fit_the_contract_is_not_encoded(contract):
    with pytest.raises((Web3Exception, EncodingError)):
        contract.encode_call(calls.Call("finalize", (KEY.as_abi(), RECORD.as_abi()[:-1], ([], [], []), [])))


def test_an_opening_opens_its_own_commitment_only():
    domain, message = p.Domain(1, SOMEBODY), OPENING.message(KEY.batch_id, 1)
    assert message.flags_hash == p.bitmap_hash(WORDS)
    assert p.eip712_digest(domain, message) != p.eip712_digest(domain, OPENING.message(KEY.batch_id, 2))
