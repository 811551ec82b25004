"""Over many clean pools the contributors' p-values and the false discovery rate keep their promise."""

import numpy as np
import pytest

from sebrus.detect import scan


def clean_pools(count, make):
    """P-values of all contributors, how many pools accused anybody, and how many items they flagged."""
    p_values, accused, flagged, items = [], 0, 0, 0
    for seed in range(count):
        found = scan(*make(np.random.default_rng(seed)))
        p_values += [one.p_value for one in found.contributors]
        accused += any(one.flagged for one in found.contributors)
        flagged += int(found.flagged.sum())
        items += len(found.items)
    return np.array(p_values), accused, flagged / items


def drawn(rng):
    """240 images of three noisy classes from eight contributors."""
    labels = rng.integers(3, size=240)
    base = rng.normal(size=(3, 10, 10))[labels] * 40 + 128
    images = np.clip(base + rng.normal(0, 30, base.shape), 0, 255).astype(np.uint8)
    return images, labels, rng.integers(8, size=240)


def holds(p, accused, pools):
    for level in (0.01, 0.05, 0.2):
        assert (p <= level).mean() <= level + 3 * np.sqrt(level * (1 - level) / len(p))
    # Where nothing is planted every accusation is false: the false discovery rate is how often there is one.
    assert accused <= 0.05 * pools + 3 * np.sqrt(pools * 0.05 * 0.95)


def test_few_honest_contributors_are_accused_over_many_clean_pools():
    p, accused, flagged = clean_pools(30, drawn)
    holds(p, accused, 30)
    assert flagged <= 0.005


@pytest.mark.slow
def test_the_rate_holds_over_two_hundred_clean_pools():
    p, accused, flagged = clean_pools(200, drawn)
    holds(p, accused, 200)
    assert flagged <= 0.005


@pytest.mark.slow
def test_the_rate_holds_over_two_hundred_clean_pools_of_digits_of_uneven_contributors(make_crowd):
    def digits(rng):
        crowd = make_crowd(int(rng.integers(1_000_000)))
        rows = rng.permutation(len(crowd.labels))[:700]
        names = rng.choice(25, size=700, p=rng.dirichlet(np.full(25, 1.5)))
        return crowd.images[rows], crowd.labels[rows], names

    p, accused, flagged = clean_pools(200, digits)
    holds(p, accused, 200)
    assert flagged <= 0.005
