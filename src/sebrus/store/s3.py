"""Blobs in a bucket of any S3-compatible store, under the same names as on a disk.

Two rules make it as safe as the disk: a blob is named by its own sha256, so writing it again changes nothing, and a
named document is written only where there is none (`If-None-Match: *`, RFC 9110, 13.1.2), which the store decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sebrus.store.blobs import (
    DIGEST,
    BlobCorrupted,
    BlobError,
    BlobMissing,
    BlobNotWritten,
    BlobUnreachable,
    BlobUrlUnsupported,
    blob_place,
    checked,
    conflict,
    digest_of,
    kind_place,
    missing,
    named_place,
    opened,
    sealed,
)

CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 30
ATTEMPTS: Final = 4
AT_ONCE: Final = 16
_ABSENT: Final = {"404", "NoSuchKey", "NotFound"}
_TAKEN: Final = {"412", "PreconditionFailed"}
_RACING: Final = {"409", "ConditionalRequestConflict", "ConcurrentModification"}


@dataclass(frozen=True)
class Address:
    """A bucket, what our names in it begin with, and where it is."""

    bucket: str
    prefix: str
    endpoint: str | None
    region: str | None


def read_address(url: str) -> Address:
    """Read ``s3://bucket/prefix?endpoint=https://host&region=name``; all but the bucket may be left out.

    >>> read_address("s3://images/sebrus").prefix
    'sebrus/'

    Raises:
        BlobUrlUnsupported: it is not of this form, or holds a name and a password, which belong elsewhere.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    endpoint = options.get("endpoint")
    plain = parts.scheme == "s3" and parts.netloc and "@" not in parts.netloc and not parts.fragment
    if not plain or set(options) - {"endpoint", "region"} or (endpoint is not None and not _is_http(endpoint)):
        raise BlobUrlUnsupported(
            "SEBRUS_BLOB_URL is no address of a bucket; give it as s3://bucket/prefix?endpoint=https://host, "
            "and the keys as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    prefix = unquote(parts.path).strip("/")
    return Address(parts.netloc, f"{prefix}/" if prefix else "", endpoint, options.get("region"))


class S3Blobs:
    """Keep blobs in a bucket; credentials are those of the environment, as every tool of S3 finds them.

    Args:
        address: where the bucket is.

    Raises:
        BlobUnreachable: if the bucket is not there, or not for us.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._client = botocore.session.get_session().create_client(
            "s3",
            endpoint_url=address.endpoint,
            region_name=address.region or "us-east-1",
            config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                max_pool_connections=2 * AT_ONCE,
                # Only Amazon knows the newer checksums; the signature over the body guards it on the way in.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                s3={"payload_signing_enabled": True, "addressing_style": "path" if address.endpoint else "auto"},
            ),
        )
        with self._asking():
            self._client.head_bucket(Bucket=address.bucket)

    def put(self, data: bytes) -> str:
        """See `BlobStore.put`; the bytes are sent even where they are stored, which also heals them."""
        sha256 = digest_of(data)
        self._write(blob_place(sha256), data)
        return sha256

    def put_all(self, many: Iterable[bytes]) -> list[str]:
        """See `BlobStore.put_all`: several are under way at a time."""
        with ThreadPoolExecutor(AT_ONCE) as sending:
            return list(sending.map(self.put, many))

    def get(self, sha256: str) -> bytes:
        """See `BlobStore.get`."""
        return checked(sha256, self._read(blob_place(sha256), sha256))

    def has(self, sha256: str) -> bool:
        """See `BlobStore.has`."""
        return self._size(blob_place(sha256)) is not None

    def size(self, sha256: str) -> int:
        """See `BlobStore.size`."""
        found = self._size(blob_place(sha256))
        if found is None:
            raise missing(sha256)
        return found

    def __iter__(self) -> Iterator[str]:
        """See `BlobStore`."""
        return self._digests_below("sha256")

    def put_named(self, kind: str, key_hex: str, data: bytes) -> None:
        """See `BlobStore.put_named`."""
        place = named_place(kind, key_hex)
        for _ in range(ATTEMPTS):
            try:
                if self.get_named(kind, key_hex) != data:
                    raise conflict(kind, key_hex)
                return
            except BlobCorrupted:
                self._write(place, sealed(data))
                return
            except BlobMissing:
                if self._write(place, sealed(data), unless_taken=True):
                    return
        raise BlobNotWritten(f"Others write the {kind} {key_hex} all the time; nothing was stored, send it again.")

    def get_named(self, kind: str, key_hex: str) -> bytes:
        """See `BlobStore.get_named`."""
        return opened(kind, key_hex, self._read(named_place(kind, key_hex), f"{kind} {key_hex}"))

    def has_named(self, kind: str, key_hex: str) -> bool:
        """See `BlobStore.has_named`."""
        return self._size(named_place(kind, key_hex)) is not None

    def names(self, kind: str) -> Iterator[str]:
        """See `BlobStore.names`."""
        return self._digests_below(kind_place(kind))

    def _where(self, place: str) -> dict[str, str]:
        return {"Bucket": self._address.bucket, "Key": self._address.prefix + place}

    def _write(self, place: str, data: bytes, *, unless_taken: bool = False) -> bool:
        """Write an object; False if there is one already and it may not be replaced."""
        condition = {"IfNoneMatch": "*"} if unless_taken else {}
        try:
            with self._asking(BlobNotWritten):
                self._client.put_object(**self._where(place), Body=data, **condition)
        except BlobNotWritten as refused:
            if unless_taken and _code(refused.__cause__) in _TAKEN | _RACING:
                return False
            raise
        return True

    def _read(self, place: str, name: str) -> bytes:
        try:
            with self._asking():
                answer: bytes = self._client.get_object(**self._where(place))["Body"].read()
                return answer
        except BlobUnreachable as error:
            if _code(error.__cause__) in _ABSENT:
                raise missing(name) from error
            raise

    def _size(self, place: str) -> int | None:
        try:
            with self._asking():
                return int(self._client.head_object(**self._where(place))["ContentLength"])
        except BlobUnreachable as error:
            if _code(error.__cause__) in _ABSENT:
                return None
            raise

    def _digests_below(self, place: str) -> Iterator[str]:
        """The last parts of names below a place; the store lists them in order."""
        start = f"{self._address.prefix}{place}/"
        pages = iter(self._client.get_paginator("list_objects_v2").paginate(Bucket=self._address.bucket, Prefix=start))
        while True:
            with self._asking():
                page = next(pages, None)
            if page is None:
                return
            keys = (entry["Key"].removeprefix(start) for entry in page.get("Contents", []))
            yield from (key[3:] for key in keys if DIGEST.fullmatch(key[3:]) and key[:3] == f"{key[3:5]}/")

    @contextmanager
    def _asking(self, kind: type[BlobError] = BlobUnreachable) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            where = self._address.endpoint or "Amazon S3"
            what = "nothing was stored, so send it again" if kind is BlobNotWritten else "try again"
            raise kind(
                f"The bucket {self._address.bucket} at {where} does not do what it is asked ({_plainly(error)}); "
                f"check the address, the keys and the store, then {what}."
            ) from error


def _is_http(endpoint: str) -> bool:
    parts = urlsplit(endpoint)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None


def _code(error: BaseException | None) -> str:
    """The store's own word for what went wrong; empty where it did not answer."""
    if not isinstance(error, ClientError):
        return ""
    answer: dict[str, Any] = error.response
    return str(answer.get("Error", {}).get("Code", ""))


def _plainly(error: Exception) -> str:
    code = _code(error)
    return f"it says {code}" if code else type(error).__name__
