"""Open the blob store that an address names."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from sebrus.store.blobs import BlobStore, BlobUrlUnsupported
from sebrus.store.disk import DiskBlobs


def open_blobs(url: str) -> BlobStore:
    """Open the store that ``SEBRUS_BLOB_URL`` names.

    >>> open_blobs("file:///srv/sebrus/blobs")  # doctest: +SKIP
    >>> open_blobs("s3://bucket/prefix?endpoint=https://s3.example")  # doctest: +SKIP

    Raises:
        BlobUrlUnsupported: if the address is neither ``file://`` and an absolute path nor ``s3://`` and a bucket.
        BlobUnreachable: if the bucket cannot be used.
        BlobNotWritten: if the folder cannot be made.
        ModuleNotFoundError: if it is an ``s3://`` address and the package `botocore` is missing.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        from sebrus.store.s3 import S3Blobs, read_address

        return S3Blobs(read_address(url))
    path = Path(unquote(parts.path))
    plain = parts.netloc in ("", "localhost") and not parts.query and not parts.fragment
    if parts.scheme != "file" or not plain or not path.is_absolute() or "\0" in str(path):
        raise BlobUrlUnsupported(
            f"SEBRUS_BLOB_URL is {url!r}, which is no place for images; give it as s3:// and a bucket, or as "
            "file:// and an absolute path, such as file:///srv/sebrus/blobs."
        )
    return DiskBlobs(path)
