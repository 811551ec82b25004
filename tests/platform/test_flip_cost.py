"""What another decision costs is what a majority of every panel still to come stands to lose and forgo."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sebrus.platform.policy import DEFAULT_POLICY
from sebrus.protocol.flip import flip_cost, seat_at_stake, seats_to_win

FEE = DEFAULT_POLICY.review_fee


def test_in_a_first_round_three_panels_have_to_be_won():
    cost = flip_cost(DEFAULT_POLICY, 0, running=(5, 100))
    assert cost.seats == 3 + 6 + 12
    assert cost.at_stake == 3 * (100 * FEE + 200 * FEE) + (6 + 12) * (FEE + 2 * FEE)
    assert cost.total == cost.at_stake and cost.bonds == 0


def test_a_slash_is_never_more_than_the_seat_stake():
    assert seat_at_stake(DEFAULT_POLICY, 1000) == 1000 * FEE + DEFAULT_POLICY.seat_stake


def test_what_is_decided_has_to_be_appealed_first():
    cost = flip_cost(DEFAULT_POLICY, 0, running=None)
    assert (cost.seats, cost.bonds) == (6 + 12, 11 * FEE)
    last = flip_cost(DEFAULT_POLICY, 2, running=None)
    assert (last.seats, last.total) == (0, 0), "nobody is left to ask"


@given(st.integers(0, 2), st.integers(1, 31), st.integers(1, 4096))
def test_every_further_panel_makes_it_dearer(round_, seats, items):
    fewer = replace(DEFAULT_POLICY, final_size=0) if round_ < 2 else DEFAULT_POLICY
    with_all, without = (flip_cost(policy, round_, running=(seats, items)) for policy in (DEFAULT_POLICY, fewer))
    assert with_all.total >= without.total > 0
    assert 2 * seats_to_win(seats) > seats >= 2 * (seats_to_win(seats) - 1)
