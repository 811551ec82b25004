"""A link must be clearer than what the same items show when they are dealt out by chance."""

import numpy as np
import pytest

from sebrus.detect.basis import fit_basis
from sebrus.detect.coherence import Sums
from sebrus.detect.dealing import chance_of
from sebrus.detect.linking import clearest

SIZES = np.full(40, 8)


@pytest.fixture
def framed():
    """Items of one class, one in ten of which has the same light frame."""
    rng = np.random.default_rng(0)
    raw = rng.normal(size=(SIZES.sum(), 200)).astype(np.float32)
    raw[::10, :30] += 3.0
    return raw


def dealt(raw, order):
    basis = fit_basis(raw, np.zeros(len(raw), dtype=np.intp), 1, whiten=False)
    units = basis.units(raw, np.zeros(len(raw), dtype=np.intp))
    own = np.add.reduceat(units[order], np.cumsum(SIZES) - SIZES, axis=0, dtype=np.float64)
    none = np.zeros((1, raw.shape[1])), np.zeros(1), np.zeros(1, dtype=np.intp)
    sums = Sums(own, SIZES.astype(float), SIZES, *none)
    return clearest(sums, basis, np.arange(len(SIZES)), 0), units, sums, basis


def test_items_alike_that_fell_together_by_chance_link_nobody(framed):
    chances = []
    for seed in range(12):
        order = np.random.default_rng(100 + seed).permutation(len(framed))
        clear, *rest = dealt(framed, order)
        chances.append(chance_of(clear, rest[0], SIZES, rest[1], rest[2], 0))
    assert min(chances) > 0.005 and max(chances) > 0.5


def test_accounts_that_hold_nearly_all_items_alike_are_no_chance(framed):
    alike = np.arange(0, len(framed), 10)
    order = np.concatenate([alike, np.setdiff1d(np.arange(len(framed)), alike)])
    clear, units, sums, basis = dealt(framed, order)
    assert chance_of(clear, units, SIZES, sums, basis, 0) < 1e-6
