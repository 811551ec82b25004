"""Blobs are found by their sha256 and checked on every read."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sebrus.store.blobs import BlobCorrupted, BlobKeyInvalid, BlobMissing, BlobStore, blob_place
from sebrus.store.disk import DiskBlobs
from sebrus.store.places import open_blobs

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
def store(kept):
    return kept.store


@pytest.mark.parametrize("data", [b"", b"a", bytes(range(256)) * 5_000])
def test_what_is_put_is_got_by_its_sha256(store, data):
    sha256 = store.put(data)
    assert sha256 == hashlib.sha256(data).hexdigest()
    assert store.get(sha256) == data
    assert store.has(sha256)
    assert store.size(sha256) == len(data)


def test_the_store_satisfies_the_interface(store):
    blobs: BlobStore = store
    assert list(blobs) == []


def test_putting_twice_keeps_one(kept, store):
    sha256 = store.put(b"a")
    assert store.put(b"a") == sha256
    assert kept.places() == [blob_place(sha256)]


def test_putting_twice_leaves_the_file_alone(tmp_path):
    store = DiskBlobs(tmp_path)
    path = tmp_path / blob_place(store.put(b"a"))
    before = path.stat().st_ino
    store.put(b"a")
    assert path.stat().st_ino == before


def test_many_are_put_together(kept, store):
    many = [bytes([n % 30]) * 20 for n in range(40)]
    store.put(many[3])
    kept.spoil(blob_place(store.put(many[4])), b"rotten")
    assert store.put_all(many) == [hashlib.sha256(data).hexdigest() for data in many]
    assert [store.get(hashlib.sha256(data).hexdigest()) for data in many] == many
    assert len(kept.places()) == 30
    assert store.put_all([]) == []


def test_another_opening_of_the_store_finds_it(kept, store):
    sha256 = store.put(b"a")
    assert open_blobs(kept.url).get(sha256) == b"a"


def test_what_was_never_put_is_missing(store):
    assert not store.has(ABSENT)
    for ask in (store.get, store.size):
        with pytest.raises(BlobMissing, match=ABSENT):
            ask(ABSENT)


@pytest.mark.parametrize("damage", [b"", b"pixelz", b"pixels and more", b"pixel"])
def test_a_corrupted_file_is_never_returned_and_heals_when_put_again(kept, store, damage):
    sha256 = store.put(b"pixels")
    kept.spoil(blob_place(sha256), damage)
    with pytest.raises(BlobCorrupted, match=sha256):
        store.get(sha256)
    assert store.put(b"pixels") == sha256
    assert store.get(sha256) == b"pixels"


def test_a_folder_in_the_place_of_a_file_is_an_error_not_a_blob(tmp_path):
    store = DiskBlobs(tmp_path)
    sha256 = hashlib.sha256(b"a").hexdigest()
    (store.root / "sha256" / sha256[:2] / sha256).mkdir(parents=True)
    assert not store.has(sha256)
    with pytest.raises(BlobCorrupted):
        store.get(sha256)


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_key_that_is_not_a_digest_reaches_nothing(kept, store, key):
    for ask in (store.get, store.has, store.size):
        with pytest.raises(BlobKeyInvalid):
            ask(key)
    for ask in (store.get_named, store.has_named):
        with pytest.raises(BlobKeyInvalid):
            ask("manifest", key)
    with pytest.raises(BlobKeyInvalid):
        store.put_named("manifest", key, b"a")
    assert kept.places() == []


def test_iteration_yields_every_digest_in_order_and_nothing_else(kept, store):
    digests = sorted(store.put(bytes([n])) for n in range(40))
    store.put_named("manifest", ABSENT, b"a")
    kept.spoil(f"sha256/{digests[0][:2]}/notes.txt", b"a")
    kept.spoil("sha256/notes.txt", b"a")
    assert list(store) == digests


@settings(deadline=None, max_examples=50)
@given(contents=st.lists(st.binary(max_size=50), max_size=10))
def test_any_contents_come_back(tmp_path_factory, contents):
    store = DiskBlobs(tmp_path_factory.mktemp("blobs"))
    digests = [store.put(data) for data in contents]
    assert [store.get(digest) for digest in digests] == contents
    assert list(store) == sorted(set(digests))
