"""Documents stored under another digest: batch manifests by Merkle root, screenings by scores root."""

import pytest

from sebrus.store.blobs import BlobConflict, BlobCorrupted, BlobKeyInvalid, BlobMissing, named_place

ROOT = "ab" * 32


@pytest.fixture
def store(kept):
    return kept.store


@pytest.mark.parametrize("data", [b"", b"{}", b"\n" * 100, bytes(range(256))])
def test_what_is_put_is_got_by_its_name(store, data):
    store.put_named("manifest", ROOT, data)
    assert store.get_named("manifest", ROOT) == data
    assert store.has_named("manifest", ROOT)
    assert list(store.names("manifest")) == [ROOT]
    store.put_named("manifest", ROOT, data)


def test_kinds_are_apart(store):
    store.put_named("manifest", ROOT, b"a")
    store.put_named("screening", ROOT, b"b")
    assert store.get_named("manifest", ROOT) == b"a"
    assert store.get_named("screening", ROOT) == b"b"
    assert not store.has(ROOT)
    assert list(store) == list(store.names("gold")) == []


def test_a_missing_document_says_so(store):
    assert not store.has_named("manifest", ROOT)
    with pytest.raises(BlobMissing, match="manifest"):
        store.get_named("manifest", ROOT)


def test_a_hostile_contributor_cannot_replace_a_document(store):
    store.put_named("manifest", ROOT, b"first")
    with pytest.raises(BlobConflict):
        store.put_named("manifest", ROOT, b"second")
    assert store.get_named("manifest", ROOT) == b"first"


def test_a_corrupted_document_is_never_returned_and_heals_when_put_again(kept, store):
    place = named_place("manifest", ROOT)
    store.put_named("manifest", ROOT, b"first")
    whole = kept.read(place)
    for damage in (b"", whole[:-1], whole + b"a", whole[:10], b"0" * 64 + b"\nfirst", whole.replace(b"\n", b" ")):
        kept.spoil(place, damage)
        with pytest.raises(BlobCorrupted, match="manifest"):
            store.get_named("manifest", ROOT)
        store.put_named("manifest", ROOT, b"first")
        assert store.get_named("manifest", ROOT) == b"first"


@pytest.mark.parametrize("kind", ["", "..", "a/b", "../sha256", "A", "-a", "a.b", "a" * 33, "a\n", "\u0430"])
def test_a_kind_that_is_not_a_plain_word_reaches_no_file(store, kind):
    with pytest.raises(BlobKeyInvalid):
        store.put_named(kind, ROOT, b"a")
    with pytest.raises(BlobKeyInvalid):
        store.get_named(kind, ROOT)
    with pytest.raises(BlobKeyInvalid):
        list(store.names(kind))
