"""Items as columns are the items they were made of, in their order."""

from __future__ import annotations

import hashlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sebrus.platform.documents import LabelledDigest
from sebrus.platform.sent_items import SentItems, key_of

NAMES = ["0xa", "0xb", "0xc"]
items = st.lists(st.tuples(st.integers(0, 2**64 - 1), st.binary(max_size=4), st.integers(0, 65535), st.integers(0, 2)))


def rows_of(told):
    return [(key, hashlib.sha256(data).hexdigest(), label, sender) for key, data, label, sender in told]


@given(items, items, st.randoms())
def test_what_goes_in_comes_out(first, second, chance):
    parts = [rows_of(first), rows_of(second)]
    joined = SentItems.joined([SentItems.of(parts[0], NAMES[:2]), SentItems.of(parts[1], NAMES)])
    rows = parts[0] + parts[1]
    assert len(joined) == len(rows) and joined.keys.tolist() == [row[0] for row in rows]
    assert joined.items == [LabelledDigest(sha256, label) for _, sha256, label, _ in rows]
    assert joined.contributors == [NAMES[sender] for _, _, _, sender in rows]
    wanted = np.array([chance.random() < 0.5 for _ in rows], dtype=np.bool_)
    assert joined[wanted].items == [item for item, one in zip(joined.items, wanted, strict=True) if one]


def test_an_item_has_a_key_of_its_own():
    keys = {key_of("0x" + "d5" * 32, position) for position in range(1000)} | {key_of("0x" + "d6" * 32, 0)}
    assert len(keys) == 1001
