"""A backdoor that labels do not betray is found; honest contributors are left alone; what was found is counted."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from sebrus.detect.deep import audit


@pytest.fixture(scope="module")
def striped(crowd):
    hostile = crowd(items=600, contributors=8)
    hostile.stripes("c03")
    return hostile, audit(*hostile.arguments(), plants=0, device="cpu")


def test_a_clean_label_backdoor_is_found(striped, accused):
    hostile, done = striped
    assert accused(done.findings) == {"c03"}
    assert done.findings.flagged[hostile.bad].mean() > 0.9
    assert done.findings.flagged[~hostile.bad].mean() < 0.01


def test_what_the_items_share_is_transplanted(crowd):
    hostile = crowd(items=500, contributors=6)
    hostile.patch("c03")
    done = audit(*hostile.arguments(), plants=0, device="cpu")
    moved = next(one for one in done.transplants if one.label == 3)
    guilty = done.findings.contributors[moved.contributor]
    assert guilty.contributor == "c03"
    assert moved.flip_rate > 0.5
    assert moved.flip_rate > max(moved.honest_rates)
    assert "Pasted on" in guilty.reason


def test_the_audit_has_one_finding_per_item_in_order(striped):
    hostile, done = striped
    assert [item.label for item in done.findings.items] == hostile.labels.tolist()
    assert [item.contributor for item in done.findings.items] == hostile.names.tolist()
    assert all((item.score > 0.5) == item.flagged for item in done.findings.items)


def test_honest_contributors_are_left_alone_and_power_is_measured(crowd, accused):
    honest = crowd(items=500, contributors=6, seed=3)
    done = audit(*honest.arguments(), plants=3, device="cpu")
    assert accused(done.findings) == set()
    assert done.findings.flagged.mean() < 0.01
    assert done.power is not None
    assert {one.family for one in done.power.families} == {"patch", "blended", "sinusoid"}
    assert sum(one.found for one in done.power.families) >= 2
    assert all(one.low <= one.found / one.planted <= one.high for one in done.power.families)
    assert done.power.honest_planted == 2
    assert done.power.honest_accused <= 1


def test_a_bent_backdoor_is_found_with_a_trusted_seed(crowd, accused):
    hostile = crowd(items=500, contributors=6)
    hostile.backdoor("c01")
    done = audit(*hostile.arguments(), hostile.trusted, plants=0, device="cpu")
    assert accused(done.findings) == {"c01"}
    assert done.findings.flagged[hostile.bad].mean() > 0.8
    assert np.isfinite(done.findings.scores).all()
