"""Money is neither made nor lost, whoever votes what."""

from hypothesis import given
from hypothesis import strategies as st

from sebrus.protocol import (
    POLICY_BITS,
    Policy,
    Seat,
    batch_reserve,
    batch_stake,
    failed_round_slashes,
    popcount,
    settle_batch,
    tally_verdicts,
    valid_mask,
)

amounts = {name: st.integers(0, 10**12) for name, bits in POLICY_BITS.items() if bits == 64}
shares = {name: st.integers(0, 10_000) for name in ("rejected_slash_bps", "silent_slash_bps")}
others = {name: st.just(1) for name in POLICY_BITS if name not in amounts and name not in shares}
policies = st.builds(
    Policy,
    **amounts,
    **shares,
    **(others | {"incoherent_slash_bps": st.integers(0, 65_535), "panel_size_unscreened": st.just(9)}),
)


@st.composite
def rounds(draw: st.DrawFn) -> tuple[int, list[Seat], list[int]]:
    count = draw(st.integers(1, 300))
    bitmap = st.tuples(*(st.integers(0, word) for word in valid_mask(count))).map(list)
    seat = st.builds(Seat, st.booleans()) | st.builds(Seat, st.just(True), bitmap)
    return count, draw(st.lists(seat, min_size=1, max_size=9)), draw(bitmap)


@given(policies, rounds())
def test_settlement_conserves_money(policy: Policy, case: tuple[int, list[Seat], list[int]]) -> None:
    count, seats, flags = case
    outcome = tally_verdicts([s.verdicts for s in seats if s.verdicts is not None], count, flags, 2)
    money = settle_batch(policy, count, seats, outcome)
    put_in = batch_stake(policy, count) + batch_reserve(policy, count) + sum(money.slashes)
    paid = money.stake_returned + money.reward + sum(money.payouts)
    assert put_in == paid + money.bounty_returned
    assert min(money.stake_returned, money.reward, money.bounty_returned, *money.payouts) >= 0
    for seat, payout, slash in zip(seats, money.payouts, money.slashes, strict=True):
        assert 0 <= slash <= (policy.seat_stake if seat.committed else 0)
        assert payout == 0 or slash == 0
        assert payout <= count * policy.review_fee


@given(policies, rounds())
def test_by_the_table_item_by_item(policy: Policy, case: tuple[int, list[Seat], list[int]]) -> None:
    count, seats, flags = case
    outcome = tally_verdicts([s.verdicts for s in seats if s.verdicts is not None], count, flags, 2)
    money = settle_batch(policy, count, seats, outcome)
    rejected = count - popcount(outcome.panel_accepted)
    assert money.stake_returned == count * policy.item_stake - (
        rejected * policy.item_stake * policy.rejected_slash_bps // 10_000
    )
    assert money.reward == popcount(outcome.accepted) * policy.item_reward
    for seat, payout, slash in zip(seats, money.payouts, money.slashes, strict=True):
        if seat.verdicts is None:
            net = -(policy.seat_stake * policy.silent_slash_bps // 10_000) if seat.committed else 0
        else:
            pairs = zip(seat.verdicts, outcome.panel_accepted, strict=True)
            right = count - sum((a ^ b).bit_count() for a, b in pairs)
            lost = (count - right) * policy.review_fee * policy.incoherent_slash_bps // 10_000
            net = right * policy.review_fee - lost
        assert payout == max(net, 0)
        assert slash == min(max(-net, 0), policy.seat_stake)


def test_a_failed_round_costs_only_who_committed_and_did_not_reveal() -> None:
    values = dict.fromkeys(POLICY_BITS, 1) | {"seat_stake": 1000, "silent_slash_bps": 5000}
    seats = [Seat(True, [1]), Seat(True), Seat(False)]
    assert failed_round_slashes(Policy(**values), seats) == (0, 500, 0)
