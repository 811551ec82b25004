"""Reading the chain anew leaves alone what the chain does not know yet; that the tables come out the same is told in
`projection/test_made_anew.py`."""

from __future__ import annotations

import pytest

from sebrus.platform.indexer import Indexer

pytestmark = pytest.mark.chain


def test_what_waits_in_the_outbox_is_still_there(stage, enrol, digits):
    dataset = stage.open_dataset()
    handed = enrol(stage, deposit=0).submit(dataset.id, digits(3))
    Indexer(stage.application).reindex()
    assert stage.batch(handed.batch_id)["phase"] == "Queued"
