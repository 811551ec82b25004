"""A record follows from the events alone, whatever their order, and every batch ends within three rounds."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from eth_abi.abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from sebrus import protocol as p

from .conftest import POLICY, Case, account, cases, words

HASH = st.binary(min_size=32, max_size=32)
SEATS = POLICY.panel_sizes


def drawing(count: int = 4) -> p.BatchRecord:
    return (
        p.BatchRecord.submitted(count, 99)
        .screened(p.keccak(b"c"), p.keccak(b"t"), count + 2, [])
        .draw_requested(5, 7, 100, 200)
    )


def voting(count: int = 4) -> p.BatchRecord:
    return drawing(count).drawn([account(i) for i in range(5)])


def decided(deadline: int = 500, round_: int = 0) -> p.BatchRecord:
    return p.BatchRecord(p.Status(p.Phase.DECIDED, round=round_, deadline=deadline), decision=p.keccak(b"decision"))


@given(st.fixed_dictionaries({name: st.integers(0, 2**bits - 1) for name, bits in p.STATUS_BITS.items()}))
def test_a_status_survives_packing(values: dict[str, int]) -> None:
    status = p.Status(p.Phase(values.pop("phase") % 7), **values)
    word = status.pack()
    assert p.Status.unpack(word) == status
    assert word & 0xFF == status.phase
    assert word >> 232 == status.items
    assert word >> 136 & 2**40 - 1 == status.deadline


def test_statuses_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="seats is 256"):
        p.Status(p.Phase.VOTING, seats=256)
    with pytest.raises(ValueError, match="zeros beyond"):
        p.Status.unpack(1 << 248)
    with pytest.raises(ValueError, match="7 is not a valid Phase"):
        p.Status.unpack(7)


@given(st.lists(HASH, min_size=8, max_size=8), st.integers(1, 4))
def test_the_seal_is_the_hash_of_the_encoding_with_the_phase_at_its_end(hashes: list[bytes], phase: int) -> None:
    record = p.BatchRecord(p.Status(p.Phase(phase), items=3), *hashes)
    whole = p.keccak(encode(["uint256"] + ["bytes32"] * 8, [record.status.pack(), *hashes]))
    assert record.seal() == whole[:31] + bytes([phase])
    assert p.BatchRecord.from_abi(record.as_abi()) == record


def test_final_seals_end_with_their_phase() -> None:
    assert p.final_seal([5]) == p.bitmap_hash([5])[:31] + b"\x05"
    assert p.final_seal(None) == bytes(31) + b"\x06"


def test_deadlines_pass_and_the_last_seat_ends_its_window_early() -> None:
    status = voting().status
    assert not status.commits_over(100)
    assert status.commits_over(101)
    full = voting().committed((seat, p.keccak(b"x")) for seat in range(5)).status
    assert full.commits_over(0)
    assert not full.reveals_over(200)
    assert full.reveals_over(201)
    assert replace(full, revealed=full.committed).reveals_over(0)
    some = voting().committed([(0, p.keccak(b"x"))]).revealed([0]).status
    assert (some.reveals_over(100), some.reveals_over(101)) == (False, True)


# ------------------------------------------------------------------ single events


def test_links_are_excluded_at_the_screening_only_when_there_are_some() -> None:
    start = p.BatchRecord.submitted(4, 99)
    assert start.screened(p.keccak(b"c"), bytes(32), 4, []).excluded == p.ZERO32
    linked = start.screened(p.keccak(b"c"), bytes(32), 4, [account(7)])
    assert linked.excluded == p.excluded_digest([[account(7)]])
    assert linked.screening == p.screening_word(p.keccak(b"c"), bytes(32))


def test_what_is_drawn_keeps_nothing_of_the_wait_but_its_block() -> None:
    assert drawing().status == p.Status(
        p.Phase.DRAWING, seats=5, entropy_block=7, deadline=100, reveal_deadline=200, positions=6, items=4
    )
    again = drawing().draw_requested(5, 9, 300, 400)
    assert (again.status.entropy_block, again.status.deadline, again.status.reveal_deadline) == (9, 300, 400)
    few = again.drawn([account(i) for i in range(3)])
    assert (few.status.seats, few.status.committed, few.status.entropy_block) == (3, 0, 9)
    assert (few.status.deadline, few.status.reveal_deadline) == (300, 400)
    assert few.panel == p.panel_hash([account(i) for i in range(3)])


def test_a_batch_nobody_screened_may_go_on_as_round_one_and_no_further() -> None:
    start = p.BatchRecord.submitted(4, 99)
    assert (start.skipped(0).round, start.skipped(1).round) == (0, 1)
    assert start.skipped(1).draw_requested(11, 5, 6, 7).status.positions == 4
    with pytest.raises(ValueError, match="Round 0 cannot go on as round 2"):
        start.skipped(2)
    with pytest.raises(ValueError, match="Round 1 cannot go on as round 2"):
        p.BatchRecord(p.Status(p.Phase.SCREENING, round=1, items=2)).skipped(2)


def test_an_unseated_round_leaves_the_decision_and_nothing_of_itself() -> None:
    appealed = decided(round_=1).appealed(account(1), words(1, 0, 0, 0)).appeal_started(900)
    waiting = appealed.screened(p.keccak(b"c"), bytes(32), 3, [account(9)]).draw_requested(23, 70, 80, 90)
    left = waiting.unseated()
    assert left.status == p.Status(p.Phase.DECIDED, round=2)
    assert left == replace(decided(), status=left.status, excluded=p.excluded_digest([[account(9)]]))


def test_who_was_drawn_cannot_be_drawn_again() -> None:
    panel = [account(i) for i in range(5)]
    done = voting().concluded([], p.ZERO32)
    assert done.excluded == p.excluded_digest([panel])


def test_concluding_binds_votes_question_and_gold_into_history() -> None:
    record = voting().committed([(2, p.keccak(b"a")), (0, p.keccak(b"b"))])
    votes = [(2, p.bitmap_hash([5])), (0, p.bitmap_hash([7]))]
    done = record.concluded(votes, p.keccak(b"d"), p.bitmap_hash([48]), p.bitmap_hash([16]))
    status = replace(record.status, revealed=0b101).pack()
    digest = p.keccak(
        encode(
            ["uint256"] + ["bytes32"] * 5,
            [status, record.panel, p.running_digest(votes), bytes(32), p.bitmap_hash([48]), p.bitmap_hash([16])],
        )
    )
    assert done.history == p.extend_history(p.ZERO32, digest)
    assert done.decision == p.keccak(b"d")
    assert done.history != record.concluded(votes[::-1], p.keccak(b"d")).history


@given(cases())
def test_a_round_that_concluded_has_the_digest_in_history(case: Case) -> None:
    status = case.round.status
    record = p.BatchRecord(
        replace(status, revealed=0), panel=p.panel_hash(case.round.panel), question=p.question_hash(case.round.question)
    )
    done = record.concluded(case.round.votes, p.ZERO32, case.round.gold_hash, case.round.answers_hash)
    assert done.history == p.extend_history(p.ZERO32, case.round.digest)


def test_the_next_round_begins_empty_but_for_its_question() -> None:
    on = voting().committed([(0, p.keccak(b"a"))]).concluded([], p.keccak(b"d")).escalated(2, words(1, 0, 1, 0), 600)
    assert on.status == p.Status(p.Phase.SCREENING, round=1, deadline=600, items=2)
    assert (on.screening, on.panel, on.ballots, on.appeals) == (p.ZERO32,) * 4
    assert (on.question, on.decision) == (p.bitmap_hash(words(1, 0, 1, 0)), p.keccak(b"d"))
    assert voting().concluded([], p.ZERO32).escalated(4, (), 600).question == p.ZERO32


def test_appeals_add_up_until_their_round_concludes() -> None:
    one, two = words(1, 0, 0, 0), words(0, 1, 1, 0)
    record = decided().appealed(account(1), one)
    assert (record.status.items, record.question) == (1, p.bitmap_hash(one))
    record = record.appealed(account(2), two, one)
    assert (record.status.items, record.question) == (3, p.bitmap_hash(words(1, 1, 1, 0)))
    appeals = p.extend_appeals(p.extend_appeals(p.ZERO32, account(1), one), account(2), two)
    on = record.appeal_started(900)
    assert on == replace(record, status=p.Status(p.Phase.SCREENING, round=1, deadline=900, items=3))
    assert on.appeals == appeals
    done = on.skipped(1).draw_requested(11, 5, 6, 7).drawn([account(3)]).concluded([], p.keccak(b"new"))
    with pytest.raises(ValueError, match="followed by another only on appeal"):
        done.escalated(1, one, 999)
    assert done.held(0).appeals == p.ZERO32
    assert done.held(0).question == p.ZERO32


# ------------------------------------------------------------------ what cannot follow


def test_attack_naming_what_is_under_appeal_already_or_nothing() -> None:
    record = decided().appealed(account(1), words(1, 1, 0, 0))
    with pytest.raises(ValueError, match="none that is under appeal already"):
        record.appealed(account(2), words(0, 1, 1, 0), words(1, 1, 0, 0))
    with pytest.raises(ValueError, match="not the items under appeal so far"):
        record.appealed(account(2), words(0, 0, 1, 0), words(1, 0, 0, 0))
    with pytest.raises(ValueError, match="at least one item"):
        decided().appealed(account(2), words(0, 0, 0, 0))
    with pytest.raises(ValueError, match="Nothing is under appeal"):
        decided().appeal_started(900)


def test_attack_committing_twice_or_revealing_what_was_not_committed() -> None:
    record = voting().committed([(1, p.keccak(b"a"))])
    with pytest.raises(ValueError, match="Seat 1 has committed already"):
        record.committed([(1, p.keccak(b"b"))])
    with pytest.raises(ValueError, match="no seat 5"):
        record.committed([(5, p.keccak(b"b"))])
    with pytest.raises(ValueError, match="Seat 0 has not committed"):
        record.revealed([0])
    with pytest.raises(ValueError, match="brings it once"):
        record.revealed([1]).concluded([], p.ZERO32)
    with pytest.raises(ValueError, match="brings it once"):
        record.concluded([(1, p.bitmap_hash([1]))] * 2, p.ZERO32)


def test_attack_hiding_items_from_the_reviewers() -> None:
    with pytest.raises(ValueError, match="3 positions cannot show 4 items"):
        p.BatchRecord.submitted(4, 99).screened(p.keccak(b"c"), bytes(32), 3, [])


def test_events_out_of_order_are_refused() -> None:
    early: list[tuple[p.BatchRecord, Callable[[p.BatchRecord], p.BatchRecord]]] = [
        (drawing(), lambda r: r.skipped(0)),
        (voting(), lambda r: r.draw_requested(5, 9, 10, 11)),
        (voting(), lambda r: r.unseated()),
        (drawing(), lambda r: r.committed([])),
        (drawing(), lambda r: r.concluded([], p.ZERO32)),
        (decided(), lambda r: r.held(1)),
        (decided(), lambda r: r.escalated(1, (), 1)),
        (voting(), lambda r: r.appealed(account(1), words(1, 0))),
        (p.BatchRecord.submitted(1, 9), lambda r: r.drawn([account(1)])),
    ]
    for record, step in early:
        with pytest.raises(ValueError, match="cannot happen now"):
            step(record)


# ------------------------------------------------------------------ whole lives


@settings(max_examples=150)
@given(st.integers(1, 40), st.data())
def test_every_batch_ends_within_three_rounds(count: int, data: st.DataObject) -> None:
    """Anyone may do anything that is legal: the batch is final after at most three panels."""
    record, panels = p.BatchRecord.submitted(count, 99), 0
    full = tuple(p.valid_mask(count))
    for _ in range(40):
        if record.phase is p.Phase.SCREENING:
            if data.draw(st.booleans()):
                links = [account(50 + i) for i in range(data.draw(st.integers(0, 2)))]
                positions = record.status.items + data.draw(st.integers(0, 9))
                record = record.screened(data.draw(HASH), data.draw(HASH), positions, links)
            else:
                record = record.skipped(max(record.round, data.draw(st.integers(0, 1))))
            record = record.draw_requested(SEATS[record.round], 7, 100, 200)
        elif record.phase is p.Phase.DRAWING:
            step = data.draw(st.sampled_from(["again", "drawn", "drawn", "unseated"]))
            if step == "again":
                record = record.draw_requested(SEATS[record.round], record.status.entropy_block + 300, 100, 200)
            elif step == "unseated":
                record = record.unseated()
            else:
                panels += 1
                record = record.drawn([account(i) for i in range(data.draw(st.integers(3, 5)))])
        elif record.phase is p.Phase.VOTING:
            seats = data.draw(st.lists(st.integers(0, record.status.seats - 1), unique=True))
            record = record.committed((seat, data.draw(HASH)) for seat in seats)
            votes = [(seat, p.bitmap_hash([seat])) for seat in seats[: data.draw(st.integers(0, len(seats)))]]
            record = record.concluded(votes, data.draw(HASH))
            further = record.round + 1 < len(SEATS)
            if further and record.appeals == p.ZERO32 and data.draw(st.booleans()):
                record = record.escalated(count, data.draw(st.sampled_from([(), full])), 300)
            else:
                record = record.held(400 if further else 0)
        elif record.status.deadline and data.draw(st.booleans()):
            record = record.appealed(account(60), full).appeal_started(500)
        else:
            break
        assert p.BatchRecord.from_abi(record.as_abi()) == record
        assert record.seal()[31] == record.phase
        assert record.round < len(SEATS)
    assert record.phase is p.Phase.DECIDED or record.phase is p.Phase.DRAWING  # a draw can be asked for again and again
    assert panels <= len(SEATS)
