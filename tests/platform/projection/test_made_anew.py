"""The tables are a function of the chain and the image store: made anew in any steps, they are the same."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect, select

import sebrus.platform.indexer
from sebrus.platform.indexer import Indexer
from sebrus.store.projected import PROJECTED, Event

pytestmark = pytest.mark.chain


def everything(theatre):
    """Every row of every projected table and of the events."""
    return {
        table.__tablename__: sorted(
            repr([getattr(row, column.key) for column in inspect(table).columns])
            for row in theatre.every(select(table))
        )
        for table in (*PROJECTED, Event)
    }


@pytest.fixture
def busy(theatre):
    """Batches in every phase: waiting, drawing, voting, held and appealed, settled, void."""
    dataset = theatre.open_dataset()
    appealed = theatre.play(dataset, 12)
    appealed.screen(gold=4, flagged=[3])
    appealed.draw()
    appealed.commit({seat: appealed.verdicts(range(0, 12, 2)) for seat in range(3)})
    appealed.conclude()
    settled = theatre.play(dataset, 9)
    settled.skip()
    settled.draw()
    settled.commit({seat: settled.verdicts(range(seat % 2, 9)) for seat in range(5)})
    settled.conclude()
    settled.skip()
    settled.draw()
    settled.commit({seat: settled.verdicts(range(3)) for seat in range(6)})
    theatre.until(settled.round.commit_deadline)
    settled.conclude()
    settled.finalize()
    void = theatre.play(theatre.open_dataset(escalated_size=0, final_size=0), 4)
    void.screen(links=list(theatre.reviewers)[:16])
    void.draw()
    theatre.until(void.round.reveal_deadline)
    void.conclude([])
    void.finalize()
    held = theatre.play(dataset, 6)
    held.screen()
    held.draw()
    held.commit({seat: held.verdicts(range(6)) for seat in range(3)})
    held.conclude()
    held.appeal(held.contributor, [1, 2])
    voting = theatre.play(dataset, 6)
    voting.screen(gold=2)
    voting.draw()
    voting.commit({1: voting.verdicts([0])})
    theatre.play(dataset, 6).skip()
    theatre.play(dataset, 6)
    return theatre


def test_made_anew_in_large_and_small_steps(busy):
    before = everything(busy)
    assert all(before[name] for name in set(before) - {"release"})
    told = []
    Indexer(busy.application).reindex(lambda read, newest: told.append((read, newest)))
    assert everything(busy) == before
    assert told and told[-1][0] == told[-1][1]
    in_small_steps = Indexer(busy.application)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sebrus.platform.indexer, "LARGEST_WINDOW", 7)
        in_small_steps._window = 7
        in_small_steps.reindex()
    assert everything(busy) == before


def test_what_a_reorganisation_took_back_is_gone_from_the_tables(busy):
    before = everything(busy)
    snapshot = busy.chain.rpc("evm_snapshot")
    batch = busy.play(busy.open_dataset(), 7)
    batch.skip()
    batch.draw()
    batch.commit({seat: batch.verdicts(range(7)) for seat in range(5)})
    batch.conclude()
    batch.finalize()
    assert everything(busy) != before
    assert busy.chain.rpc("evm_revert", snapshot)
    busy.watch()
    assert everything(busy) == before
