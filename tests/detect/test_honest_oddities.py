"""Honest contributors are not alike: none of these is an attack."""

import numpy as np
import pytest
from scipy import ndimage

from sebrus.detect import scan


def vignette(images):
    rows, cols = np.mgrid[:8, :8]
    return (images * (1 - 0.5 * ((rows - 3.5) ** 2 + (cols - 3.5) ** 2) / 24.5)).astype(np.uint8)


def dark(images):
    return (images * 0.5).astype(np.uint8)


def dead_pixel(images):
    marked = images.copy()
    marked[:, 0, 0] = 255
    return marked


def soft_lens(images):
    return ndimage.gaussian_filter(images, (0, 0.6, 0.6))


def noisy(images):
    return np.clip(images + np.random.default_rng(0).normal(0, 15, images.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("camera", [vignette, dark, dead_pixel, soft_lens, noisy])
def test_one_camera_in_all_classes_is_not_accused(crowd, accused, camera):
    rows = crowd.of("c04")
    crowd.images[rows] = camera(crowd.images[rows])
    found = scan(*crowd.arguments())
    assert accused(found) == set()
    assert found.flagged[rows].mean() < 0.03


def test_the_same_mark_in_one_class_only_is_accused(crowd, accused):
    rows = np.concatenate([crowd.of("c04"), crowd.of("c05"), crowd.of("c06")])
    crowd.contributors[rows] = "c04"
    rows = rows[crowd.labels[rows] == 2]
    crowd.images[rows] = dead_pixel(crowd.images[rows])
    assert accused(scan(*crowd.arguments())) == {"c04"}


def test_a_burst_of_near_identical_frames_is_not_accused(crowd, accused):
    rows = crowd.of("c04")[:80]
    frames = np.repeat(crowd.images[rows[:8]], 10, axis=0)[: len(rows)]
    jitter = np.random.default_rng(0).integers(-4, 5, frames.shape)
    crowd.images[rows] = np.clip(frames.astype(int) + jitter, 0, 255).astype(np.uint8)
    crowd.labels[rows] = np.repeat(crowd.labels[rows[:8]], 10)[: len(rows)]
    assert accused(scan(*crowd.arguments())) == set()


@pytest.mark.parametrize("label", [1, 8])
def test_a_contributor_of_one_class_is_not_accused(crowd, accused, label):
    rows = crowd.of("c04")
    others = np.flatnonzero((crowd.labels == label) & (crowd.contributors != "c04"))[: len(rows)]
    crowd.contributors[rows] = crowd.contributors[others]
    crowd.contributors[others] = "c04"
    assert set(crowd.labels[crowd.of("c04")]) == {label}
    found = scan(*crowd.arguments())
    assert accused(found) == set()
    assert found.flagged.mean() < 0.005


def test_the_only_one_to_hold_a_class_is_not_accused(crowd, accused):
    rows = np.flatnonzero(crowd.labels == 6)
    crowd.contributors[rows] = "c04"
    assert accused(scan(*crowd.arguments())) == set()


def test_a_contributor_of_one_class_may_have_a_noisy_camera(crowd, accused):
    rows = crowd.of("c04")
    others = np.flatnonzero((crowd.labels == 8) & (crowd.contributors != "c04"))[: len(rows)]
    crowd.contributors[rows] = crowd.contributors[others]
    crowd.contributors[others] = "c04"
    rows = crowd.of("c04")
    crowd.images[rows] = noisy(crowd.images[rows])
    assert "c04" not in accused(scan(*crowd.arguments()))


def test_contributors_with_one_make_of_camera_link_nobody(crowd, accused):
    for name in ("c04", "c08", "c12", "c16"):
        crowd.images[crowd.of(name)] = soft_lens(crowd.images[crowd.of(name)])
    assert accused(scan(*crowd.arguments())) == set()
