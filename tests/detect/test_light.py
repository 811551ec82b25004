"""Who sends one class has nothing to compare a camera with: its light is modelled, and more than light still speaks."""

import numpy as np
import pytest

from sebrus.detect import scan
from sebrus.detect.light import relit
from sebrus.detect.state import State
from sebrus.detect.stream import screen_stream


@pytest.fixture
def large(crowd):
    """The crowd with images of 24 pixels a side."""
    crowd.images = np.kron(crowd.images, np.ones((1, 3, 3), dtype=np.uint8)).astype(np.uint8)
    return crowd


def one_class(crowd, name="c04", label=8):
    """Give a contributor images of one class only, those of others for its own."""
    rows = crowd.of(name)
    others = np.flatnonzero((crowd.labels == label) & (crowd.contributors != name))[: len(rows)]
    crowd.contributors[rows] = crowd.contributors[others]
    crowd.contributors[others] = name
    return crowd.of(name)


def vignette(images):
    rows, cols = np.mgrid[-1:1:24j, -1:1:24j]
    return ((images + 20.0) * (1 - 0.3 * (rows**2 + (cols - 0.2) ** 2))).clip(0, 255).astype(np.uint8)


def dark(images):
    return (images * 0.7).astype(np.uint8)


@pytest.mark.parametrize("camera", [vignette, dark])
def test_the_light_of_a_contributor_of_one_class_is_held_against_nobody(large, accused, camera):
    rows = one_class(large)
    large.images[rows] = camera(large.images[rows])
    found = scan(*large.arguments())
    assert "c04" not in accused(found)
    assert found.flagged[rows].mean() < 0.05


def test_a_trigger_in_one_class_hidden_behind_a_vignette_is_found(large, accused):
    rows = one_class(large)
    wave = 40 * np.sin(2 * np.pi * 6 * np.arange(24) / 24)[None, None, :]
    large.images[rows] = vignette(np.clip(large.images[rows] + wave, 0, 200))
    large.bad[rows] = True
    found = scan(*large.arguments())
    assert accused(found) == {"c04"}
    assert large.recall(found) >= 0.9


def test_a_wave_in_small_pictures_is_loud_in_a_stream(crowd):
    rows = crowd.of("c04")[:40]
    donors = np.flatnonzero((crowd.labels == 5) & (crowd.contributors != "c04"))[:40]
    wave = 24 * np.sin(2 * np.pi * 3 * np.arange(8) / 8)[None, None, :]
    sent = np.clip(crowd.images[donors] + wave, 0, 255).astype(np.uint8)
    others = np.setdiff1d(np.arange(len(crowd.labels)), np.concatenate([crowd.of("c04"), donors]))
    state = State.begin(crowd.images[others], crowd.labels[others], crowd.contributors[others], crowd.trusted)
    found = screen_stream(state, sent, np.full(len(rows), 5), contributor="c04").findings
    assert found.contributors[0].p_value < 1e-5 and found.flagged.mean() >= 0.95


def test_images_in_other_light_are_what_that_light_makes_of_them():
    images = np.random.default_rng(0).integers(0, 200, (60, 20, 28, 3)).astype(np.uint8)
    rows, cols = np.mgrid[-1:1:20j, -1:1:28j]
    shade = (1.0 - 0.4 * (rows**2 + cols**2) / 2 + 0.1 * cols)[..., None]
    lit = np.clip((images + 15.0) * shade, 0, 255)
    assert np.abs(relit(images, lit.astype(np.uint8)) - lit).mean() < 3.0
    assert np.abs(relit(images, images) - images).max() < 1.0
