"""A small settled dataset to release: two batches, some items rejected."""

import hashlib
from collections.abc import Callable

import pytest

from sebrus import protocol as p
from sebrus.export import BatchEvidence, ReleaseBatch, ReleaseInput, ReleaseMetadata

ADDRESSES = [p.checksum_address(p.keccak(f"export {i}".encode())[12:]) for i in range(8)]
CLASSES = ("zero", 'one: "quoted"', "zwei — é")


def picture(number: int) -> bytes:
    """Bytes that start like a PNG and differ in length."""
    return b"\x89PNG\r\n\x1a\n" + p.keccak(bytes([number])) * (1 + number % 3)


IMAGES = {hashlib.sha256(picture(n)).digest(): picture(n) for n in range(150)}


def image_bytes(sha256: bytes) -> bytes:
    return IMAGES[sha256]


def batch(dataset: p.DatasetParams, contributor: str, numbers: range, rejected: set[int]) -> ReleaseBatch:
    items = tuple((hashlib.sha256(picture(n)).digest(), n % 3) for n in numbers)
    key = p.BatchKey(dataset.dataset_id, contributor, p.batch_tree(items).root, len(items))
    accepted = tuple(p.pack_bits(index not in rejected for index in range(len(items))))
    evidence = BatchEvidence(0, tuple(ADDRESSES[3:6]), accepted, 12, p.keccak(b"transaction"))
    return ReleaseBatch(key, items, accepted, evidence)


@pytest.fixture
def release() -> ReleaseInput:
    policy = p.Policy(**dict.fromkeys(p.POLICY_BITS, 1))
    dataset = p.DatasetParams(ADDRESSES[0], ADDRESSES[1], 3, p.keccak(b"metadata"), p.ZERO32, policy)
    batches = (
        batch(dataset, ADDRESSES[2], range(120), {0, 7}),
        batch(dataset, ADDRESSES[6], range(120, 150), {29}),
    )
    metadata = ReleaseMetadata("Digits, small", CLASSES, "cc-by-4.0", "Ten digits.", b'{"classes":[]}')
    return ReleaseInput(31_337, ADDRESSES[7], dataset, metadata, 1, batches)


@pytest.fixture
def images() -> Callable[[bytes], bytes]:
    return image_bytes
