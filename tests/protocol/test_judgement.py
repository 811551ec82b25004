"""Youden's J: knowing nothing earns nothing, and what may be false judges nobody."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebrus import protocol as p

from .conftest import Case, cases, concluded, decisions, unflagged, words


def naive(case: Case, decision: p.Decision | None, said: p.Words) -> tuple[list[bool], list[bool], list[bool]]:
    """Return truth and verdict on the known items, and rightness on the judging gold, position by position."""
    round_, positions = case.round, case.round.status.positions
    bits = [p.unpack_bits(one, positions) for _, one in round_.revealed]
    mine = p.unpack_bits(said, positions)
    gold = p.unpack_bits(round_.gold, positions) if round_.gold else [False] * positions
    answers = p.unpack_bits(round_.answers, positions) if round_.gold else [False] * positions
    asked = [i for i, bit in enumerate(p.unpack_bits(round_.question_mask(case.item_count), case.item_count)) if bit]
    truth: list[bool] = []
    verdict: list[bool] = []
    gold_right = []
    items = iter(asked)
    for i in range(positions):
        if gold[i]:
            against = sum(one[i] != answers[i] for one in bits)
            if 2 * against <= len(bits):
                truth.append(answers[i])
                verdict.append(mine[i])
                gold_right.append(mine[i] == answers[i])
        elif decision is not None and positions - sum(gold) == len(asked):
            truth.append(p.unpack_bits(decision.panel_accepted, case.item_count)[next(items)])
            verdict.append(mine[i])
    return truth, verdict, gold_right


@given(cases(), st.data())
def test_words_at_a_time_equals_one_by_one(case: Case, data: st.DataObject) -> None:
    decision = data.draw(st.none() | decisions(case.item_count))
    judgements = p.judge_round(case.round, case.item_count, decision)
    assert list(judgements) == [seat for seat, _ in case.round.revealed]
    for seat, said in case.round.revealed:
        truth, verdict, gold_right = naive(case, decision, said)
        one = judgements[seat]
        assert (one.gold_seen, one.gold_right) == (len(gold_right), sum(gold_right))
        pairs = list(zip(truth, verdict, strict=True))
        assert (one.to_accept, one.accepted) == (sum(truth), sum(t and v for t, v in pairs))
        assert (one.to_reject, one.rejected) == (len(truth) - sum(truth), sum(not t and not v for t, v in pairs))
        assert one.items_seen == len(truth) - len(gold_right)
        assert one.items_coherent == sum(t == v for t, v in pairs) - sum(gold_right)
        number, scale = one.youden
        assert scale > 0
        assert -scale <= number <= scale


@given(st.integers(1, 4096), st.integers(1, 4096))
def test_attack_always_accepting_or_always_rejecting_is_worth_exactly_nothing(good: int, bad: int) -> None:
    assert p.youden(good, good, bad, 0)[0] == 0
    assert p.youden(good, 0, bad, bad)[0] == 0
    assert Fraction(*p.youden(good, good, bad, bad)) == 1
    assert Fraction(*p.youden(good, 0, bad, 0)) == -1


@pytest.mark.parametrize("share", [Fraction(1, 2), Fraction(9, 10), Fraction(1, 7)])
def test_attack_a_die_is_worth_nothing_on_average_whatever_share_is_good(share: Fraction) -> None:
    """All outcomes of a die thrown for three good pictures and two bad ones, weighed by their chance."""
    expected = Fraction(0)
    for throws in product([0, 1], repeat=5):
        chance = Fraction(1)
        for accept in throws:
            chance *= share if accept else 1 - share
        expected += chance * Fraction(*p.youden(3, sum(throws[:3]), 2, 2 - sum(throws[3:])))
    assert expected == 0


def test_one_class_alone_and_no_reference() -> None:
    assert p.youden(4, 3, 0, 0) == (3, 4)
    assert p.youden(0, 0, 5, 1) == (1, 5)
    assert p.youden(0, 0, 0, 0) == (1, 1)


def test_the_detectors_flag_is_not_held_against_who_was_blind_to_it() -> None:
    round_ = concluded([(0, words(1, 1, 0))], 3)
    flagged_away = p.Decision(accepted=words(0, 1, 0), panel_accepted=words(1, 1, 0), flags=words(1, 0, 0))
    assert p.judge_round(round_, 3, flagged_away)[0].youden == (2, 2)


def test_attack_false_gold_judges_nobody() -> None:
    """Three contradict the first gold picture, so it is left out; the second one judges."""
    gold, answers = words(1, 1, 0), words(0, 1, 0)
    said = [(0, words(1, 1, 1)), (1, words(1, 1, 1)), (2, words(1, 0, 1))]
    judgements = p.judge_round(concluded(said, 1, gold=gold, answers=answers), 1, None)
    assert [(one.gold_right, one.gold_seen) for one in judgements.values()] == [(1, 1), (1, 1), (0, 1)]


def test_an_unopened_screening_with_gold_leaves_nothing_to_judge_by() -> None:
    decision = unflagged(1, 0)
    hidden = concluded([(0, words(0, 0, 1))], 2, hidden_gold=1)
    assert p.judge_round(hidden, 2, decision)[0].youden == (1, 1)
    shown = concluded([(0, words(0, 1))], 2)
    assert p.judge_round(shown, 2, decision)[0].youden == (-1, 1)
