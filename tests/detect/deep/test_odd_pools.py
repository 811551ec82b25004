"""No contributors, one contributor, two classes, a class with one item, mixed sizes: an audit ends with findings."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from sebrus.detect.deep import audit


def test_without_contributors_wrong_labels_are_still_found(crowd):
    pool = crowd(items=800)
    wrong = np.arange(0, 800, 20)
    pool.labels[wrong] = (pool.labels[wrong] + 5) % 10
    done = audit(pool.images, pool.labels, plants=3, device="cpu")
    assert done.findings.contributors == ()
    assert done.findings.flagged[wrong].mean() > 0.3
    assert np.delete(done.findings.flagged, wrong).mean() < 0.02
    assert done.power is None
    assert any("no contributors" in limit for limit in done.findings.limits)


def test_one_contributor_without_a_seed_is_not_accused(crowd, accused):
    pool = crowd(items=200)
    done = audit(pool.images, pool.labels, ["alone"] * 200, plants=2, device="cpu")
    assert accused(done.findings) == set()
    assert done.power is None


def test_two_classes_one_of_them_a_single_item(crowd, accused):
    pool = crowd(items=1000)
    kept = np.append(np.flatnonzero(pool.labels == 4), np.flatnonzero(pool.labels == 7)[0])
    names = np.array(["a", "b", "c", "d"])[np.arange(len(kept)) % 4]
    done = audit(pool.images[kept], pool.labels[kept], names, plants=2, device="cpu")
    assert accused(done.findings) == set()
    assert len(done.findings.items) == len(kept)


def test_wide_colour_images_are_read(crowd):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (120, 9, 20, 3), dtype=np.uint8)
    done = audit(images, np.arange(120) % 3, np.arange(120) % 4, plants=0, device="cpu")
    assert len(done.findings.items) == 120
