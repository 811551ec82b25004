"""Flat lists say what they are made of: seats, ballots, results and payments come back as they went in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebrus.protocol import ballots_from, flat_ballots, pack_seats, payment_from, split_results, split_words
from sebrus.protocol import unpack_seats as unpack

words = st.integers(0, 2**256 - 1)
seats = st.lists(st.integers(0, 30), unique=True, max_size=31)


@given(seats)
def test_seats_come_back_in_their_order(order: list[int]) -> None:
    packed = pack_seats(order)
    assert unpack(packed, len(order)) == tuple(order)
    assert packed >> 8 * len(order) == 0


@given(seats, st.integers(1, 3), st.data())
def test_ballots_come_back_opened_or_alone(order: list[int], length: int, data: st.DataObject) -> None:
    bitmap = st.lists(words, min_size=length, max_size=length).map(tuple)
    ballots = [
        (seat, data.draw(st.binary(min_size=32, max_size=32)), data.draw(st.one_of(st.just(()), bitmap)))
        for seat in order
    ]
    assert ballots_from(*flat_ballots(ballots)) == tuple(ballots)


def test_verdicts_that_are_no_bitmaps_of_one_length_are_refused() -> None:
    with pytest.raises(ValueError, match="not 2 bitmaps"):
        split_words([1, 2, 3], 2)
    with pytest.raises(ValueError, match="of nobody"):
        ballots_from(0, 0, [bytes(32)], [5])
    assert split_words([], 0) == []


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_a_seat_is_paid_or_slashed_and_never_both(results: list[int]) -> None:
    payouts, slashes = split_results(results)
    assert [payout - slash for payout, slash in zip(payouts, slashes, strict=True)] == results
    assert all(min(both) == 0 for both in zip(payouts, slashes, strict=True))


@given(st.binary(min_size=20, max_size=20), st.integers(0, 2**64 - 1))
def test_a_payment_is_an_account_and_an_amount(account: bytes, amount: int) -> None:
    assert payment_from(int.from_bytes(account, "big") << 64 | amount) == (account, amount)
