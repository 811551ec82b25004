"""The operator's key is made once, readable by its owner only, and never printed."""

from __future__ import annotations

import stat
import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest

from sebrus.platform.operator import OperatorKeyInvalid, load_operator


def test_made_once_and_found_again(tmp_path):
    path = tmp_path / "keys" / "operator.key"
    first = load_operator(path)
    assert load_operator(path).address == first.address
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["operator.key"]


def test_many_starting_at_once_agree(tmp_path):
    path = tmp_path / "keys" / "operator.key"
    for _ in range(10):
        path.unlink(missing_ok=True)
        with ThreadPoolExecutor(4) as pool:
            found = {account.address for account in pool.map(lambda _: load_operator(path), range(4))}
        assert len(found) == 1
        assert [entry.name for entry in path.parent.iterdir()] == ["operator.key"]


@pytest.mark.parametrize("text", ["", "garbage-secret", "0x1234", "0x" + "zz" * 32, "0x" + "00" * 32, "a" * 63])
def test_garbage_is_refused_without_printing_it(tmp_path, text):
    path = tmp_path / "operator.key"
    path.write_text(text)
    with pytest.raises(OperatorKeyInvalid) as caught:
        load_operator(path)
    shown = "".join(traceback.format_exception(caught.value))
    assert str(path) in str(caught.value)
    assert text == "" or text not in shown
    assert path.read_text() == text, "it is left for its owner to look at"


def test_a_key_with_or_without_prefix_is_the_same(tmp_path):
    path = tmp_path / "operator.key"
    path.write_text("11" * 32 + "\n")
    without = load_operator(path).address
    path.write_text("0x" + "11" * 32)
    assert load_operator(path).address == without
