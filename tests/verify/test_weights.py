"""What reviewers weighed at any time is what a copy made after each step says; the tree takes no more than it holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebrus.verify.errors import StepFailed
from sebrus.verify.events import Position
from sebrus.verify.weights import MOST_WEIGHT, Weights

NAMES = ("ann", "bob", "cat", "dan")
STEPS = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 9), st.integers(0, 3)), max_size=30)


@given(STEPS)
def test_weights_at_the_end_of_a_block(steps: list[tuple[str, int, int]]) -> None:
    weights, copies, block = Weights(), [], 0
    for place, name in enumerate(NAMES):
        weights.seat(name, place)
    present = dict.fromkeys(NAMES, 0)
    for number, (name, weight, later) in enumerate(steps):
        block += later
        assert weights.weigh(name, weight, Position(block, number))
        present[name] = weight
        copies.append((block, dict(present)))
    for end in range(block + 2):
        told = dict(zip(*weights.at_end_of(end), strict=True))
        last = next((copied for at, copied in reversed(copies) if at <= end), {})
        assert {name: told.get(name, 0) for name in NAMES} == {name: last.get(name, 0) for name in NAMES}
        assert list(told) == [name for name in NAMES if name in told]


def test_the_tree_takes_no_more_weight_than_it_holds() -> None:
    weights = Weights()
    weights.seat("ann", 0)
    weights.seat("bob", 1)
    assert weights.weigh("ann", MOST_WEIGHT, Position(1, 0))
    assert not weights.weigh("bob", 1, Position(2, 0))
    assert weights.at_end_of(2) == (["ann"], [MOST_WEIGHT])
    assert weights.weigh("ann", MOST_WEIGHT - 1, Position(3, 0))
    assert weights.weigh("bob", 1, Position(3, 1))
    assert weights.at_end_of(3) == (["ann", "bob"], [MOST_WEIGHT - 1, 1])


def test_a_place_passes_on_when_it_weighs_nothing() -> None:
    weights = Weights()
    weights.seat("ann", 0)
    weights.weigh("ann", 5, Position(1, 0))
    with pytest.raises(StepFailed, match="two reviewers hold place 0"):
        weights.seat("bob", 0)
    weights.weigh("ann", 0, Position(2, 0))
    weights.seat("bob", 0)
    weights.weigh("bob", 7, Position(9, 0))
    assert weights.place_of("ann") is None
    assert weights.weigh("ann", 9, Position(10, 0))  # it has no place to weigh in
    assert weights.at_end_of(1) == (["ann"], [5])
    assert weights.at_end_of(20) == (["bob"], [7])
    with pytest.raises(StepFailed, match="moved from place 0 to place 4"):
        weights.seat("bob", 4)
