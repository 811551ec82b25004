"""An origin is what a browser writes into `Origin`, and nothing that only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebrus.platform.origin import origin_of, require_origin


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://sebrus.example", "https://sebrus.example"),
        ("https://sebrus.example/a?b#c", "https://sebrus.example"),
        ("HTTPS://Sebrus.Example:443/", "https://sebrus.example"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("http://sebrus.example@evil.example/", None),
        ("http://sebrus.example:@evil.example/", None),
        ("http://evil.example#@sebrus.example/", "http://evil.example"),
        ("http://evil.example?@sebrus.example/", "http://evil.example"),
        ("http://s\u0435brus.example/", None),
        ("http://*.example/", None),
        ("http://sebrus.example:x/", None),
        ("http://sebrus.example:99999/", None),
        ("http:///path", None),
        ("//sebrus.example", None),
        ("urn:sebrus", None),
        ("null", None),
        ("", None),
    ],
)
def test_the_origin_of_an_address(url, origin):
    assert origin_of(url) == origin


@given(st.text("htps:/@?#[]sebru.0189 ", max_size=30))
def test_an_origin_is_its_own_origin(rest):
    origin = origin_of("http://" + rest)
    assert origin is None or require_origin(origin) == origin == origin_of(origin + "/")
