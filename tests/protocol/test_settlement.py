"""Money is neither made nor lost, whoever votes what, over however many rounds."""

from dataclasses import replace
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebrus import protocol as p

from .conftest import POLICY, Case, cases, concluded, decisions, policies, unflagged, words


@st.composite
def batches(draw: st.DrawFn) -> tuple[int, list[p.ConcludedRound], p.Decision | None]:
    count = draw(st.integers(1, 300))
    numbers = draw(st.sampled_from([[0], [1], [0, 1], [0, 2], [0, 1, 2], [1, 2], []]))
    rounds = [draw(cases(item_count=count, number=number)).round for number in numbers]
    decision = draw(st.none() | decisions(count))
    return count, rounds, decision


Batch = tuple[int, list[p.ConcludedRound], p.Decision | None]


@given(policies(), batches())
def test_settlement_conserves_money(policy: p.Policy, batch: Batch) -> None:
    count, rounds, decision = batch
    money = p.settle_batch(policy, count, rounds, decision)
    spent = money.stake_returned + money.reward + sum(money.payouts)
    assert p.batch_pot(policy, count, rounds) + sum(money.slashes) == spent + money.bounty_returned
    assert min(money.stake_returned, money.reward, money.bounty_returned, *money.payouts, 0) == 0


@given(policies(), batches())
def test_no_seat_loses_more_than_its_stake_nor_what_it_never_agreed_to(policy: p.Policy, batch: Batch) -> None:
    count, rounds, decision = batch
    money = p.settle_batch(policy, count, rounds, decision)
    seats = [(one.status, seat) for one in rounds for seat in range(one.status.seats)]
    for (status, seat), payout, slash in zip(seats, money.payouts, money.slashes, strict=True):
        assert 0 <= slash <= (policy.seat_stake if status.committed >> seat & 1 else 0)
        assert payout == 0 or slash == 0
        assert payout <= status.items * policy.review_fee * (status.revealed >> seat & 1)


@given(policies(), batches())
def test_by_the_table(policy: p.Policy, batch: Batch) -> None:
    count, rounds, decision = batch
    money = p.settle_batch(policy, count, rounds, decision)
    rejected = count - p.popcount(decision.panel_accepted) if decision else 0
    lost = rejected * policy.item_stake * policy.rejected_slash_bps // 10_000
    assert money.stake_returned == count * policy.item_stake - lost
    assert money.reward == (p.popcount(decision.accepted) * policy.item_reward if decision else 0)
    results = iter(zip(money.payouts, money.slashes, strict=True))
    for one in rounds:
        judgements = p.judge_round(one, count, decision)
        for seat in range(one.status.seats):
            net = Fraction(0)
            if seat in judgements:
                j = Fraction(*judgements[seat].youden)
                fees = one.status.items * policy.review_fee
                net = fees * j * (1 if j > 0 else Fraction(policy.incoherent_slash_bps, 10_000))
            elif one.status.committed >> seat & 1:
                net = -Fraction(policy.seat_stake * policy.silent_slash_bps, 10_000)
            assert next(results) == (
                floor(max(net, Fraction(0))),
                min(floor(max(-net, Fraction(0))), policy.seat_stake),
            )


@given(policies(), cases())
def test_a_void_batch_gives_the_contributor_everything_back(policy: p.Policy, case: Case) -> None:
    money = p.settle_batch(policy, case.item_count, [case.round], None)
    assert (money.stake_returned, money.reward) == (case.item_count * policy.item_stake, 0)


def test_a_batch_nobody_ever_looked_at_gives_all_back() -> None:
    money = p.settle_batch(POLICY, 10, [], None)
    assert (money.payouts, money.stake_returned, money.bounty_returned) == ((), 200_000, 500_000)


def test_attack_a_die_loses_and_a_diligent_reviewer_earns() -> None:
    truth = words(1, 1, 1, 0, 0)
    inverted, accepting = words(0, 0, 0, 1, 1), words(1, 1, 1, 1, 1)
    round_ = concluded([(0, truth), (1, truth), (2, truth), (3, inverted), (4, accepting)], 5)
    money = p.settle_batch(POLICY, 5, [round_], unflagged(1, 1, 1, 0, 0))
    fees = 5 * POLICY.review_fee
    assert money.payouts == (fees, fees, fees, 0, 0)
    assert money.slashes == (0, 0, 0, fees * 12_345 // 10_000, 0)


def test_what_is_set_aside_follows_the_rounds() -> None:
    fee = POLICY.review_fee
    assert p.batch_reserve(POLICY, 10) == 10 * (POLICY.item_reward + 5 * fee)
    assert [p.round_reserve(POLICY, number, 7) for number in range(3)] == [35 * fee, 77 * fee, 161 * fee]
    with pytest.raises(ValueError, match="no round 3"):
        p.round_reserve(POLICY, 3, 1)
    with pytest.raises(ValueError, match="no round 2"):
        p.round_reserve(replace(POLICY, final_size=0), 2, 1)
    first = concluded([], 10)
    second = concluded([], 4, number=1, question=words(1, 1, 1, 1, 0, 0, 0, 0, 0, 0))
    pot = 10 * (POLICY.item_stake + POLICY.item_reward) + (50 + 44) * fee
    assert p.batch_pot(POLICY, 10, [first, second]) == pot
