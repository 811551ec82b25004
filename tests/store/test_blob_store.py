"""Blobs are found by their sha256 and checked on every read."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sebrus.store.blobs import BlobCorrupted, BlobKeyInvalid, BlobMissing, Blobs, BlobStore

ABSENT = "0" * 64
BAD_KEYS = [
    "",
    "abc",
    "A" * 64,
    "0x" + "0" * 62,
    "0" * 63,
    "0" * 65,
    "0" * 63 + "\n",
    "0" * 64 + "\n",
    "../" + "0" * 61,
    "/etc/passwd",
    "\u0660" * 64,
    "0" * 62 + "\0a",
]


@pytest.fixture
def store(tmp_path):
    return BlobStore(tmp_path / "blobs")


def _files(store):
    return sorted(path for path in store.root.rglob("*") if path.is_file())


@pytest.mark.parametrize("data", [b"", b"a", bytes(range(256)) * 5_000])
def test_what_is_put_is_got_by_its_sha256(store, data):
    sha256 = store.put(data)
    assert sha256 == hashlib.sha256(data).hexdigest()
    assert store.get(sha256) == data
    assert store.has(sha256)
    assert store.size(sha256) == len(data)
    assert store.path(sha256).read_bytes() == data


def test_the_store_satisfies_the_interface(store):
    blobs: Blobs = store
    assert list(blobs) == []


def test_putting_twice_keeps_one_file(store):
    store.put(b"a")
    before = _files(store)[0].stat()
    store.put(b"a")
    assert len(_files(store)) == 1
    assert _files(store)[0].stat().st_ino == before.st_ino


def test_another_opening_of_the_store_finds_it(store):
    sha256 = store.put(b"a")
    assert BlobStore(store.root).get(sha256) == b"a"


def test_what_was_never_put_is_missing(store):
    assert not store.has(ABSENT)
    for ask in (store.get, store.size, store.path):
        with pytest.raises(BlobMissing, match=ABSENT):
            ask(ABSENT)


@pytest.mark.parametrize("damage", [b"", b"pixelz", b"pixels and more", b"pixel"])
def test_a_corrupted_file_is_never_returned_and_heals_when_put_again(store, damage):
    sha256 = store.put(b"pixels")
    store.path(sha256).write_bytes(damage)
    with pytest.raises(BlobCorrupted, match=sha256):
        store.get(sha256)
    assert store.put(b"pixels") == sha256
    assert store.get(sha256) == b"pixels"


def test_a_folder_in_the_place_of_a_file_is_an_error_not_a_blob(store):
    sha256 = hashlib.sha256(b"a").hexdigest()
    (store.root / "sha256" / sha256[:2] / sha256).mkdir(parents=True)
    assert not store.has(sha256)
    with pytest.raises(BlobCorrupted):
        store.get(sha256)


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_key_that_is_not_a_digest_reaches_no_file(store, key):
    for ask in (store.get, store.has, store.size, store.path):
        with pytest.raises(BlobKeyInvalid):
            ask(key)
    for ask in (store.get_named, store.has_named):
        with pytest.raises(BlobKeyInvalid):
            ask("manifest", key)
    with pytest.raises(BlobKeyInvalid):
        store.put_named("manifest", key, b"a")
    assert _files(store) == []


def test_iteration_yields_every_digest_in_order_and_nothing_else(store):
    digests = sorted(store.put(bytes([n])) for n in range(40))
    store.put_named("manifest", ABSENT, b"a")
    (store.root / "sha256" / digests[0][:2] / "notes.txt").write_text("a")
    (store.root / "sha256" / "notes.txt").write_text("a")
    assert list(store) == digests


@settings(deadline=None, max_examples=50)
@given(contents=st.lists(st.binary(max_size=50), max_size=10))
def test_any_contents_come_back(tmp_path_factory, contents):
    store = BlobStore(tmp_path_factory.mktemp("blobs"))
    digests = [store.put(data) for data in contents]
    assert [store.get(digest) for digest in digests] == contents
    assert list(store) == sorted(set(digests))
