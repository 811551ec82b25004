"""Batches lived at random: whatever people do, the tables, the contract and the protocol in Python agree."""

from __future__ import annotations

import random

import pytest

pytestmark = pytest.mark.chain

HONEST, CARELESS, STRUCK, SILENT, ABSENT = "honest", "careless", "struck", "silent", "absent"


def some(chance, items, share):
    """About this share of some items."""
    return {item for item in items if chance.random() < share}


def prepare(batch, chance):
    """A round is screened, with gold and links or without, or it is not."""
    count, reviewers = batch.row.item_count, list(batch.theatre.reviewers)
    if chance.random() < 0.25:
        batch.skip()
        return
    links = chance.sample(reviewers, chance.choice([0, 0, 2]))
    batch.screen(gold=chance.choice([0, 3, 4, 16]), flagged=some(chance, range(count), 0.1), links=links)


def vote(batch, chance, good):
    """Every reviewer of the panel is of some kind; the detector may forget to open."""
    count, screened = batch.row.item_count, batch.opening is not None
    kinds = chance.choices([HONEST, CARELESS, STRUCK, SILENT, ABSENT], [6, 3, 1, 1, 1], k=len(batch.panel))
    error = {HONEST: 0.05, CARELESS: 0.5, STRUCK: 0.1, SILENT: 0.0}
    votes = {
        seat: batch.verdicts(good ^ some(chance, range(count), error[kind]), gold_right=kind != STRUCK)
        for seat, kind in enumerate(kinds)
        if kind != ABSENT
    }
    order = chance.sample(sorted(votes), len(votes))
    batch.commit({seat: votes[seat] for seat in order})
    batch.theatre.until(batch.round.commit_deadline)
    batch.reveal(seat for seat in order if kinds[seat] != SILENT)
    opened = not screened or chance.random() < 0.8
    batch.theatre.until(batch.round.reveal_deadline + (0 if opened else batch.dataset.policy.reveal_window))
    batch.conclude([], opened=opened)


def appealed(batch, chance):
    """Whether somebody appeals a held decision, alone or with another."""
    row, items = batch.row, range(batch.row.item_count)
    if row.deadline == 0 or chance.random() < 0.4:
        return False
    shares = [set(items)] if row.accepted is None else [some(chance, items, 0.1) | {0}, some(chance, items, 0.1)]
    taken = set()
    for share in shares:
        if share - taken:
            batch.appeal(batch.theatre.somebody(10**8), share - taken)
            taken |= share
    batch.start_appeal()
    return True


@pytest.mark.parametrize("seed", range(6))
def test_a_life_by_chance(theatre, seed):
    chance = random.Random(seed)
    rules = {
        "detector_votes": chance.choice([0, 1, 2, 5]),
        "hold_window": chance.choice([0, 7200, 7200]),
        "final_size": chance.choice([0, 7, 7]),
        "rejected_slash_bps": chance.choice([0, 3333, 10_000]),
        "incoherent_slash_bps": chance.choice([0, 12_345, 65_535]),
        "gold_pass_bps": chance.choice([0, 7000, 10_000]),
    }
    batch = theatre.play(theatre.open_dataset(**rules), chance.choice([1, 30, 256, 300, 513]))
    good = some(chance, range(batch.row.item_count), 0.8)
    while batch.row.phase != "Decided" or appealed(batch, chance):
        prepare(batch, chance)
        batch.draw()
        if batch.row.phase == "Voting":
            vote(batch, chance, good)
    batch.finalize()
    assert batch.row.phase in ("Settled", "Voided")
