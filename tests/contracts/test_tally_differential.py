"""The contract's bit-sliced tally and Python's, on the same random ballots: bit for bit the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sebrus.chain.embedded import EmbeddedChain
from sebrus.chain.rpc import connect, new_session
from sebrus.protocol import ItemTally, checksum_address, tally_naive, tally_verdicts, valid_mask
from sebrus.protocol.flat import flat_ballots

from ..actors import forge
from ..actors.ports import ports_in_a_row

HARNESS = checksum_address("0x" + "7a" * 20)

pytestmark = pytest.mark.chain

Decide = Callable[[list[list[int]], int, list[int], int], ItemTally]


@pytest.fixture(scope="module")
def decide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Decide]:
    """What the contract's libraries say of positions and make of it, running on a real chain."""
    forge.build()
    harness = forge.compiled("Harness.sol", "PureHarness")
    chain = EmbeddedChain(tmp_path_factory.mktemp("tally"), ports_in_a_row(1))
    chain.start()
    chain.rpc("anvil_setCode", HARNESS, harness["deployedBytecode"]["object"])
    session = new_session()
    contract: Any = connect(chain.url, session).eth.contract(address=HARNESS, abi=harness["abi"])

    def call(verdicts: list[list[int]], count: int, flags: list[int], detector_votes: int) -> ItemTally:
        ballots = flat_ballots([(seat, bytes(32), tuple(bitmap)) for seat, bitmap in enumerate(verdicts)])
        seats, words = len(verdicts), len(flags)
        said = contract.functions.opinion(ballots, (1 << seats) - 1, seats, words, detector_votes).call()
        nothing = [0] * words
        decision, question = contract.functions.decide(
            (nothing, nothing, flags), contract.functions.trim(said, count).call(), []
        ).call()
        return ItemTally(tuple(decision[1]), tuple(decision[0]), tuple(question))

    yield call
    chain.kill()
    session.close()


@st.composite
def ballots(draw: st.DrawFn) -> tuple[int, list[list[int]], list[int], int]:
    """Items, one bitmap per revealed seat, flags and the detector's weight."""
    count = draw(st.integers(1, 700))
    mask = valid_mask(count)

    def bitmap(lean: int) -> list[int]:
        words = [draw(st.integers(0, word)) for word in mask]
        return [
            (word | draw(st.integers(0, bound))) & bound if lean else word
            for word, bound in zip(words, mask, strict=True)
        ]

    seats = draw(st.integers(1, 31))
    lean = draw(st.integers(0, 1))
    return count, [bitmap(lean) for _ in range(seats)], bitmap(0), draw(st.integers(0, 31))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(case=ballots())
def test_contract_python_and_counting_agree(decide: Decide, case: tuple[int, list[list[int]], list[int], int]) -> None:
    count, verdicts, flags, detector_votes = case
    here = tally_verdicts(verdicts, count, flags, detector_votes)
    assert here == tally_naive(verdicts, count, flags, detector_votes)
    assert here == decide(verdicts, count, flags, detector_votes)
