"""A round's tally: which seats count, when it decides, and what stays in question."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebrus import protocol as p

from .conftest import POLICY, Case, bitmaps, cases, concluded, policies, unflagged, words


@given(policies(), cases())
def test_words_at_a_time_equals_one_by_one(policy: p.Policy, case: Case) -> None:
    assert case.tally(policy) == case.tally_naive(policy)


@given(policies(), cases(), st.data())
def test_a_struck_seat_changes_nothing_of_the_tally(policy: p.Policy, case: Case, data: st.DataObject) -> None:
    before = case.tally(policy)
    struck = [seat for seat, _ in case.round.revealed if not before.counted >> seat & 1]
    gold, positions = case.round.gold, case.round.status.positions
    changed = []
    for seat, said in case.round.revealed:
        if seat in struck:  # other verdicts on the items, the same on the gold
            other = data.draw(bitmaps(positions))
            said = tuple(a & g | b & ~g for a, b, g in zip(said, other, gold, strict=True))
        changed.append((seat, said))
    assert replace(case, round=replace(case.round, revealed=tuple(changed))).tally(policy) == before


@given(policies(), cases())
def test_an_inconclusive_round_leaves_everything_as_it_was(policy: p.Policy, case: Case) -> None:
    tally = case.tally(policy)
    counted, seats = tally.counted.bit_count(), case.round.status.seats
    opened = not case.screened or bool(case.round.gold)
    assert tally.conclusive == (opened and counted >= policy.quorum and 2 * counted > seats)
    if not tally.conclusive:
        assert tally.decision == case.previous
        assert (tally.question, tally.items) == (case.round.question, case.round.status.items)


@given(policies(), cases())
def test_what_was_not_in_question_stays_decided(policy: p.Policy, case: Case) -> None:
    tally = case.tally(policy)
    if not tally.conclusive or case.previous is None or tally.decision is None:
        return
    settled = p.complement(case.round.question_mask(case.item_count), case.item_count)
    for name in ("accepted", "panel_accepted"):
        pairs = zip(getattr(tally.decision, name), getattr(case.previous, name), settled, strict=True)
        assert all((new ^ old) & keep == 0 for new, old, keep in pairs)
    assert all(bits & keep == 0 for bits, keep in zip(tally.question, settled, strict=True))
    assert tally.decision.flags == case.previous.flags


def test_gold_is_dropped_wherever_it_lies() -> None:
    gold = words(1, 0, 1, 0, 1, 1, 0)
    said = words(1, 1, 0, 0, 0, 1, 1)  # right on all gold; accepts the first and the last item
    round_ = concluded([(seat, said) for seat in range(5)], 3, gold=gold, answers=words(1, 0, 0, 0, 0, 1, 0))
    tally = p.tally_round(POLICY, 3, round_, screened=True, flags=words(0, 0, 1))
    assert tally.counted == 0b11111
    assert tally.decision == p.Decision(words(1, 0, 1), words(1, 0, 1), words(0, 0, 1))
    assert (tally.question, tally.items) == (words(0, 0, 0), 0)  # five of five outvote the flag


@pytest.mark.parametrize(("gold_count", "right", "counts"), [(3, 0, True), (4, 2, False), (4, 3, True), (10, 7, True)])
def test_a_lazy_reviewer_is_struck_once_there_is_gold_to_tell(gold_count: int, right: int, counts: bool) -> None:
    gold = words(*[1] * gold_count, 0)
    diligent = words(*[1] * (gold_count + 1))
    lazy = words(*[i < right for i in range(gold_count)], 0)
    said = [(0, lazy), *((seat, diligent) for seat in range(1, 5))]
    tally = p.tally_round(POLICY, 1, concluded(said, 1, gold=gold, answers=gold), screened=True, flags=words(0))
    assert bool(tally.counted & 1) == counts
    assert tally.conclusive


def test_attack_false_gold_decides_nothing() -> None:
    """An owner whose gold strikes the honest majority gets no decision, not the minority's."""
    gold, answers = words(1, 1, 1, 1, 0), words(0, 0, 0, 0, 0)  # all of it is good; the answers say bad
    honest, sybil = words(1, 1, 1, 1, 1), words(0, 0, 0, 0, 0)
    said = [(0, honest), (1, honest), (2, honest), (3, sybil), (4, sybil)]
    round_ = concluded(said, 1, gold=gold, answers=answers)
    tally = p.tally_round(replace(POLICY, quorum=2), 1, round_, screened=True, flags=words(0))
    assert (tally.counted, tally.conclusive, tally.decision) == (0b11000, False, None)


def test_attack_a_detector_that_never_opens_decides_nothing() -> None:
    round_ = concluded([(seat, words(1, 1)) for seat in range(5)], 2)
    assert not p.tally_round(POLICY, 2, round_, screened=True).conclusive
    assert p.tally_round(POLICY, 2, round_, screened=False).decision == replace(unflagged(1, 1), flags=())


def test_later_rounds_weigh_the_first_flags_and_no_others() -> None:
    before = p.Decision(words(1, 1), words(1, 1), words(1, 0))
    said = [(seat, words(seat < 3)) for seat in range(5)]
    round_ = concluded(said, 1, question=words(1, 0))
    tally = p.tally_round(POLICY, 2, round_, before, screened=False, flags=words(0, 0))
    assert tally.decision == p.Decision(words(0, 1), words(1, 1), words(1, 0))


def test_the_first_decision_needs_the_flags_of_its_screening() -> None:
    gold = words(0, 0)
    round_ = concluded([(seat, words(1, 1)) for seat in range(5)], 2, gold=gold, answers=gold)
    with pytest.raises(ValueError, match="bitmap for 2 items"):
        p.tally_round(POLICY, 2, round_, screened=True)
    assert p.tally_round(POLICY, 2, round_, unflagged(0, 0), screened=True).conclusive


@given(cases())
def test_a_round_survives_the_abi(case: Case) -> None:
    assert p.ConcludedRound.from_abi(case.round.as_abi()) == case.round


def test_what_does_not_fit_is_refused() -> None:
    good = concluded([(0, words(1, 1))], 2)
    for bad, sentence in (
        (replace(good, revealed=((0, (0b100,)),)), "zeros beyond"),
        (replace(good, revealed=((1, (1,)),)), "not those that the status says"),
        (replace(good, revealed=((0, (1,)), (0, (1,)))), "not those that the status says"),
        (replace(good, status=replace(good.status, committed=0)), "who committed"),
        (replace(good, question=words(1, 0)), "1 items are in question, but the status says 2"),
        (replace(good, gold=words(1, 0), answers=words(1, 0)), "1 gold pictures do not fit 2 items in 2 positions"),
        (replace(good, gold=words(0, 0)), "bitmap"),
        (replace(good, gold=words(0, 0), answers=words(1, 0)), "Only gold has answers"),
        (replace(good, revealed=tuple((seat, (1,)) for seat in range(32))), "at most 31"),
    ):
        with pytest.raises(ValueError, match=sentence):
            p.tally_round(POLICY, 2, bad, screened=bool(bad.gold))
