"""Equal arguments give equal findings; the input is not changed; progress is told."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from sebrus.detect.deep import audit


def test_the_same_seed_gives_the_same_findings(crowd):
    hostile = crowd(items=150, contributors=3)
    hostile.backdoor("c01", items=15)
    before = hostile.images.copy()
    told: list[tuple[str, float]] = []
    runs = [
        audit(*hostile.arguments(), plants=0, device="cpu", seed=4, progress=lambda *step: told.append(step))
        for _ in range(2)
    ]
    first, second = (run.findings for run in runs)
    assert first.items == second.items
    assert [one.p_value for one in first.contributors] == [one.p_value for one in second.contributors]
    assert np.array_equal(before, hostile.images)
    assert {"training"} <= {stage for stage, _ in told}
    assert all(0.0 <= done <= 1.0 for _, done in told)
