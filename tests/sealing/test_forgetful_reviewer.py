"""The reviewer closes the laptop: enough keepers open the verdicts, too few do not."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sebrus.sealing import Binding, KeeperKey, SealedOpening, SealingError, SeatOnChain, release, seal, unseal
from sebrus.sealing.opening import MAX_OPENING_BYTES


def test_two_of_three_suffice_one_does_not(
    sealed: SealedOpening, keepers: list[KeeperKey], revealing: SeatOnChain, opening: bytes
) -> None:
    shares = [release(sealed, key, revealing) for key in keepers]
    for pair in combinations(shares, 2):
        assert unseal(sealed, pair, revealing.binding) == opening
    assert unseal(sealed, shares, revealing.binding) == opening
    for share in shares:
        with pytest.raises(SealingError, match="Opening this takes 2 keepers' shares; 1 came"):
            unseal(sealed, [share], revealing.binding)
    with pytest.raises(SealingError, match="0 came"):
        unseal(sealed, [], revealing.binding)


def test_one_share_twice_is_one_share(sealed: SealedOpening, keepers: list[KeeperKey], revealing: SeatOnChain) -> None:
    share = release(sealed, keepers[0], revealing)
    with pytest.raises(SealingError, match="1 came"):
        unseal(sealed, [share, share], revealing.binding)


def test_a_share_twice_among_enough(
    sealed: SealedOpening, keepers: list[KeeperKey], revealing: SeatOnChain, opening: bytes
) -> None:
    first, second = (release(sealed, key, revealing) for key in keepers[:2])
    assert unseal(sealed, [first, first, second, first], revealing.binding) == opening


def test_what_is_kept_as_json_opens(
    sealed: SealedOpening, keepers: list[KeeperKey], revealing: SeatOnChain, opening: bytes
) -> None:
    kept = SealedOpening.from_json(sealed.to_json())
    assert kept == sealed
    shares = [release(kept, key, revealing) for key in keepers[1:]]
    read = [type(share).from_dict(share.to_dict()) for share in shares]
    assert unseal(kept, read, revealing.binding) == opening


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=1, max_size=MAX_OPENING_BYTES), st.data())
def test_any_number_of_keepers(revealing: SeatOnChain, opening: bytes, data: st.DataObject) -> None:
    keys = [KeeperKey.generate() for _ in range(data.draw(st.integers(1, 16), label="keepers"))]
    threshold = data.draw(st.integers(1, len(keys)), label="threshold")
    sealed = seal(opening, revealing.binding, [key.public for key in keys], threshold)
    present = data.draw(st.permutations(keys), label="present")[:threshold]
    shares = [release(SealedOpening.from_json(sealed.to_json()), key, revealing) for key in present]
    assert unseal(sealed, shares, revealing.binding) == opening
    with pytest.raises(SealingError):
        unseal(sealed, shares[1:], revealing.binding)


def test_the_same_opening_is_never_sealed_alike(binding: Binding, keepers: list[KeeperKey], opening: bytes) -> None:
    public = [key.public for key in keepers]
    first, second = (seal(opening, binding, public, 2) for _ in range(2))
    assert first.ciphertext != second.ciphertext
    assert first.key_check != second.key_check
    for a, b in zip(first.shares, second.shares, strict=True):
        assert a.commitment != b.commitment and a.encapsulated != b.encapsulated and a.ciphertext != b.ciphertext
