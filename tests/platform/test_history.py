"""Acceptance over time: each settled batch is in one span, spans have equally many blocks, and are never too many."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from sebrus.platform.figures import history_of
from sebrus.store.database import Database, migrate
from sebrus.store.projected import Batch, Dataset

DATASET = "0x" + "da" * 32
WORD = "0x" + "00" * 32
SOMEBODY = "0x" + "11" * 20


@pytest.fixture
def database(any_database_url):
    migrate(any_database_url)
    opened = Database(any_database_url)
    with opened.write() as session:
        session.add(
            Dataset(
                id=DATASET,
                owner=SOMEBODY,
                detector=SOMEBODY,
                class_count=2,
                metadata_hash=WORD,
                salt=WORD,
                policy={},
                policy_hash=WORD,
                document=None,
                bounty=0,
                closed=False,
                created_block=1,
            )
        )
    yield opened
    opened.close()


def batch(number: int, settled_block: int | None, accepted: int) -> Batch:
    return Batch(
        id=f"0x{number:064x}",
        dataset_id=DATASET,
        contributor=SOMEBODY,
        root=WORD,
        item_count=10,
        available=True,
        stake=0,
        reserve=0,
        phase="Voting" if settled_block is None else "Settled",
        round=0,
        deadline=0,
        record={},
        question=[],
        excluded=[],
        accepted_count=accepted,
        reward=0,
        stake_returned=0,
        submitted_block=1,
        settled_block=settled_block,
    )


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(blocks=st.lists(st.integers(1, 100_000), max_size=20), spans=st.integers(1, 12), running=st.booleans())
def test_every_settled_batch_is_in_one_span(database, blocks, spans, running):
    rows = [batch(number, block, number % 11) for number, block in enumerate(blocks)]
    with database.write() as session:
        session.execute(delete(Batch))
        session.add_all([*rows, *([batch(99, None, 0)] if running else [])])
    with database.read() as session:
        history = history_of(session, DATASET, spans, lambda block: 12 * block)
    assert len(history) <= spans
    assert sum(span.batches for span in history) == len(blocks)
    widths = {span.last_block - span.first_block + 1 for span in history[:-1]}
    assert len(widths) <= 1, "all but the last have equally many blocks"
    for span in history:
        inside = [row for row in rows if span.first_block <= row.settled_block <= span.last_block]
        assert (span.batches, span.items) == (len(inside), 10 * len(inside)) and inside
        assert span.accepted == sum(row.accepted_count for row in inside)
        assert span.time == 12 * span.last_block
