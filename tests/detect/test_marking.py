"""Which items of the accused are flagged: what shares what they are accused of, and few honest ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit

from sebrus.detect import scan
from sebrus.detect.labels import falsely_few
from sebrus.detect.mixture import poison_odds


@given(arrays(np.float64, st.integers(0, 60), elements=st.floats(0, 1)), st.floats(0.01, 0.5))
def test_the_chosen_are_the_most_suspicious_and_hold_the_rate(honest, rate):
    chosen = falsely_few(honest, rate)
    if chosen.any():
        assert honest[chosen].mean() <= rate + 1e-12
        assert honest[chosen].max() <= honest[~chosen].min(initial=np.inf)
    left = np.sort(honest[~chosen])
    if len(left):
        assert np.append(honest[chosen], left[0]).mean() > rate - 1e-12


def test_a_trigger_that_fell_flat_goes_with_a_group_of_nothing_else():
    rng = np.random.default_rng(0)
    honest = rng.normal(size=(200, 2))
    mine = rng.normal(8.0, 0.5, size=(40, 2))
    mine[0] = 0.0
    assert falsely_few(expit(-poison_odds(mine, honest)[0]), 0.05).all()


def test_an_item_that_looks_honest_passes_in_a_mixed_group():
    rng = np.random.default_rng(0)
    honest = rng.normal(size=(200, 2))
    mine = np.concatenate([rng.normal(8.0, 0.5, size=(20, 2)), rng.normal(size=(20, 2))])
    odds, _ = poison_odds(mine, honest)
    assert (odds[:20] > 0).all()
    assert (odds[20:] < np.log(0.05)).mean() >= 0.9


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_honest_items_of_label_flippers_are_flagged_no_more_than_the_rate_allows(make_crowd, share):
    wrongly, flagged, planted, found = 0, 0, 0, 0
    for seed in range(4):
        crowd = make_crowd(seed)
        for name in ("c03", "c11"):
            crowd.label_flipper(name, share)
        flags = scan(*crowd.arguments(), crowd.trusted).flagged
        wrongly, flagged = wrongly + int((flags & ~crowd.bad).sum()), flagged + int(flags.sum())
        planted, found = planted + int(crowd.bad.sum()), found + int((flags & crowd.bad).sum())
    assert wrongly <= 0.05 * flagged + 2
    assert found >= 0.9 * planted


def test_wrong_labels_in_one_class_cast_no_doubt_on_the_others(crowd):
    rows = crowd.of("c05")
    lie = rows[crowd.labels[rows] != 3][:25]
    crowd.labels[lie] = 3
    crowd.bad[lie] = True
    found = scan(*crowd.arguments(), crowd.trusted)
    assert found.flagged[lie].mean() >= 0.95
    assert found.flagged[~crowd.bad].sum() <= 2
