"""Each attack family, planted by two contributors of twenty, and nothing planted."""

import numpy as np
import pytest

from sebrus.detect import scan


@pytest.mark.parametrize("seeded", [False, True])
def test_label_flips_are_found_and_corrected(crowd, accused, seeded):
    truth = crowd.labels.copy()
    crowd.label_flipper("c00")
    crowd.label_flipper("c01")
    found = scan(*crowd.arguments(), crowd.trusted if seeded else None)
    assert accused(found) == {"c00", "c01"}
    assert crowd.recall(found) > 0.95
    assert crowd.honest_flagged(found) < 0.01
    suggested = [found.items[row].suggested_label for row in np.flatnonzero(crowd.bad & found.flagged)]
    assert np.mean(np.array(suggested, dtype=float) == truth[crowd.bad & found.flagged]) > 0.9
    assert {found.items[row].test for row in np.flatnonzero(crowd.bad & found.flagged)} <= {
        "label",
        "pattern",
        "texture",
    }


def test_a_patch_backdoor_is_found_and_its_picture_shows_the_patch(crowd, accused):
    crowd.patch_attacker("c00")
    crowd.patch_attacker("c01")
    found = scan(*crowd.arguments())
    assert accused(found) == {"c00", "c01"}
    assert crowd.recall(found) > 0.95
    assert crowd.honest_flagged(found) < 0.01
    first = next(one for one in found.contributors if one.contributor == "c00")
    assert first.min_bad_items > 0.8 * crowd.bad[crowd.of("c00")].sum()
    picture = np.abs(first.evidence.trigger)
    assert picture.shape == (8, 8)
    assert picture[-3:, -3:].max() == picture.max()


def test_clean_label_poison_is_found(crowd, accused):
    crowd.clean_label_attacker("c00")
    crowd.clean_label_attacker("c01", target=7)
    found = scan(*crowd.arguments())
    assert accused(found) == {"c00", "c01"}
    assert crowd.recall(found) > 0.95
    assert crowd.honest_flagged(found) < 0.01
    assert {item.test for item in found.items if item.flagged and item.contributor == "c00"} == {"pattern"}
    assert all(item.suggested_label is None for item in found.items if item.test == "pattern")


@pytest.mark.parametrize("seed", [0, 1])
def test_an_honest_crowd_is_left_alone(make_crowd, accused, seed):
    crowd = make_crowd(seed)
    found = scan(*crowd.arguments())
    assert accused(found) == set()
    assert found.flagged.mean() < 0.005


def test_flagged_items_say_why_and_show_alike_items_of_others(crowd):
    crowd.patch_attacker("c00")
    found = scan(*crowd.arguments(), class_names={3: "<three>"})
    for row in np.flatnonzero(found.flagged):
        item = found.items[row]
        assert item.reason.split(" ")[0] in {"Label", "Pattern", "Support"}
        assert item.score > 0.5
        assert item.neighbours and all(crowd.contributors[n] != item.contributor for n in item.neighbours)
    assert any("<three>" in item.reason for item in found.items)
    assert all(item.score < 0.5 and item.reason == "" for item in found.items if not item.flagged)
    assert not any("poison-free" in one.reason for one in found.contributors)


def test_one_mark_in_two_of_five_classes_is_not_taken_for_a_camera(crowd, accused):
    rows = np.concatenate([crowd.of("c04"), crowd.of("c05"), crowd.of("c06")])
    crowd.contributors[rows] = np.where(np.isin(crowd.labels[rows], [0, 2, 4, 7, 9]), "c04", "c05")
    marked = np.flatnonzero((crowd.contributors == "c04") & np.isin(crowd.labels, [2, 7]))
    crowd.images[marked, 0, 0] = 255
    crowd.bad[marked] = True
    found = scan(*crowd.arguments())
    assert accused(found) == {"c04"}
    assert crowd.recall(found) >= 0.9
