"""A bucket as image store: its address, what rivals do to it, and what is said when it does not do what it should."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from sebrus.chain.embedded import free_port
from sebrus.store.blobs import BlobConflict, BlobMissing, BlobNotWritten, BlobUnreachable, BlobUrlUnsupported
from sebrus.store.places import open_blobs

s3 = pytest.importorskip("sebrus.store.s3", reason="botocore is not installed: pip install 'sebrus[s3]'")

ROOT = "cd" * 32
PAGE = 1000
"""Objects that one answer lists at most."""


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("s3://images", s3.Address("images", "", None, None)),
        ("s3://images/", s3.Address("images", "", None, None)),
        ("s3://images/a/b/?region=eu-1", s3.Address("images", "a/b/", None, "eu-1")),
        ("s3://images/a%20b?endpoint=http://[::1]:9", s3.Address("images", "a b/", "http://[::1]:9", None)),
    ],
)
def test_an_address_is_read(url, address):
    assert s3.read_address(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "s3://", "s3:///prefix", "s3:images", "s3://key:secret@images", "s3://images#part", "s3://images?endpont=http://a",
        "s3://images?endpoint=ftp://a", "s3://images?endpoint=", "s3://images?endpoint=http://key:secret@a",
        "s3://images?endpoint=a:9000",
    ],
)  # fmt: skip
def test_any_other_address_is_refused_with_what_to_write_and_no_secret(url):
    with pytest.raises(BlobUrlUnsupported, match="AWS_SECRET_ACCESS_KEY") as refused:
        open_blobs(url)
    assert "secret" not in str(refused.value)


@pytest.fixture
def gateway(s3_gateway):
    return s3_gateway


@pytest.fixture
def url(gateway):
    return gateway.make()


def test_of_rival_documents_exactly_one_stays(url):
    stores = [open_blobs(url) for _ in range(4)]

    def put(number):
        try:
            stores[number % 4].put_named("manifest", ROOT, bytes([number]))
        except BlobConflict:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(put, range(40)))
    assert sum(stored) == 1
    assert stores[0].get_named("manifest", ROOT) == bytes([stored.index(1)])


def test_stores_in_one_bucket_are_apart(gateway):
    bucket = gateway.make().partition("?")[0].rstrip("/")
    one, two = (open_blobs(f"{bucket}/{name}?endpoint={gateway.endpoint}") for name in ("one", "two"))
    sha256 = one.put(b"a")
    assert list(one) == [sha256]
    assert list(two) == []


def test_more_than_one_page_is_listed(url):
    store = open_blobs(url)
    digests = store.put_all(str(number).encode() for number in range(PAGE + 5))
    assert list(store) == sorted(digests)


def test_a_hostile_store_that_swaps_objects_is_noticed(gateway, url):
    """Whoever owns the bucket may put one image in another's place."""
    store = open_blobs(url)
    first, second = store.put_all([b"first", b"second"])
    bucket = url.removeprefix("s3://").partition("/")[0]
    source = {"Bucket": bucket, "Key": f"sha256/{second[:2]}/{second}"}
    gateway.client.copy_object(Bucket=bucket, Key=f"sha256/{first[:2]}/{first}", CopySource=source)
    with pytest.raises(s3.BlobCorrupted, match=first):
        store.get(first)
    assert store.get(second) == b"second"


def test_a_bucket_that_is_not_there_or_not_ours_says_so_and_no_secret(gateway, url, monkeypatch):
    with pytest.raises(BlobUnreachable, match="404"):
        open_blobs(f"s3://nowhere?endpoint={gateway.endpoint}")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    with pytest.raises(BlobUnreachable, match="403") as refused:
        open_blobs(url)
    assert "hunter2" not in str(refused.value)
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(BlobUnreachable, match="NoCredentials"):
        open_blobs(url)


def test_a_store_that_does_not_answer_is_not_an_empty_one(url, monkeypatch):
    monkeypatch.setattr(s3, "ATTEMPTS", 1)
    store = open_blobs(url)
    sha256 = store.put(b"a")
    store._client.meta.events.register("before-send", lambda **_: (_ for _ in ()).throw(_Gone()))
    for ask in (store.get, store.has, store.size):
        with pytest.raises(BlobUnreachable, match="try again"):
            ask(sha256)
    with pytest.raises(BlobUnreachable):
        list(store)
    for write in (lambda: store.put(b"b"), lambda: store.put_all([b"b", b"c"])):
        with pytest.raises(BlobNotWritten, match="nothing was stored"):
            write()


class _Gone(s3.BotoCoreError):
    fmt = "the cable was pulled"


def test_nobody_listens():
    with pytest.raises(BlobUnreachable, match="EndpointConnectionError"):
        open_blobs(f"s3://images?endpoint=http://127.0.0.1:{free_port()}")


def test_a_missing_object_is_missing(url):
    with pytest.raises(BlobMissing):
        open_blobs(url).get(ROOT)
