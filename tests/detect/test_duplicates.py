"""Frames of one scene count once, however they moved; pictures of different people never do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sebrus.detect.duplicates import NEVER, Limit, correlations, distinct, frames, limit_of


@pytest.fixture
def scenes(crowd):
    """Thirty pictures of one class by different contributors, 28 pixels a side."""
    rows = np.flatnonzero(crowd.labels == 3)[:30]
    return np.kron(crowd.images[rows], np.ones((1, 3, 3), dtype=np.uint8)).astype(np.uint8), np.arange(30)


def burst(rng, scene, count=8):
    """Frames of a scene that move by a pixel, get lighter or darker, and are noisy."""
    moved = [np.roll(scene, tuple(rng.integers(-1, 2, size=2)), axis=(0, 1)) for _ in range(count)]
    light = rng.uniform(0.95, 1.05, size=(count, 1, 1))
    return np.clip(np.stack(moved) * light + rng.normal(0, 2, size=(count, *scene.shape)), 0, 255).astype(np.uint8)


def test_a_burst_counts_once_per_scene(scenes):
    pictures, who = scenes
    limit = limit_of(pictures, who)
    rng = np.random.default_rng(0)
    sent = np.concatenate([burst(rng, pictures[at]) for at in range(10)])
    assert 10 <= len(distinct(sent, limit)) <= 12


def test_pictures_of_different_scenes_all_count(scenes):
    pictures, who = scenes
    assert len(distinct(pictures, limit_of(pictures, who))) >= len(pictures) - 2


def test_one_contributor_alone_has_no_limit(scenes):
    pictures, who = scenes
    assert limit_of(pictures, np.zeros_like(who)) == Limit(NEVER, NEVER)
    assert len(distinct(np.repeat(pictures[:1], 5, axis=0), Limit())) == 5


def test_blank_frames_are_nothing_in_common():
    blank = np.zeros((4, 16, 16), dtype=np.uint8)
    assert len(distinct(blank, Limit(0.9, 0.9))) == 4


def test_frames_are_grey_and_small():
    assert frames(np.zeros((2, 100, 50, 3), np.uint8)).shape == (2, 32, 16)
    assert frames(np.full((1, 8, 8, 1), 200, np.uint8)).max() == 200


def naive(first, second, up, left):
    """The best correlation over all moves, pixel by pixel."""
    height, width = first.shape
    still = first[up : height - up, left : width - left].astype(float).ravel()
    best = -1.0
    for down in range(2 * up + 1):
        for right in range(2 * left + 1):
            moved = second[down : down + height - 2 * up, right : right + width - 2 * left].astype(float).ravel()
            if still.std() > 0 and moved.std() > 0:
                best = max(best, float(np.corrcoef(still, moved)[0, 1]))
    return best


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([(8, 8), (16, 12), (32, 28), (20, 40)]))
def test_correlations_are_those_of_the_naive_twin(number, shape):
    rng = np.random.default_rng(number)
    some = rng.integers(0, 256, size=(3, *shape)).astype(np.uint8)
    up, left = (2 if side >= 24 else 1 for side in shape)
    found = correlations(some, np.array([0, 1]), np.array([1, 2]))
    wanted = [naive(some[0], some[1], up, left), naive(some[1], some[2], up, left)]
    assert found == pytest.approx(wanted, abs=1e-4)
