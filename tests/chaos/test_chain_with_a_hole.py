"""A node lost blocks out of the midst of its chain: the tables go back to what it still has, and follow it again."""

from __future__ import annotations

import json

import pytest
from benchmarks.chaos_checks import check_events

from sebrus.platform.indexer import Indexer
from sebrus.store.projected import Cursor

pytestmark = pytest.mark.chain


def test_the_indexer_does_not_wait_for_ever_for_a_block_that_is_gone(own_stage):
    stage = own_stage
    for _ in range(5):
        stage.rpc("anvil_mine", "0x1")
        Indexer(stage.application).catch_up()
    read = stage.row(Cursor, 1).block_number
    stage.rpc("anvil_mine", "0x3")
    stage.chain.save()
    stage.chain.kill()

    state = json.loads(stage.chain.state_path.read_text())
    held = [block for block in state["blocks"] if not read - 2 <= int(block["header"]["number"], 16) <= read]
    assert len(held) == len(state["blocks"]) - 3
    stage.chain.state_path.write_text(json.dumps(state | {"blocks": held}))

    stage.chain.start()
    Indexer(stage.application).catch_up()
    assert stage.row(Cursor, 1).block_number > read
    assert check_events(stage.application) == []
    stage.check_money()
