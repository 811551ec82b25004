"""A keeper that returns a wrong share is found out and named, and the others open without it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sebrus.sealing import (
    Binding,
    KeeperKey,
    ReleasedShare,
    SealedOpening,
    SealedShare,
    SealingError,
    SeatOnChain,
    is_right_share,
    release,
    seal,
    unseal,
    wrong_keepers,
)
from sebrus.sealing.encryption import derive_keys, encrypt_opening, encrypt_share
from sebrus.sealing.envelope import context_of, header_of, share_commitment
from sebrus.sealing.shamir import split


def flipped(data: bytes, bit: int) -> bytes:
    """`data` with one bit turned over, counted from the first byte's lowest."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def sealed_by_hand(
    opening: bytes, binding: Binding, keepers: list[KeeperKey], content_key: bytes, shares: list[bytes]
) -> SealedOpening:
    """What a hostile reviewer can seal: shares of her choice, all else as it should be."""
    public = [key.public for key in keepers]
    context = context_of(binding, 2, public)
    key, check = derive_keys(content_key, context)
    commitments = [share_commitment(context, place, share, bytes(32)) for place, share in enumerate(shares, start=1)]
    header = header_of(context, check, commitments)
    sealed = tuple(
        SealedShare(public[i], commitments[i], *encrypt_share(public[i], header, i + 1, shares[i] + bytes(32)))
        for i in range(len(keepers))
    )
    return SealedOpening(binding, 2, check, sealed, encrypt_opening(key, header, opening))


@settings(deadline=None)
@given(liar=st.integers(0, 2), bit=st.integers(0, 511))
def test_tampered_share_is_named(
    sealed: SealedOpening, keepers: list[KeeperKey], revealing: SeatOnChain, opening: bytes, liar: int, bit: int
) -> None:
    shares = [release(sealed, key, revealing) for key in keepers]
    tampered = flipped(shares[liar].share + shares[liar].blinding, bit)
    shares[liar] = ReleasedShare(liar + 1, tampered[:32], tampered[32:])
    assert unseal(sealed, shares, revealing.binding) == opening
    assert wrong_keepers(sealed, shares) == (liar + 1,)
    honest = shares[liar - 1]
    with pytest.raises(SealingError) as refusal:
        unseal(sealed, [honest, shares[liar]], revealing.binding)
    assert refusal.value.keepers == (liar + 1,)
    named = f"The share of keeper {liar + 1} (0x{keepers[liar].public.hex()}) is not the one sealed for it."
    assert str(refusal.value) == f"Opening this takes 2 keepers' shares; 1 came. {named}"


def test_the_honest_are_not_named(sealed: SealedOpening, keepers: list[KeeperKey], revealing: SeatOnChain) -> None:
    shares = [release(sealed, key, revealing) for key in keepers]
    assert all(is_right_share(sealed, share) for share in shares)
    assert wrong_keepers(sealed, shares) == ()


def test_swapped_shares(sealed: SealedOpening, keepers: list[KeeperKey], revealing: SeatOnChain) -> None:
    """Two keepers return each other's share: neither counts."""
    first, second, third = (release(sealed, key, revealing) for key in keepers)
    swapped = [replace(first, place=2), replace(second, place=1), third]
    with pytest.raises(SealingError, match="1 came") as refusal:
        unseal(sealed, swapped, revealing.binding)
    assert refusal.value.keepers == (1, 2)


def test_a_wrong_share_does_not_displace_the_right_one(
    sealed: SealedOpening, keepers: list[KeeperKey], revealing: SeatOnChain, opening: bytes
) -> None:
    """Somebody sends a wrong share in a keeper's name before and after the keeper does."""
    first, second = (release(sealed, key, revealing) for key in keepers[:2])
    forged = replace(first, share=bytes(32))
    assert unseal(sealed, [forged, first, second, forged], revealing.binding) == opening


def test_a_share_of_a_keeper_who_does_not_exist(
    sealed: SealedOpening, keepers: list[KeeperKey], revealing: SeatOnChain
) -> None:
    first = release(sealed, keepers[0], revealing)
    with pytest.raises(SealingError, match="keeper 9, of whom there is none"):
        unseal(sealed, [first, replace(first, place=9)], revealing.binding)


@pytest.mark.parametrize("odd", [{"place": 0}, {"place": 17}, {"share": bytes(31)}, {"blinding": bytes(33)}])
def test_what_is_no_share(odd: dict[str, object]) -> None:
    with pytest.raises(SealingError):
        ReleasedShare.from_dict({**ReleasedShare(1, bytes(32), bytes(32)).to_dict(), **odd})
    with pytest.raises(SealingError):
        replace(ReleasedShare(1, bytes(32), bytes(32)), **odd)  # type: ignore[arg-type]


def test_reviewer_seals_shares_that_do_not_fit(
    opening: bytes, binding: Binding, keepers: list[KeeperKey], revealing: SeatOnChain
) -> None:
    """A hostile reviewer's shares are committed to but give no key: refused, and no keeper is named for it."""
    shares = [bytes([place]) * 32 for place in (7, 8, 9)]
    hostile = sealed_by_hand(opening, binding, keepers, b"\x01" * 32, shares)
    released = [release(hostile, keeper, revealing) for keeper in keepers]
    assert wrong_keepers(hostile, released) == ()
    with pytest.raises(SealingError, match="The shares do not give the key") as refusal:
        unseal(hostile, released, binding)
    assert refusal.value.keepers == ()


def test_reviewer_seals_two_openings_at_once(
    opening: bytes, binding: Binding, keepers: list[KeeperKey], revealing: SeatOnChain
) -> None:
    """A hostile reviewer gives keeper 3 a share that leads to another key: an opening or none, never a second one."""
    content_key = b"\x01" * 32
    hostile = sealed_by_hand(opening, binding, keepers, content_key, [*split(content_key, 2, 2), bytes(32)])
    first, second, third = (release(hostile, keeper, revealing) for keeper in keepers)
    assert unseal(hostile, [first, second], binding) == opening
    assert unseal(hostile, [third, second, first], binding) == opening
    for pair in ([first, third], [second, third]):
        with pytest.raises(SealingError, match="The shares do not give the key"):
            unseal(hostile, pair, binding)


def test_reviewer_frames_a_keeper(
    opening: bytes, binding: Binding, keepers: list[KeeperKey], revealing: SeatOnChain
) -> None:
    """A hostile reviewer commits to another share than she seals: the keeper notices and is not blamed."""
    sealed = seal(opening, binding, [keepers[0].public], 1)
    wrong = share_commitment(sealed.context, 1, bytes(32), bytes(32))
    header = header_of(sealed.context, sealed.key_check, [wrong])
    framed = SealedShare(keepers[0].public, wrong, *encrypt_share(keepers[0].public, header, 1, b"\x01" * 64))
    with pytest.raises(SealingError, match="sealed another share for keeper 1 than committed to"):
        release(replace(sealed, shares=(framed,)), keepers[0], revealing)
    assert release(seal(opening, binding, [keepers[0].public], 1), keepers[0], revealing).place == 1
