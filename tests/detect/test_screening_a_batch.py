"""Batches arrive one after another, with a trusted seed and whatever came before."""

import numpy as np
import pytest

from sebrus.detect import screen


def batch(crowd, name, reference, **changes):
    rows, earlier = crowd.of(name), np.flatnonzero(np.isin(crowd.contributors, reference))
    arguments = {
        "contributor": name,
        "reference_images": crowd.images[earlier],
        "reference_labels": crowd.labels[earlier],
        "reference_contributors": crowd.contributors[earlier],
        "trusted": crowd.trusted,
    }
    return rows, screen(crowd.images[rows], crowd.labels[rows], **{**arguments, **changes})


@pytest.mark.parametrize("attack", ["patch_attacker", "clean_label_attacker", "label_flipper"])
@pytest.mark.parametrize("before", [0, 1, 12])
def test_an_attacking_batch_is_found(crowd, attack, before):
    getattr(crowd, attack)("c00")
    rows, found = batch(crowd, "c00", [f"c{i:02d}" for i in range(1, before + 1)])
    assert len(found.items) == len(rows)
    assert found.contributors[0].contributor == "c00"
    assert found.contributors[0].flagged
    assert found.flagged[crowd.bad[rows]].mean() > 0.9


@pytest.mark.parametrize("before", [0, 1, 12])
def test_an_honest_batch_is_left_alone(crowd, before):
    _, found = batch(crowd, "c00", [f"c{i:02d}" for i in range(1, before + 1)])
    assert not found.contributors[0].flagged
    assert found.flagged.mean() < 0.03


def test_an_honest_batch_after_attackers_is_left_alone(crowd):
    crowd.label_flipper("c01")
    crowd.patch_attacker("c02")
    for before in (["c01"], ["c02"], ["c01", "c02", "c03"]):
        assert not batch(crowd, "c00", before)[1].contributors[0].flagged


def test_without_reference_and_seed_nothing_is_claimed(crowd):
    crowd.patch_attacker("c00")
    empty = {"reference_images": None, "reference_labels": None, "reference_contributors": None, "trusted": None}
    _, found = batch(crowd, "c00", [], **empty)
    assert not found.contributors[0].flagged
    assert any("nobody to compare" in limit for limit in found.limits)


def test_a_slow_drip_is_read_together_with_what_its_sender_sent_before(crowd):
    crowd.clean_label_attacker("c00", items=40)
    rows = crowd.of("c00")
    late = rows[crowd.bad[rows]][-6:]
    earlier = np.setdiff1d(np.arange(len(crowd.labels)), late)
    found = screen(
        crowd.images[late],
        crowd.labels[late],
        contributor="c00",
        reference_images=crowd.images[earlier],
        reference_labels=crowd.labels[earlier],
        reference_contributors=crowd.contributors[earlier],
        trusted=None,
    )
    assert found.contributors[0].flagged and found.contributors[0].items == 6
    assert found.flagged.all()
    assert all(n < len(earlier) for item in found.items for n in item.neighbours)
