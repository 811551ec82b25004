"""Every event leaves in the tables what it leaves in the contract: whole lives, compared after every block."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from sebrus.chain import calls
from sebrus.platform import keys
from sebrus.store.projected import Account, Dataset, Finding, Release, Round, Seat

pytestmark = pytest.mark.chain


def dataset_row(batch):
    (row,) = batch.theatre.every(select(Dataset).where(Dataset.id == batch.row.dataset_id))
    return row


def account_row(theatre, account):
    (row,) = theatre.every(select(Account).where(Account.address == account.address))
    return row


def states(batch):
    """The batch's rounds by number."""
    query = select(Round).where(Round.batch_id == batch.id).order_by(Round.round)
    return [(row.round, row.state, row.on_appeal) for row in batch.theatre.every(query)]


def agree(batch, items, seats):
    """So many seats commit to the same opinion, and the round is concluded."""
    batch.commit({seat: batch.verdicts(items) for seat in range(seats)})
    return batch.conclude()


def be_silent(batch, seats):
    """So many seats commit, and none of them reveals."""
    batch.commit({seat: batch.verdicts([0]) for seat in range(seats)})
    batch.theatre.until(batch.round.reveal_deadline)
    return batch.conclude([])


def test_gold_a_struck_seat_a_silent_one_and_both_kinds_of_appeal(theatre):
    dataset = theatre.open_dataset()
    batch = theatre.play(dataset, 300)
    honest, doubtful = range(280), range(1, 280)  # they differ on item 0
    batch.screen(gold=8, flagged=[5, 290])
    batch.draw()
    batch.commit({0: batch.verdicts(honest)}, direct=True)
    batch.commit({2: batch.verdicts(honest, gold_right=False), 1: batch.verdicts(doubtful)})
    tally = batch.conclude()
    assert (tally.counted, tally.conclusive) == (0b011, True)
    assert keys.words(batch.row.question) == [1 << 0 | 1 << 5, 0], "decided by one vote, or against the flag"
    assert [item.flagged for item in batch.items()][288:292] == [False, False, True, False]
    assert len(theatre.every(select(Finding).where(Finding.batch_id == batch.id))) == 300

    batch.screen(gold=4)
    batch.draw()
    batch.commit({seat: batch.verdicts(honest) for seat in (4, 0, 1, 2)})
    theatre.until(batch.round.commit_deadline)
    batch.reveal([0])
    batch.reveal([0, 4, 2])
    theatre.until(batch.round.reveal_deadline)
    assert batch.conclude([]).counted == 0b10101, "seat 1 is silent, seat 3 never committed"
    before = [item.accepted for item in batch.items()]
    assert [before[i] for i in (0, 1, 5, 290)] == [True, True, True, False]

    batch.appeal(batch.contributor, [290, 291])
    auditor, troll = theatre.somebody(10**8), theatre.somebody(10**8)
    batch.appeal(auditor, [7, 8])
    batch.appeal(troll, [299])
    batch.start_appeal()
    batch.screen()
    batch.draw()
    agree(batch, [290], 7)
    fee, slash = 7 * dataset.policy.review_fee, dataset.policy.item_stake // 2
    assert [appeal.returned for appeal in batch.appeals] == [fee, 2 * (fee + slash), 0]
    assert states(batch) == [(0, "concluded", False), (1, "concluded", False), (2, "concluded", True)]
    batch.finalize()
    after = [item.accepted for item in batch.items()]
    assert [i for i in range(300) if after[i] != before[i]] == [7, 8, 290]
    assert (batch.row.phase, batch.row.accepted_count) == ("Settled", 279)
    assert dataset_row(batch).flagged == 2
    seats = theatre.every(select(Seat).where(Seat.batch_id == batch.id, Seat.slash > 0))
    assert (1, 1) in {(seat.round, seat.seat) for seat in seats}, "who committed and said nothing"


def test_a_screening_never_opened_decides_nothing_and_is_noted(theatre):
    batch = theatre.play(theatre.open_dataset(), 20)
    batch.screen(gold=6, flagged=[1])
    batch.draw()
    batch.commit({seat: batch.verdicts(range(10)) for seat in range(3)})
    batch.reveal(range(3))
    theatre.until(batch.round.reveal_deadline + batch.dataset.policy.reveal_window)
    assert not batch.conclude([], opened=False).conclusive
    assert {item.flagged for item in batch.items()} == {None}
    batch.skip()
    assert batch.row.round == 1
    batch.draw()
    agree(batch, range(10), 5)
    batch.finalize()
    assert batch.row.flags == []
    row = dataset_row(batch)
    assert (row.unopened, row.screened_items, row.missed) == (1, 0, 0)


def test_flags_of_a_round_that_decided_nothing_are_replaced(theatre):
    batch = theatre.play(theatre.open_dataset(), 20)
    batch.screen(gold=4, flagged=[1])
    batch.draw()
    be_silent(batch, 3)
    assert batch.row.flags is None
    batch.screen(flagged=[2, 15])
    batch.draw()
    agree(batch, [i for i in range(20) if i not in (15, 19)], 5)
    assert [item.position for item in batch.items() if item.flagged] == [2, 15]
    batch.finalize()
    row = dataset_row(batch)
    assert (row.screened_items, row.flagged, row.upheld, row.missed) == (20, 2, 1, 1)


def test_a_silent_detector_makes_the_first_panel_larger(theatre):
    batch = theatre.play(theatre.open_dataset(), 10)
    reserve = batch.row.reserve
    batch.skip()
    assert batch.row.reserve - reserve == batch.round.reserve - 10 * 3 * batch.dataset.policy.review_fee > 0
    assert states(batch) == [(1, "drawing", False)]
    batch.draw()
    agree(batch, range(9), 5)
    batch.finalize()
    assert batch.row.accepted_count == 9


def test_a_silent_detector_and_a_bounty_that_covers_no_larger_panel(theatre):
    dataset = theatre.open_dataset(bounty=10 * (500_000 + 3 * 20_011) + 1)
    batch = theatre.play(dataset, 10)
    batch.skip()
    assert states(batch) == [(0, "drawing", False)]
    batch.draw()
    batch.commit({0: batch.verdicts([0]), 1: batch.verdicts([1]), 2: batch.verdicts([2])})
    batch.conclude()
    assert batch.row.phase == "Decided", "items are in question, and nobody can be asked"
    batch.finalize()


def test_a_missed_draw_is_asked_for_again(theatre):
    batch = theatre.play(theatre.open_dataset(), 3)
    batch.skip()
    for _ in range(2):
        before = batch.round
        theatre.mine(2 * theatre.application.deployment.epoch_length)
        head = (keys.batch_key(batch.row), keys.record_of(batch.row))
        theatre.perform(theatre.owner, calls.request_draw(*head))
        assert batch.round.entropy_block > before.entropy_block
        assert batch.round.commit_deadline >= before.commit_deadline
    batch.draw()
    agree(batch, range(3), 5)
    batch.finalize()


def test_three_silent_panels_void_a_batch(theatre):
    batch = theatre.play(theatre.open_dataset(), 5)
    for seats in (3, 5, 7):
        batch.screen(gold=2)
        batch.draw()
        be_silent(batch, seats)
    settlement = batch.finalize()
    assert (batch.row.phase, batch.row.accepted) == ("Voided", None)
    assert {item.accepted for item in batch.items()} == {False}
    assert settlement.slashes == (2_500_000,) * 15
    assert batch.row.stake_returned == batch.row.stake


def test_a_round_that_nobody_can_sit_in(theatre):
    """What was decided before is final."""
    everybody = [list(theatre.reviewers)[:16], list(theatre.reviewers)[16:]]
    batch = theatre.play(theatre.open_dataset(), 5)
    batch.screen(flagged=[1], links=everybody[0])
    batch.draw()
    batch.commit({0: batch.verdicts(range(5)), 1: batch.verdicts(range(5)), 2: batch.verdicts(range(4))})
    batch.conclude()
    assert batch.round.reserve == 5 * batch.dataset.policy.review_fee
    batch.screen(links=everybody[1])
    batch.draw()
    assert states(batch) == [(0, "concluded", False), (1, "unseated", False)]
    batch.finalize()
    assert batch.row.phase == "Settled"
    assert [item.accepted for item in batch.items()] == [True] * 5, "three votes outweigh the flag"


def test_a_batch_that_too_few_can_look_at_is_void(theatre):
    batch = theatre.play(theatre.open_dataset(panel_size=9, escalated_size=11, final_size=0, quorum=9), 5)
    batch.screen(links=list(theatre.reviewers)[:16])
    batch.draw()
    assert states(batch) == [(0, "unseated", False)]
    batch.finalize()
    assert (batch.row.phase, batch.row.stake_returned) == ("Voided", batch.row.stake)


def test_bonds_go_back_where_an_appeal_cannot_be_seated(theatre):
    batch = theatre.play(theatre.open_dataset(), 5)
    batch.screen(links=list(theatre.reviewers)[:16])
    batch.draw()
    agree(batch, range(4), 3)
    appellant = theatre.somebody(10**7)
    batch.appeal(appellant, [0])
    batch.appeal(appellant, [4])
    assert account_row(theatre, appellant).free == 10**7 - 10 * batch.dataset.policy.review_fee
    batch.start_appeal()
    assert batch.round.reserve == sum(appeal.bond for appeal in batch.appeals)
    batch.screen(links=list(theatre.reviewers)[16:])
    batch.draw()
    assert [appeal.returned for appeal in batch.appeals] == [5 * batch.dataset.policy.review_fee] * 2
    assert account_row(theatre, appellant).free == 10**7
    batch.finalize()


def test_an_inconclusive_appeal_is_paid_back_as_far_as_the_bounty_goes(theatre):
    dataset = theatre.open_dataset()
    batch = theatre.play(dataset, 5)
    batch.screen()
    batch.draw()
    agree(batch, range(4), 3)
    appellants = [theatre.somebody(10**7) for _ in range(2)]
    for number, appellant in enumerate(appellants):
        batch.appeal(appellant, [number])
    batch.start_appeal()
    theatre.send(theatre.owner, "closeDataset", dataset.dataset_id)
    batch.skip()
    batch.draw()
    be_silent(batch, 5)
    assert [appeal.returned for appeal in batch.appeals] == [0, 0]
    assert batch.row.phase == "Decided" and batch.row.deadline, "a further panel could be asked"
    batch.finalize()
    assert dataset_row(batch).bounty > 0 and dataset_row(batch).closed
    theatre.send(theatre.owner, "closeDataset", dataset.dataset_id)
    assert dataset_row(batch).bounty == 0


def test_a_batch_that_nobody_decided_is_appealed_whole(theatre):
    dataset = theatre.open_dataset(bounty=5 * (500_000 + 3 * 20_011))
    batch = theatre.play(dataset, 5)
    batch.screen(flagged=[2])
    batch.draw()
    be_silent(batch, 3)
    assert (batch.row.phase, batch.row.accepted) == ("Decided", None)
    batch.appeal(batch.contributor, range(5))
    theatre.send(theatre.owner, "fundDataset", dataset.dataset_id, gwei=10**9)
    batch.start_appeal()
    batch.screen(flagged=[2])
    batch.draw()
    agree(batch, range(3), 5)
    assert batch.appeals[0].returned == 3 * 5 * dataset.policy.review_fee
    batch.finalize()
    assert batch.row.accepted_count == 3


def test_money_moves_as_the_contract_says(theatre):
    saver, spender = theatre.somebody(10**8), theatre.somebody(10**8)
    theatre.send(saver, "setPayout", saver.address, True, 0, b"")
    assert account_row(theatre, saver).payout and not account_row(theatre, spender).payout
    theatre.send(theatre.owner, "payOut", [saver.address, spender.address])
    assert (account_row(theatre, saver).free, account_row(theatre, spender).free) == (0, 10**8)
    theatre.send(saver, "setPayout", saver.address, False, 0, b"")
    theatre.send(spender, "stake", spender.address, 5 * 10**7, 0, b"")
    theatre.send(spender, "unstake", spender.address, 4 * 10**7, 0, b"")
    theatre.send(spender, "withdraw", spender.address, 10**7, 0, b"")
    theatre.send(spender, "unstake", spender.address, 10**7, 0, b"")
    assert (account_row(theatre, spender).free, account_row(theatre, spender).stake) == (9 * 10**7, 0)
    dataset = theatre.open_dataset()
    theatre.send(spender, "fundDataset", dataset.dataset_id, gwei=5)
    theatre.send(theatre.owner, "publishRelease", dataset.dataset_id, b"\1" * 32, 3, b"\2" * 32)
    query = select(Release).where(Release.dataset_id == keys.hash_text(dataset.dataset_id))
    assert [(row.version, row.item_count) for row in theatre.every(query)] == [(1, 3)]
