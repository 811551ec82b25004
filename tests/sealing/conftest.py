"""A reviewer in seat 3, three keepers of whom two suffice, and what the chain shows once reveals have begun."""

import pytest

from sebrus.protocol.keccak import checksum_address
from sebrus.sealing import Binding, KeeperKey, SealedOpening, SeatOnChain, encode_opening, seal


@pytest.fixture(scope="session")
def keepers() -> list[KeeperKey]:
    return [KeeperKey.from_bytes(bytes([n]) * 32) for n in (1, 2, 3)]


@pytest.fixture(scope="session")
def binding() -> Binding:
    return Binding(
        chain_id=31337,
        contract=checksum_address(b"\xc0" * 20),
        batch_id=b"\xba" * 32,
        round=1,
        seat=3,
        reviewer=checksum_address(b"\xee" * 20),
        commitment=b"\xc4" * 32,
    )


@pytest.fixture(scope="session")
def opening() -> bytes:
    return encode_opening(3, b"\x5a" * 32, [0b1011])


@pytest.fixture(scope="session")
def sealed(opening: bytes, binding: Binding, keepers: list[KeeperKey]) -> SealedOpening:
    return seal(opening, binding, [key.public for key in keepers], threshold=2)


@pytest.fixture(scope="session")
def revealing(binding: Binding) -> SeatOnChain:
    """The commit deadline has passed; seats 0 and 3 of 5 have committed."""
    return SeatOnChain(binding, seats=5, committed=0b01001, commit_deadline=1_000, now=1_001)
