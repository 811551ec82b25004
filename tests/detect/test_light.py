"""Who sends one class has nothing to compare a camera with: its light is modelled, and more than light still speaks."""

import numpy as np
import pytest

from sebrus.detect import scan
from sebrus.detect.light import relit


def one_class(crowd, name="c04", label=8):
    """Give a contributor images of one class only, those of others for its own."""
    rows = crowd.of(name)
    others = np.flatnonzero((crowd.labels == label) & (crowd.contributors != name))[: len(rows)]
    crowd.contributors[rows] = crowd.contributors[others]
    crowd.contributors[others] = name
    return crowd.of(name)


def vignette(images):
    rows, cols = np.mgrid[:8, :8]
    return ((images + 20.0) * (1 - 0.5 * ((rows - 3.5) ** 2 + (cols - 3.0) ** 2) / 24.5)).clip(0, 255).astype(np.uint8)


def dark(images):
    return (images * 0.7).astype(np.uint8)


@pytest.mark.parametrize("camera", [vignette, dark])
def test_the_light_of_a_contributor_of_one_class_is_held_against_nobody(crowd, accused, camera):
    rows = one_class(crowd)
    crowd.images[rows] = camera(crowd.images[rows])
    found = scan(*crowd.arguments())
    assert "c04" not in accused(found)
    assert found.flagged[rows].mean() < 0.05


def test_a_trigger_in_one_class_hidden_behind_a_vignette_is_found(crowd, accused):
    rows = one_class(crowd)
    wave = 40 * np.sin(2 * np.pi * 3 * np.arange(8) / 8)[None, None, :]
    crowd.images[rows] = vignette(np.clip(crowd.images[rows] + wave, 0, 200))
    crowd.bad[rows] = True
    found = scan(*crowd.arguments())
    assert accused(found) == {"c04"}
    assert crowd.recall(found) >= 0.9


def test_images_in_other_light_are_what_that_light_makes_of_them():
    images = np.random.default_rng(0).integers(0, 200, (60, 20, 28, 3)).astype(np.uint8)
    rows, cols = np.mgrid[-1:1:20j, -1:1:28j]
    shade = (1.0 - 0.4 * (rows**2 + cols**2) / 2 + 0.1 * cols)[..., None]
    lit = np.clip((images + 15.0) * shade, 0, 255)
    assert np.abs(relit(images, lit.astype(np.uint8)) - lit).mean() < 3.0
    assert np.abs(relit(images, images) - images).max() < 1.0
