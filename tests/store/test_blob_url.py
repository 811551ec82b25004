"""SEBRUS_BLOB_URL: a folder on the local disk, and a clear sentence for anything else."""

import pytest

from sebrus.store.blobs import BlobUrlUnsupported
from sebrus.store.places import open_blobs


@pytest.mark.parametrize("host", ["", "localhost"])
def test_a_file_address_is_opened(tmp_path, host):
    store = open_blobs(f"file://{host}{tmp_path}/my%20blobs")
    assert store.root == tmp_path / "my blobs"
    assert store.get(store.put(b"a")) == b"a"


@pytest.mark.parametrize(
    "url",
    [
        "", "https://example.org/blobs", "/srv/blobs", "file:blobs", "file://server/share",
        "file:///a?b=c", "file:///a#b", "file://", "file:///a%00b",
    ],
)  # fmt: skip
def test_any_other_address_is_refused_with_what_to_write(url):
    with pytest.raises(BlobUrlUnsupported, match=r"such as file:///srv/sebrus/blobs\.$"):
        open_blobs(url)
