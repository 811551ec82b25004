"""P-values are super-uniform, pooled tests hold their level, and counts are lower bounds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sebrus.detect.calibrate import at_least, conformal, pooled, rejected
from sebrus.detect.coherence import normal_scores


def test_conformal_p_values_are_super_uniform():
    rng = np.random.default_rng(0)
    p = np.array([conformal(rng.normal(size=1), rng.normal(size=40))[0] for _ in range(4000)])
    for level in (0.025, 0.05, 0.1, 0.5, 0.9):
        assert (p <= level).mean() <= level + 3 * np.sqrt(level * (1 - level) / 4000)


def test_conformal_p_values_with_ties_are_super_uniform():
    rng = np.random.default_rng(1)
    p = np.array([conformal(rng.integers(3, size=1), rng.integers(3, size=30))[0] for _ in range(3000)])
    for level in (0.05, 0.2, 0.5):
        assert (p <= level).mean() <= level + 0.02


def test_the_pooled_test_holds_its_level_where_naive_fisher_does_not():
    from scipy import stats

    rng = np.random.default_rng(2)
    corrected, naive = [], []
    for _ in range(1500):
        p = conformal(rng.normal(size=200), rng.normal(size=100))
        corrected.append(pooled(p, 200 / 100))
        naive.append(stats.chi2.sf(-2 * np.log(p).sum(), 400))
    assert np.mean(np.array(corrected) <= 0.05) < 0.075
    assert np.mean(np.array(naive) <= 0.05) > 0.09
    assert pooled(conformal(rng.normal(2, 1, size=50), rng.normal(size=100)), 0.5) < 1e-4


def test_benjamini_hochberg_controls_false_discoveries():
    rng = np.random.default_rng(3)
    shares = []
    for _ in range(400):
        p = np.concatenate([rng.uniform(size=45), rng.uniform(size=5) * 1e-4])
        chosen = rejected(p, 0.05)
        shares.append(chosen[:45].sum() / max(1, chosen.sum()))
        assert chosen[45:].all()
    assert np.mean(shares) < 0.07
    assert not rejected([0.9, 0.8], 0.05).any()
    assert rejected([], 0.05).size == 0


def test_the_count_of_bad_items_is_a_lower_bound():
    rng = np.random.default_rng(4)
    bounds = [at_least(np.concatenate([rng.uniform(size=60), np.full(20, 1e-6)]), 0.05) for _ in range(300)]
    assert np.mean(np.array(bounds) > 20) < 0.08
    assert np.median(bounds) >= 19


@given(st.lists(st.floats(1e-9, 1.0), min_size=1, max_size=12))
def test_the_shortcut_of_the_count_equals_testing_every_subset(p_values):
    from itertools import combinations

    def simes(part):
        return any(p <= 0.05 * (j + 1) / len(part) for j, p in enumerate(sorted(part)))

    n = len(p_values)
    if n > 8:
        p_values, n = p_values[:8], 8
    surviving = max(
        (size for size in range(1, n + 1) for part in combinations(p_values, size) if not simes(part)), default=0
    )
    assert at_least(p_values, 0.05) == n - surviving


def test_the_tail_matches_a_weighted_sum_of_chi_squares():
    rng = np.random.default_rng(5)
    weights = 0.8 ** np.arange(20)
    draws = (weights * (rng.chisquare(1, size=(200_000, 20)) - 1)).sum(axis=1)
    deviation = np.sqrt(2 * (weights**2).sum())
    skew = 8 * (weights**3).sum() / (2 * (weights**2).sum()) ** 1.5
    for level in (0.1, 0.01, 0.001):
        at = np.quantile(draws, 1 - level) / deviation
        assert 0.8 * level < stats.norm.sf(normal_scores(np.array([at]), np.array([skew]))[0]) < 1.3 * level
