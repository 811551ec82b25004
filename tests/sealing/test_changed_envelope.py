"""Whoever keeps an envelope and changes it gets nothing opened but the opening that was sealed."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sebrus.sealing import (
    KeeperKey,
    ReleasedShare,
    SealedOpening,
    SealingError,
    SeatOnChain,
    release,
    seal,
    unseal,
)

Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place in the envelope that holds text or a number."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path


def changed_at(value: Any, path: Path, number: int) -> Any:
    """A copy of the envelope with one bit of one hexadecimal field flipped, or one number changed."""
    value = copy.deepcopy(value)
    holder = value
    for step in path[:-1]:
        holder = holder[step]
    old = holder[path[-1]]
    if isinstance(old, str):
        raw = bytearray.fromhex(old[2:])
        raw[number // 8 % len(raw)] ^= 1 << number % 8
        holder[path[-1]] = "0x" + raw.hex()
    else:
        holder[path[-1]] = old ^ 1 << number % 5
    return value


def opened(
    text: str | bytes, keepers: list[KeeperKey], before: list[ReleasedShare], revealing: SeatOnChain
) -> list[bytes | None]:
    """What comes out with shares released before the change, and with shares of who releases after it."""
    try:
        sealed = SealedOpening.from_json(text)
    except SealingError:
        return [None, None]
    after = []
    for key in keepers:
        try:
            after.append(release(sealed, key, revealing))
        except SealingError:
            continue
    results: list[bytes | None] = []
    for shares in (before, after):
        try:
            results.append(unseal(sealed, shares, revealing.binding))
        except SealingError:
            results.append(None)
    return results


@pytest.fixture(scope="session")
def released(sealed: SealedOpening, keepers: list[KeeperKey], revealing: SeatOnChain) -> list[ReleasedShare]:
    return [release(sealed, key, revealing) for key in keepers]


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_bit_flipped_in_any_field(
    sealed: SealedOpening,
    keepers: list[KeeperKey],
    released: list[ReleasedShare],
    revealing: SeatOnChain,
    opening: bytes,
    data: st.DataObject,
) -> None:
    envelope = sealed.to_dict()
    path = data.draw(st.sampled_from(list(leaves(envelope))))
    changed = changed_at(envelope, path, data.draw(st.integers(0, 8 * 130)))
    results = opened(json.dumps(changed), keepers, released, revealing)
    if path[-1] == "ciphertext" and path[0] == "shares":
        # One keeper cannot open its share any more; the other two suffice.
        assert results == [opening, opening]
    elif path[-1] == "encapsulated":
        # The same, or the key is no longer written as one.
        assert results in ([opening, opening], [None, None])
    else:
        assert results == [None, None]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_byte_changed_anywhere_in_the_text(
    sealed: SealedOpening,
    keepers: list[KeeperKey],
    released: list[ReleasedShare],
    revealing: SeatOnChain,
    opening: bytes,
    data: st.DataObject,
) -> None:
    text = bytearray(sealed.to_json().encode())
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] = data.draw(st.integers(0, 255))
    assert set(opened(bytes(text), keepers, released, revealing)) <= {opening, None}


@settings(deadline=None)
@given(st.data())
def test_parts_of_two_envelopes_mixed(
    sealed: SealedOpening,
    keepers: list[KeeperKey],
    released: list[ReleasedShare],
    revealing: SeatOnChain,
    opening: bytes,
    data: st.DataObject,
) -> None:
    """Mallory seals verdicts of her own for the same seat and mixes parts: either opening whole, or none."""
    other = seal(b"mallory's verdicts", revealing.binding, sealed.keepers, 2)
    mixed = replace(
        sealed,
        key_check=data.draw(st.sampled_from([sealed.key_check, other.key_check])),
        ciphertext=data.draw(st.sampled_from([sealed.ciphertext, other.ciphertext])),
        shares=tuple(
            replace(
                mine,
                commitment=data.draw(st.sampled_from([mine.commitment, theirs.commitment])),
                encapsulated=data.draw(st.sampled_from([mine.encapsulated, theirs.encapsulated])),
                ciphertext=data.draw(st.sampled_from([mine.ciphertext, theirs.ciphertext])),
            )
            for mine, theirs in zip(sealed.shares, other.shares, strict=True)
        ),
    )
    for result in opened(mixed.to_json(), keepers, released, revealing):
        assert result is None or (result == opening) == (mixed.ciphertext == sealed.ciphertext)
