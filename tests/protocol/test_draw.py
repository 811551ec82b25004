"""The draw seats nobody twice, nobody excluded, and each panel as often as successive sampling says."""

from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebrus.protocol import (
    ZERO_ADDRESS,
    draw_entropy,
    draw_number,
    draw_panel,
    entropy_block,
    excluded_accounts,
    keccak,
)


@given(
    st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=60),
    st.sets(st.integers(0, 59), max_size=4),
    st.binary(min_size=32, max_size=32),
    st.integers(0, 31),
)
def test_no_seat_twice_and_none_excluded(weights: list[int], excluded: set[int], entropy: bytes, seats: int) -> None:
    panel = draw_panel(weights, excluded, entropy, seats)
    eligible = {i for i, weight in enumerate(weights) if weight and i not in excluded}
    assert len(set(panel)) == len(panel) == min(seats, len(eligible))
    assert set(panel) <= eligible


def successive(weights: list[int], order: tuple[int, ...]) -> Fraction:
    """Return the exact probability of drawing `order` one after the other without replacement."""
    remaining, chance = sum(weights), Fraction(1)
    for index in order:
        chance *= Fraction(weights[index], remaining)
        remaining -= weights[index]
    return chance


@pytest.mark.parametrize("weights", [[1, 2, 3, 4], [10, 1, 1, 0, 8], [5, 5, 5]])
def test_frequencies_match_exact_successive_sampling(weights: list[int]) -> None:
    seats, draws = 2, 6000
    holders = [i for i, weight in enumerate(weights) if weight]
    expected = {order: successive(weights, order) for order in permutations(holders, seats)}
    assert sum(expected.values()) == 1
    seen = dict.fromkeys(expected, 0)
    for k in range(draws):
        seen[tuple(draw_panel(weights, (), keccak(f"draw {k}".encode()), seats))] += 1
    chi_square = sum(
        (seen[order] - draws * float(chance)) ** 2 / (draws * float(chance)) for order, chance in expected.items()
    )
    freedom = len(expected) - 1
    assert chi_square < freedom + 4.5 * (2 * freedom) ** 0.5  # fixed entropies: not a matter of luck


@pytest.mark.parametrize(("weights", "excluded"), [([1, 2, 3, 4], {2}), ([10, 1, 1, 0, 8], {0, 3}), ([5, 5, 5], {1})])
def test_passing_over_the_excluded_seats_the_others_as_if_they_were_alone(
    weights: list[int], excluded: set[int]
) -> None:
    seats, draws = 2, 6000
    alone = [0 if index in excluded else weight for index, weight in enumerate(weights)]
    holders = [i for i, weight in enumerate(alone) if weight]
    expected = {order: successive(alone, order) for order in permutations(holders, seats)}
    seen = dict.fromkeys(expected, 0)
    for k in range(draws):
        seen[tuple(draw_panel(weights, excluded, keccak(f"passed over {k}".encode()), seats))] += 1
    chi_square = sum(
        (seen[order] - draws * float(chance)) ** 2 / (draws * float(chance)) for order, chance in expected.items()
    )
    freedom = len(expected) - 1
    assert chi_square < freedom + 4.5 * (2 * freedom) ** 0.5


def test_entropy_differs_by_batch_round_and_block() -> None:
    a, b = keccak(b"a"), keccak(b"b")
    assert len({draw_entropy(a, b, 0), draw_entropy(b, a, 0), draw_entropy(a, b, 1)}) == 3
    assert draw_number(a, 0) != draw_number(a, 1)


def test_nobody_with_an_interest_or_from_an_earlier_round_is_drawn() -> None:
    contributor, owner, detector, linked, first, second, free = (f"0x{i:040x}" for i in range(1, 8))
    barred = excluded_accounts(contributor, owner, detector, [[linked], [first, second]])
    assert barred == {contributor, owner, detector, linked, first, second}
    assert excluded_accounts(contributor, owner, ZERO_ADDRESS, []) == {contributor, owner}
    accounts = [contributor, owner, detector, linked, first, second, free]
    panel = draw_panel([5] * 7, {accounts.index(account) for account in barred}, keccak(b"block"), 5)
    assert [accounts[index] for index in panel] == [free]


@pytest.mark.parametrize(
    ("asked_at", "block"), [(0, 4), (70, 74), (71, 100), (95, 100), (96, 100), (97, 101), (171, 200)]
)
def test_entropy_is_not_in_the_last_quarter_of_an_epoch(asked_at: int, block: int) -> None:
    assert entropy_block(asked_at, 4, 100) == block
