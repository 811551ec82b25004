"""An envelope serves its own seat only: moved, relabelled or taken apart, no keeper opens its share of it."""

from dataclasses import replace
from typing import Any

import pytest

from sebrus.protocol.keccak import checksum_address
from sebrus.sealing import Binding, KeeperKey, SealedOpening, SealingError, SeatOnChain, release, seal, unseal

OTHERS: list[tuple[dict[str, Any], str]] = [
    ({"chain_id": 1}, "contract 0x"),
    ({"contract": checksum_address(b"\xc1" * 20)}, "contract 0x"),
    ({"batch_id": b"\xbb" * 32}, "not for seat 3 in round 1 of batch 0xbbbb"),
    ({"round": 0}, "not for seat 3 in round 0"),
    ({"seat": 2}, "not for seat 2 in round 1"),
    ({"reviewer": checksum_address(b"\xef" * 20)}, "another reviewer or commitment"),
    ({"commitment": b"\xc5" * 32}, "another reviewer or commitment"),
]


@pytest.fixture(params=OTHERS, ids=lambda other: next(iter(other[0])))
def elsewhere(request: pytest.FixtureRequest, revealing: SeatOnChain) -> tuple[SeatOnChain, str]:
    """A seat whose reveals have begun, and that differs in one thing from the one sealed for."""
    changes, sentence = request.param
    return replace(revealing, binding=replace(revealing.binding, **changes), committed=0b11111), sentence


def test_moved_envelope(
    sealed: SealedOpening, keepers: list[KeeperKey], revealing: SeatOnChain, elsewhere: tuple[SeatOnChain, str]
) -> None:
    seen, sentence = elsewhere
    with pytest.raises(SealingError, match=sentence):
        release(sealed, keepers[0], seen)
    shares = [release(sealed, key, revealing) for key in keepers]
    with pytest.raises(SealingError, match=sentence):
        unseal(sealed, shares, seen.binding)


def test_relabelled_envelope(
    sealed: SealedOpening, keepers: list[KeeperKey], revealing: SeatOnChain, elsewhere: tuple[SeatOnChain, str]
) -> None:
    """The server writes a seat on the envelope whose reveals have begun, to have it opened early."""
    seen, _ = elsewhere
    relabelled = replace(sealed, binding=seen.binding)
    for key in keepers:
        with pytest.raises(SealingError, match="was changed after it was sealed"):
            release(relabelled, key, seen)
    shares = [release(sealed, key, revealing) for key in keepers]
    with pytest.raises(SealingError):
        unseal(relabelled, shares, seen.binding)


def test_shares_carried_over_into_ones_own_envelope(
    sealed: SealedOpening, keepers: list[KeeperKey], revealing: SeatOnChain
) -> None:
    """A reviewer of an earlier round puts another's encrypted shares into an envelope of her own."""
    mine = replace(revealing, binding=replace(revealing.binding, round=0), committed=0b11111)
    own = seal(b"anything", mine.binding, [key.public for key in keepers], 2)
    for key, stolen, place in zip(keepers, sealed.shares, range(3), strict=True):
        shares = list(own.shares)
        shares[place] = stolen
        with pytest.raises(SealingError, match="was changed after it was sealed"):
            release(replace(own, shares=tuple(shares)), key, mine)


def test_another_set_of_keepers(sealed: SealedOpening, keepers: list[KeeperKey], revealing: SeatOnChain) -> None:
    """A keeper's place is taken over, or keepers are dropped, or the threshold lowered: the others notice."""
    mallory = KeeperKey.generate()
    taken = replace(sealed, shares=(replace(sealed.shares[0], keeper=mallory.public), *sealed.shares[1:]))
    dropped = replace(sealed, shares=sealed.shares[:2])
    lowered = replace(sealed, threshold=1)
    reordered = replace(sealed, shares=sealed.shares[::-1])
    for changed in (taken, dropped, lowered, reordered):
        with pytest.raises(SealingError, match="was changed after it was sealed"):
            release(changed, keepers[1], revealing)
    with pytest.raises(SealingError, match="was changed after it was sealed"):
        release(taken, mallory, revealing)


def test_wrong_keeper(sealed: SealedOpening, revealing: SeatOnChain) -> None:
    with pytest.raises(SealingError, match="belongs to no keeper of this opening"):
        release(sealed, KeeperKey.generate(), revealing)


def test_envelopes_of_two_seats_with_the_same_verdicts(
    opening: bytes, binding: Binding, keepers: list[KeeperKey], revealing: SeatOnChain
) -> None:
    """Shares of one envelope do not open another, even with the same keepers and opening."""
    public = [key.public for key in keepers]
    one, two = (seal(opening, binding, public, 2) for _ in range(2))
    shares = [release(one, key, revealing) for key in keepers]
    assert unseal(one, shares, binding) == opening
    with pytest.raises(SealingError, match="0 came") as refusal:
        unseal(two, shares, binding)
    assert refusal.value.keepers == (1, 2, 3)
