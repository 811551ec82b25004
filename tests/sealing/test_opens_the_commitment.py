"""What comes out must open the commitment on chain: so nobody, not all keepers together, can change verdicts."""

from dataclasses import replace

import pytest

from sebrus.protocol import Ballot, Domain, bitmap_hash, eip712_digest
from sebrus.sealing import Binding, KeeperKey, SeatOnChain, decode_opening, encode_opening, release, seal, unseal

SALT = b"\x5a" * 32
VERDICTS = [0b1011]


def digest_of(binding: Binding, salt: bytes, verdicts: tuple[int, ...]) -> bytes:
    """The commitment that an opening opens, as the contract computes it."""
    ballot = Ballot(
        batch_id=binding.batch_id,
        round=binding.round,
        screening=b"\x5c" * 32,
        panel_hash=b"\x9a" * 32,
        reviewer=binding.reviewer,
        verdicts_hash=bitmap_hash(verdicts),
        salt=salt,
    )
    return eip712_digest(Domain(binding.chain_id, binding.contract), ballot)


@pytest.fixture
def committed(revealing: SeatOnChain) -> SeatOnChain:
    """The seat with the commitment of `VERDICTS` and `SALT` on chain."""
    commitment = digest_of(revealing.binding, SALT, tuple(VERDICTS))
    return replace(revealing, binding=replace(revealing.binding, commitment=commitment))


def opens(data: bytes, seen: SeatOnChain) -> bool:
    read = decode_opening(data)
    return read.seat == seen.binding.seat and digest_of(seen.binding, read.salt, read.verdicts) == (
        seen.binding.commitment
    )


def test_a_forgetful_reviewer_is_counted(committed: SeatOnChain, keepers: list[KeeperKey]) -> None:
    public = [key.public for key in keepers]
    sealed = seal(encode_opening(3, SALT, VERDICTS), committed.binding, public, 2)
    shares = [release(sealed, key, committed) for key in keepers[:2]]
    assert opens(unseal(sealed, shares, committed.binding), committed)


def test_colluding_keepers_read_and_cannot_change(committed: SeatOnChain, keepers: list[KeeperKey]) -> None:
    """All keepers and the server together seal other verdicts for the seat: they open no commitment."""
    public = [key.public for key in keepers]
    forged = seal(encode_opening(3, SALT, [0b0100]), committed.binding, public, 2)
    shares = [release(forged, key, committed) for key in keepers]
    assert not opens(unseal(forged, shares, committed.binding), committed)


def test_a_reviewer_who_seals_other_verdicts_is_silent(committed: SeatOnChain, keepers: list[KeeperKey]) -> None:
    """What a reviewer sealed wrongly opens nothing, as if nothing had been sealed; nobody else is touched."""
    public = [key.public for key in keepers]
    for salt, verdicts, seat in ((bytes(32), VERDICTS, 3), (SALT, [0], 3), (SALT, VERDICTS, 2)):
        sealed = seal(encode_opening(seat, salt, verdicts), committed.binding, public, 1)
        assert not opens(unseal(sealed, [release(sealed, keepers[0], committed)], committed.binding), committed)
