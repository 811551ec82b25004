"""The bit-sliced tally equals the naive one, and both are the specification's sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebrus.protocol import pack_bits, tally_naive, tally_verdicts, unpack_bits, valid_mask


@st.composite
def votes(draw: st.DrawFn) -> tuple[list[list[int]], int, list[int], int]:
    count = draw(st.integers(1, 600))
    mask = valid_mask(count)
    bitmap = st.tuples(*(st.integers(0, word) for word in mask)).map(list)
    verdicts = draw(st.lists(bitmap, min_size=0, max_size=31))
    return verdicts, count, draw(st.just([]) | bitmap), draw(st.integers(0, 255))


@given(votes())
def test_bit_sliced_equals_naive(case: tuple[list[list[int]], int, list[int], int]) -> None:
    assert tally_verdicts(*case) == tally_naive(*case)


@given(st.integers(1, 31), st.integers(0, 31), st.booleans(), st.integers(0, 40))
def test_one_item_by_the_sentence(seats: int, accepts: int, flagged: bool, detector_votes: int) -> None:
    accepts = min(accepts, seats)
    verdicts = [pack_bits([seat < accepts]) for seat in range(seats)]
    outcome = tally_verdicts(verdicts, 1, pack_bits([flagged]), detector_votes)
    assert unpack_bits(outcome.panel_accepted, 1) == [2 * accepts > seats]
    assert unpack_bits(outcome.accepted, 1) == [2 * accepts > seats + flagged * detector_votes]
    close = abs(2 * accepts - seats) <= 1 and not (flagged and 2 * accepts <= seats)
    contradicted = seats < 2 * accepts <= seats + flagged * detector_votes
    assert unpack_bits(outcome.in_question, 1) == [close or contradicted]


def test_a_tie_rejects() -> None:
    assert tally_verdicts([[1], [0]], 1, [], 2).accepted == (0,)


def test_a_flag_never_rescues() -> None:
    outcome = tally_verdicts([[0b01], [0b01], [0b00]], 2, [0b11], 0)
    assert outcome.accepted == outcome.panel_accepted == (1,)


def test_a_hostile_bitmap_with_padding_bits_is_refused() -> None:
    with pytest.raises(ValueError, match="zeros beyond"):
        tally_verdicts([[0b100]], 2, [], 0)
    with pytest.raises(ValueError, match="zeros beyond"):
        tally_verdicts([[1]], 2, [0b100], 0)


def test_more_seats_than_planes_count_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 31"):
        tally_verdicts([[1]] * 32, 1, [], 0)


def test_what_the_panel_accepts_and_the_flag_does_not_let_through_is_in_question() -> None:
    outcome = tally_verdicts([[0b11]] * 5, 2, [0b01], 5)
    assert (outcome.accepted, outcome.in_question) == ((0b10,), (0b01,))


def test_a_panel_can_outvote_the_flag() -> None:
    outcome = tally_verdicts([[0b11]] * 5, 2, [0b01], 4)
    assert (outcome.accepted, outcome.in_question) == ((0b11,), (0,))


def test_what_the_detector_flagged_and_the_panel_rejects_is_settled() -> None:
    assert tally_verdicts([[0]] * 5, 2, [0b11], 2).in_question == (0,)
