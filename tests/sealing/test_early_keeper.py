"""Shares stay sealed while anybody may still commit, and a keeper who cheats alone learns nothing."""

from dataclasses import replace

import pytest

from sebrus.sealing import KeeperKey, SealedOpening, SealingError, SeatOnChain, release, unseal
from sebrus.sealing.shamir import combine


@pytest.mark.parametrize(
    ("committed", "now", "begun"),
    [
        (0b01000, 999, False),
        (0b01000, 1_000, False),  # the contract takes commitments at the deadline itself
        (0b01000, 1_001, True),
        (0b01111, 999, False),
        (0b11111, 1, True),
    ],
)
def test_early_keeper(
    sealed: SealedOpening, keepers: list[KeeperKey], revealing: SeatOnChain, committed: int, now: int, begun: bool
) -> None:
    seen = replace(revealing, committed=committed, now=now)
    assert seen.reveals_begun is begun
    if begun:
        assert release(sealed, keepers[0], seen).place == 1
    else:
        with pytest.raises(SealingError, match="Others may still commit"):
            release(sealed, keepers[0], seen)


def test_early_keeper_alone_can_take_the_key_for_any(
    sealed: SealedOpening, keepers: list[KeeperKey], revealing: SeatOnChain
) -> None:
    """The early keeper opens its share against the rules: for each key there is a second share that leads to it."""
    mine = release(sealed, keepers[0], revealing)
    led_to = {combine({1: mine.share, 2: bytes([guess]) * 32}) for guess in range(256)}
    for lane in range(32):
        assert {key[lane] for key in led_to} == set(range(256))
    with pytest.raises(SealingError, match="1 came"):
        unseal(sealed, [mine], revealing.binding)


def test_a_seat_that_has_not_committed_has_nothing_to_release(revealing: SeatOnChain) -> None:
    with pytest.raises(SealingError, match="Nothing is committed on chain in seat 3"):
        replace(revealing, committed=0b00001)


@pytest.mark.parametrize(
    "odd", [{"seats": 0}, {"seats": 33}, {"seats": 3}, {"committed": 0b101000}, {"now": -1}, {"commit_deadline": 2**40}]
)
def test_what_cannot_be_on_chain(revealing: SeatOnChain, odd: dict[str, int]) -> None:
    with pytest.raises(SealingError, match="must be a whole number"):
        replace(revealing, **odd)  # type: ignore[arg-type]
