"""The closed form equals training again without the contributor: its naive twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sebrus.detect.ridge import fit, fit_sums, targets


def retrained(described, signs, keep, penalty, rows):
    used = described[keep].astype(np.float64)
    weights = np.linalg.solve(used.T @ used + penalty * np.eye(used.shape[1]), used.T @ signs[keep])
    return described[rows].astype(np.float64) @ weights


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 30), st.integers(2, 5), st.integers(3, 20))
def test_predictions_without_a_contributor_equal_retraining(seed, held, classes, width):
    rng = np.random.default_rng(seed)
    described = rng.normal(size=(40, width)).astype(np.float32)
    signs = targets(rng.integers(classes, size=40), classes)
    model = fit(described, signs, np.ones(40, dtype=bool))
    rows = rng.permutation(40)[:held]
    keep = np.setdiff1d(np.arange(40), rows)
    assert model.without(rows) == pytest.approx(retrained(described, signs, keep, model.penalty, rows), abs=1e-2)


def test_leaving_one_out_equals_retraining():
    rng = np.random.default_rng(0)
    described = rng.normal(size=(30, 6)).astype(np.float32)
    signs = targets(rng.integers(3, size=30), 3)
    active = np.arange(30) < 24
    model = fit(described, signs, active)
    alone = model.each_alone(np.arange(24))
    for row in range(24):
        keep = np.setdiff1d(np.arange(24), [row])
        assert alone[row] == pytest.approx(retrained(described, signs, keep, model.penalty, [row])[0], abs=1e-3)


@pytest.mark.parametrize("size", [1.0, 10.0, 100.0])
def test_sums_of_fewer_items_than_features_still_leave_a_contributor_out(size):
    rng = np.random.default_rng(0)
    described = (size * (rng.normal(size=(60, 200)) + 3.0)).astype(np.float16).astype(np.float32)
    signs, exact = targets(rng.integers(3, size=60), 3), described.astype(np.float64)
    model, _ = fit_sums(described, signs, np.ones(60, dtype=bool), exact.T @ exact, exact.T @ signs)
    rows, keep = np.arange(30), np.arange(30, 60)
    assert model.without(rows) == pytest.approx(retrained(described, signs, keep, model.penalty, rows), abs=1e-3)


def test_leverages_without_a_contributor_equal_retraining():
    rng = np.random.default_rng(1)
    described = rng.normal(size=(40, 8)).astype(np.float32)
    model = fit(described, targets(rng.integers(3, size=40), 3), np.ones(40, dtype=bool))
    for held in (np.arange(5), np.arange(20)):
        _, gain = model.without_weights(held)
        rest = model.rotated[20:]
        leverage = (rest**2 / model.diagonal).sum(axis=1) + ((rest @ gain) ** 2).sum(axis=1)
        used = described[len(held) :].astype(np.float64)
        inverse = np.linalg.inv(used.T @ used + model.penalty * np.eye(8))
        assert leverage == pytest.approx(np.diag(described[20:] @ inverse @ described[20:].T), rel=1e-2)
