"""A label is the number of one of the dataset's classes."""

import numpy as np
import pytest

from sebrus.platform.intake import LabelRefused, check_label


@pytest.mark.parametrize("label", [0, 9, np.int64(3), np.uint8(0)])
def test_a_class_is_accepted(label):
    assert check_label(label, 10) == int(label)
    assert type(check_label(label, 10)) is int


@pytest.mark.parametrize(
    "label",
    [-1, 10, 2**70, 1.0, float("nan"), "1", "cat", "x" * 10**6, "\n{last}", b"1", None, True, [], np.float32(1)],
)
def test_anything_else_is_refused_with_the_valid_range(label):
    with pytest.raises(LabelRefused, match=r"from 0 to 9\.$") as caught:
        check_label(label, 10)
    assert caught.value.code == "unknown_label"
    assert len(caught.value.sentence) < 200
    assert "\n" not in caught.value.sentence
