"""What a client has already is not sent again, and of a large file only what it asks for."""

from __future__ import annotations

import hashlib

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebrus.api.conditional import matches, range_of


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (None, None),
        ("bytes=0-0", (0, 1)),
        ("bytes=2-4", (2, 5)),
        ("bytes=7-", (7, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=3-99", (3, 10)),
        ("bytes=4-2", None),
        ("bytes=-", None),
        ("bytes=0-1,4-5", None),
        ("lines=0-1", None),
        ("bytes=" + "9" * 30 + "-", None),
    ],
)
def test_ranges(header, found):
    assert range_of(header, 10) == found


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-12", "bytes=-0"])
def test_ranges_beyond_the_end(header):
    with pytest.raises(ValueError, match="beyond"):
        range_of(header, 10)


@given(st.text(max_size=40), st.integers(1, 50))
def test_any_range_lies_within(header, size):
    try:
        found = range_of("bytes=" + header, size)
    except ValueError:
        return
    assert found is None or 0 <= found[0] < found[1] <= size


@pytest.mark.parametrize(
    ("told", "same"),
    [(None, False), ('"a"', True), ('W/"a"', True), ("*", True), ('"b", "a"', True), ('"ab"', False), ("a", False)],
)
def test_tags(told, same):
    assert matches(told, '"a"') == same == matches(told, 'W/"a"')


@pytest.mark.chain
def test_an_image_is_sent_once_and_in_part(stage, digits):
    _, data, _ = digits(1, 180)[0]
    stage.client.upload([("a.png", data)])
    sha256 = hashlib.sha256(data).hexdigest()
    url = f"{stage.url}/api/v1/images/{sha256}"
    whole = httpx.get(url)
    assert whole.headers["etag"] == f'"{sha256}"' and "immutable" in whole.headers["cache-control"]
    same = httpx.get(url, headers={"if-none-match": f'W/"{sha256}"'})
    assert (same.status_code, same.content) == (304, b"")
    assert httpx.get(url, headers={"if-none-match": f'"{sha256[:10]}"'}).status_code == 200
    part = httpx.get(url, headers={"range": "bytes=8-15"})
    assert (part.status_code, part.content) == (206, data[8:16])
    assert part.headers["content-range"] == f"bytes 8-15/{len(data)}"
    assert httpx.get(url, headers={"range": "bytes=8-15", "if-range": '"another"'}).content == data
    beyond = httpx.get(url, headers={"range": f"bytes={len(data)}-"})
    assert (beyond.status_code, beyond.json()["code"]) == (416, "range_beyond_end")
    assert beyond.headers["content-range"] == f"bytes */{len(data)}"
