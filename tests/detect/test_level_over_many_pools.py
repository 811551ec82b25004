"""Over many clean pools the contributors' p-values keep their promise."""

import numpy as np

from sebrus.detect import scan


def test_few_honest_contributors_are_accused_over_many_clean_pools():
    rng = np.random.default_rng(0)
    p_values, accused = [], 0
    for _ in range(40):
        labels = rng.integers(3, size=240)
        base = rng.normal(size=(3, 10, 10))[labels] * 40 + 128
        images = np.clip(base + rng.normal(0, 30, base.shape), 0, 255).astype(np.uint8)
        found = scan(images, labels, rng.integers(8, size=240))
        p_values += [one.p_value for one in found.contributors]
        accused += any(one.flagged for one in found.contributors)
    p = np.array(p_values)
    for level in (0.01, 0.05, 0.2):
        assert (p <= level).mean() <= level + 3 * np.sqrt(level * (1 - level) / len(p))
    assert accused <= 6
