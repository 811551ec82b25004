"""Appeals: a right one gets its bond back and the slash; a wrong one has paid for the round."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebrus import protocol as p

from .conftest import POLICY, account, bitmaps, decisions, policies, unflagged, words

BEFORE = unflagged(1, 1, 0, 0)
FEES = 11 * POLICY.review_fee
SLASH = POLICY.item_stake * POLICY.rejected_slash_bps // 10_000


def settle(items: p.Words, after: p.Decision | None, bounty: int = 10**9) -> p.AppealSettlement:
    (one,) = p.settle_appeals(POLICY, 1, [p.OpenAppeal(account(0), items)], BEFORE, after, bounty)
    return one


def test_the_bond_pays_for_the_next_round() -> None:
    assert p.appeal_bond(POLICY, 0, 3) == 3 * FEES == p.round_reserve(POLICY, 1, 3)
    with pytest.raises(ValueError, match="no round 3"):
        p.appeal_bond(POLICY, 2, 1)
    with pytest.raises(ValueError, match="no round 1"):
        p.appeal_bond(replace(POLICY, escalated_size=0), 0, 1)


def test_an_auditor_who_finds_poison_is_rewarded() -> None:
    after = unflagged(0, 1, 0, 0)
    assert settle(words(1, 0, 0, 0), after).amount == FEES + SLASH


def test_a_contributor_who_was_wronged_gets_the_bond_back() -> None:
    after = unflagged(1, 1, 1, 0)
    assert settle(words(0, 0, 1, 1), after).amount == FEES


def test_what_only_the_flag_rejects_has_lost_no_stake_to_give() -> None:
    after = p.Decision(words(0, 1, 0, 0), words(1, 1, 0, 0), words(1, 0, 0, 0))
    assert settle(words(1, 0, 0, 0), after).amount == FEES


def test_attack_appealing_where_nothing_was_decided_earns_no_slash() -> None:
    appeal = p.OpenAppeal(account(0), words(1, 1, 1, 1))
    (one,) = p.settle_appeals(POLICY, 1, [appeal], None, unflagged(1, 0, 0, 0), 10**9)
    assert one.amount == FEES


def test_a_hostile_appellant_has_paid_for_the_round() -> None:
    assert settle(words(1, 1, 1, 1), BEFORE).amount == 0


def test_bonds_go_back_when_nothing_was_decided() -> None:
    assert settle(words(1, 1, 1, 0), None) == p.AppealSettlement(account(0), 3 * FEES, 3 * FEES)
    (unseated,) = p.return_bonds(POLICY, 1, [p.OpenAppeal(account(0), words(1, 1, 1, 0))])
    assert unseated == p.AppealSettlement(account(0), 3 * FEES, 0)


def test_as_far_as_the_bounty_goes_in_the_order_of_the_appeals() -> None:
    after = unflagged(0, 0, 0, 0)
    appeals = [p.OpenAppeal(account(i), words(i == 0, i == 1, 0, 0)) for i in range(2)]
    settled = p.settle_appeals(POLICY, 1, appeals, BEFORE, after, FEES + SLASH + 1)
    assert [one.amount for one in settled] == [FEES + SLASH, 1]


@given(policies(), st.data())
def test_the_bounty_never_pays_more_than_it_has(policy: p.Policy, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 300))
    before, after = data.draw(st.none() | decisions(count)), data.draw(st.none() | decisions(count))
    appeals = [p.OpenAppeal(account(i), data.draw(bitmaps(count))) for i in range(data.draw(st.integers(0, 3)))]
    bounty = data.draw(st.integers(0, 10**15))
    settled = p.settle_appeals(policy, 2, appeals, before, after, bounty)
    assert [one.appellant for one in settled] == [one.appellant for one in appeals]
    assert all(one.amount == one.from_bounty >= 0 for one in settled)
    assert sum(one.amount for one in settled) <= bounty
