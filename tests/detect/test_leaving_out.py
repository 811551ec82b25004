"""What a test is worth is seen by leaving it out."""

import numpy as np
import pytest

from sebrus.detect import DetectError, scan


def test_a_clean_label_attack_is_found_by_its_views_and_not_without_them(crowd, accused):
    crowd.clean_label_attacker("c02")
    views = ("detail", "low", "middle", "high", "texture")
    assert accused(scan(*crowd.arguments())) == {"c02"}
    assert accused(scan(*crowd.arguments(), without=views)) == set()


def test_leaving_nothing_out_changes_nothing(crowd):
    whole, same = scan(*crowd.arguments()), scan(*crowd.arguments(), without=())
    assert np.array_equal(whole.scores, same.scores)


def test_an_unknown_test_is_refused_in_one_sentence(crowd):
    with pytest.raises(DetectError, match="There is no test 'magic' to leave out"):
        scan(*crowd.arguments(), without=("magic",))


@pytest.mark.parametrize("test", ["detail", "texture", "scores", "fit", "label"])
def test_each_test_left_out_changes_what_is_said_of_a_poisoned_pool(crowd, test):
    crowd.patch_attacker("c05")
    crowd.label_flipper("c07", 0.2)
    whole, rest = (scan(*crowd.arguments(), without=left) for left in ((), (test,)))
    assert [one.p_value for one in whole.contributors] != [one.p_value for one in rest.contributors]
