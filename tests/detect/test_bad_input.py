"""Arrays that cannot be screened are refused in one sentence; odd ones that can be, are."""

import numpy as np
import pytest

from sebrus.detect import DetectError, scan, screen

GREY = np.random.default_rng(0).integers(0, 256, (24, 8, 8)).astype(np.uint8)
LABELS = np.arange(24) % 3


@pytest.mark.parametrize(
    ("images", "labels", "contributors", "trusted", "word"),
    [
        (GREY[:0], LABELS[:0], None, None, "no items"),
        (GREY, LABELS[:-1], None, None, "24 images but 23 labels"),
        (GREY, LABELS, ["a"] * 23, None, "23 contributors"),
        (GREY.astype(float), LABELS, None, None, "uint8"),
        (np.full((24, 8, 8), np.nan), LABELS, None, None, "uint8"),
        (GREY, LABELS.astype(float), None, None, "whole numbers"),
        (GREY, np.full(24, np.nan), None, None, "whole numbers"),
        (GREY, LABELS[:, None], None, None, "one number per image"),
        (GREY[..., None].repeat(4, axis=3), LABELS, None, None, "shaped"),
        (GREY[:, :4], LABELS, None, None, "8 to 512"),
        (np.zeros((2, 8, 513), np.uint8), [0, 1], None, None, "8 to 512"),
        (GREY[0], LABELS, None, None, "shaped"),
        (GREY, LABELS, [["a"]] * 24, None, "one name"),
        (GREY, LABELS, None, GREY, "pair"),
        (GREY, LABELS, None, (GREY.repeat(2, axis=1), LABELS), "one size"),
        (GREY, LABELS, None, (GREY, LABELS[:3]), "trusted"),
    ],
)
def test_refused_in_one_sentence(images, labels, contributors, trusted, word):
    with pytest.raises(DetectError, match=word) as refusal:
        scan(images, labels, contributors, trusted)
    assert str(refusal.value).count("\n") == 0
    assert isinstance(refusal.value, ValueError)


@pytest.mark.parametrize("rate", [0.0, 1.0, -1, float("nan"), "x"])
def test_an_impossible_rate_is_refused(rate):
    with pytest.raises(DetectError, match="fdr"):
        scan(GREY, LABELS, fdr=rate)


def test_a_reference_of_another_size_is_refused():
    with pytest.raises(DetectError, match="one size"):
        screen(
            GREY,
            LABELS,
            contributor="a",
            reference_images=GREY.repeat(2, axis=1),
            reference_labels=LABELS,
            reference_contributors=["b"] * 24,
            trusted=None,
        )


@pytest.mark.parametrize(
    ("shape", "classes", "contributors"),
    [
        ((24, 8, 8), 2, 3),
        ((24, 8, 8), 1, 3),
        ((24, 12, 40, 3), 5, 3),
        ((24, 9, 31, 1), 24, 4),
        ((8, 512, 200, 3), 2, 2),
        ((1200, 8, 8), 1000, 5),
        ((24, 16, 16), 3, 1),
        ((24, 16, 16), 3, 24),
        ((24, 16, 16), 3, None),
        ((1, 8, 8), 1, 1),
        ((2, 8, 8), 2, 2),
    ],
)
@pytest.mark.parametrize("constant", [False, True])
def test_any_shape_gives_one_finding_per_item(shape, classes, contributors, constant):
    rng = np.random.default_rng(0)
    images = np.zeros(shape, np.uint8) if constant else rng.integers(0, 256, shape).astype(np.uint8)
    labels = np.arange(shape[0]) % classes - 5
    names = None if contributors is None else [f"c{i % contributors}" for i in range(shape[0])]
    found = scan(images, labels, names)
    assert len(found.items) == shape[0]
    assert [item.label for item in found.items] == labels.tolist()
    assert all(0 <= item.score <= 1 and 0 <= item.p_value <= 1 for item in found.items)
    assert len(found.contributors) == (contributors or 0)
    assert not constant or not found.flagged.any()


def test_without_contributors_flips_are_still_found(crowd):
    rows = np.arange(0, 60)
    crowd.labels[rows] = (crowd.labels[rows] + 4) % 10
    crowd.bad[rows] = True
    found = scan(crowd.images, crowd.labels)
    assert crowd.recall(found) > 0.7
    assert crowd.honest_flagged(found) < 0.01
    assert found.contributors == ()
    assert any("No contributors" in limit for limit in found.limits)


def test_the_same_input_gives_the_same_findings(crowd):
    crowd.label_flipper("c00")
    first, second = scan(*crowd.arguments()), scan(*crowd.arguments())
    assert first.items == second.items
