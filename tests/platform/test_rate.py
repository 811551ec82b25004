"""A bucket never gives more than it held and was filled with since."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sebrus.platform import rate
from sebrus.platform.rate import Buckets, address_name

REQUESTS = st.lists(st.tuples(st.floats(0, 30), st.integers(1, 30)), max_size=60)


@given(st.integers(1, 120), REQUESTS)
def test_no_more_is_given_than_a_bucket_and_what_it_was_filled_with(per_minute, requests):
    buckets, now, given_ = Buckets(per_minute), 0.0, 0.0
    for pause, cost in requests:
        now += pause
        if buckets.wait("somebody", cost, now) == 0:
            given_ += min(cost, per_minute)
        assert given_ <= per_minute * (1 + now / 60) + 1e-6


@given(st.integers(1, 120), REQUESTS, st.integers(1, 200))
def test_who_waits_as_long_as_told_is_let_in(per_minute, requests, cost):
    buckets, now = Buckets(per_minute), 0.0
    for pause, spent in requests:
        now += pause
        buckets.wait("somebody", spent, now)
    seconds = buckets.wait("somebody", cost, now)
    assert not seconds or buckets.wait("somebody", cost, now + seconds + 1e-6) == 0


def test_names_do_not_share_and_a_refusal_takes_nothing():
    buckets = Buckets(60)
    assert buckets.wait("one", 60, 0) == 0
    assert buckets.wait("one", 30, 0) == buckets.wait("one", 30, 0) == 30
    assert buckets.wait("two", 60, 0) == 0
    assert buckets.wait("one", 10, 10) == 0


def test_a_clock_set_back_gives_nothing():
    buckets = Buckets(60)
    assert buckets.wait("one", 60, 100) == 0
    assert buckets.wait("one", 1, 0) > 0


def test_no_limit_keeps_nothing():
    buckets = Buckets(0)
    assert {buckets.wait("one", 10**9, 0) for _ in range(3)} == {0}
    assert not buckets._levels


def test_a_flood_of_names_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(rate, "MOST_BUCKETS", 10)
    buckets = Buckets(60)
    for number in range(1000):
        buckets.wait(str(number), 1, 0)
    assert len(buckets._levels) == 10


def test_addresses_are_named_as_one_customer_has_them():
    assert address_name("2001:db8::1") == address_name("2001:db8::ffff:1") != address_name("2001:db8:0:1::1")
    assert address_name("::ffff:192.0.2.1") == address_name("192.0.2.1") == "192.0.2.1"
    assert address_name("a socket") == "a socket"
