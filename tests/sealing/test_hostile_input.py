"""Whatever comes from outside is read as what it is or refused with one sentence; nothing else escapes."""

import copy
import json
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sebrus.sealing import Binding, KeeperKey, ReleasedShare, SealedOpening, SealedShare, SealingError, seal
from sebrus.sealing.envelope import MAX_JSON_BYTES

HEX = st.binary(max_size=40).map(lambda data: "0x" + data.hex())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=70) | HEX,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=8),
    max_leaves=20,
)
READERS: list[Callable[[object], Any]] = [
    Binding.from_dict,
    SealedShare.from_dict,
    SealedOpening.from_dict,
    ReleasedShare.from_dict,
]
P = 2**255 - 19


def sentence(error: SealingError) -> str:
    """The message, which must be a sentence or two for people, and short."""
    text = str(error)
    assert re.fullmatch(r"[A-Z][^\n]{10,400}\.", text), text
    return text


@pytest.mark.parametrize("read", READERS)
@given(value=JSON)
def test_random_values(read: Callable[[object], Any], value: object) -> None:
    with pytest.raises(SealingError) as refusal:
        read(value)
    sentence(refusal.value)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_one_value_replaced(sealed: SealedOpening, data: st.DataObject) -> None:
    """Somewhere in a good envelope stands something else: refused, or read as exactly what is written."""
    envelope = copy.deepcopy(sealed.to_dict())
    holder: Any = envelope
    while True:
        step = data.draw(st.sampled_from(list(holder) if isinstance(holder, dict) else range(len(holder))))
        if not isinstance(holder[step], dict | list) or data.draw(st.booleans()):
            break
        holder = holder[step]
    holder[step] = data.draw(JSON | st.integers(0, 40))
    try:
        assert SealedOpening.from_dict(envelope).to_dict() == envelope
    except SealingError as refusal:
        sentence(refusal)


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_random_bytes_as_json(text: bytes | str) -> None:
    with pytest.raises(SealingError) as refusal:
        SealedOpening.from_json(text)
    sentence(refusal.value)


def test_json_that_hurts(sealed: SealedOpening) -> None:
    good = sealed.to_json()
    assert len(good) <= MAX_JSON_BYTES
    for text, said in [
        ("[" * MAX_JSON_BYTES, "not JSON"),
        ("9" * 5_000, "not JSON"),
        ("\xff\xfe", "not JSON"),
        (" " * MAX_JSON_BYTES + good, "at most 16384 bytes"),
        (good[:-1] + ',"threshold":1}', "names a field twice"),
        (good[:-1] + ',"extra":1}', "has fields beside"),
        (
            good.replace('"version":1', '"version":2'),
            "The version of the sealed opening must be 1.",
        ),
        (good.replace('"version":1', '"version":true'), "The version of the sealed opening must be 1."),
        (good.replace('"seat":3', '"seat":3.0'), "The seat must be a whole number"),
    ]:
        with pytest.raises(SealingError, match=said):
            SealedOpening.from_json(text)


def test_brackets_without_end() -> None:
    """Deeper than Python's own limit, which a library that is loaded may have raised."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)
    try:
        with pytest.raises(SealingError, match="not JSON"):
            SealedOpening.from_json("[" * MAX_JSON_BYTES)
    finally:
        sys.setrecursionlimit(limit)


def test_the_largest_envelope_fits(binding: Binding) -> None:
    keys = [KeeperKey.generate().public for _ in range(16)]
    large = seal(bytes(609), binding, keys, 16)
    assert SealedOpening.from_json(large.to_json()) == large


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("ciphertext", "0x" + "AB" * 81, "lower-case hexadecimal"),
        ("ciphertext", "0x abab", "lower-case hexadecimal"),
        ("ciphertext", "0xa", "lower-case hexadecimal"),
        ("ciphertext", "ab" * 81, "must be text of 0x"),
        ("ciphertext", "0x" + "ab" * 16, "must have 17 to 625 bytes; this one has 16"),
        ("ciphertext", "0x" + "ab" * 626, "must have 17 to 625 bytes; this one has 626"),
        ("key_check", "0x" + "ab" * 31, "must have 32 bytes; this one has 31"),
        ("shares", [], "a list of 1 to 16 shares"),
        ("shares", {}, "a list of 1 to 16 shares"),
        ("threshold", 0, "The threshold must be a whole number from 1 to 3."),
        ("threshold", 4, "The threshold must be a whole number from 1 to 3."),
        ("threshold", True, "The threshold must be a whole number from 1 to 3."),
    ],
)
def test_each_field_says_what_is_wrong(sealed: SealedOpening, field: str, value: object, said: str) -> None:
    with pytest.raises(SealingError, match=said) as refusal:
        SealedOpening.from_dict({**sealed.to_dict(), field: value})
    sentence(refusal.value)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("chain_id", 0, "chain id must be a whole number from 1"),
        ("chain_id", 2**53, "chain id must be a whole number from 1"),
        ("contract", "0x" + "c0" * 20, "capitals of EIP-55"),
        ("reviewer", None, "capitals of EIP-55"),
        ("reviewer", "vitalik.eth", "capitals of EIP-55"),
        ("round", 256, "round must be a whole number from 0 to 255"),
        ("commitment", "0x" + "00" * 32, "A commitment of zero binds nobody."),
    ],
)
def test_each_part_of_the_binding_says_what_is_wrong(binding: Binding, field: str, value: object, said: str) -> None:
    with pytest.raises(SealingError, match=said) as refusal:
        Binding.from_dict({**binding.to_dict(), field: value})
    sentence(refusal.value)


def test_binding_is_injective_in_its_width(binding: Binding) -> None:
    assert len(binding.encoded) == 114
    assert Binding.from_dict(json.loads(json.dumps(binding.to_dict()))) == binding


@pytest.mark.parametrize(
    ("keys", "threshold", "said"),
    [
        ([], 1, "number of keepers must be a whole number from 1 to 16"),
        ([bytes([n]) * 32 for n in range(17)], 1, "number of keepers must be a whole number from 1 to 16"),
        ([b"\x09" * 32] * 2, 1, "named twice"),
        ([b"\x09" * 31], 1, "must have 32 bytes"),
        ([(P + 9).to_bytes(32, "little")], 1, "below 2\\*\\*255 - 19"),
        ([(9 + 2**255).to_bytes(32, "little")], 1, "below 2\\*\\*255 - 19"),
        ([b"\x09" * 32], 2, "The threshold must be 1."),
        # Points of small order: whatever the sender's key, the secret they agree on would be zero.
        ([bytes(32)], 1, "Keeper 1's public key is not a usable X25519 key"),
        ([(1).to_bytes(32, "little")], 1, "Keeper 1's public key is not a usable X25519 key"),
        ([(P - 1).to_bytes(32, "little")], 1, "Keeper 1's public key is not a usable X25519 key"),
    ],
)
def test_keepers_that_cannot_be(binding: Binding, opening: bytes, keys: list[bytes], threshold: int, said: str) -> None:
    with pytest.raises(SealingError, match=said) as refusal:
        seal(opening, binding, keys, threshold)
    sentence(refusal.value)


@pytest.mark.parametrize("size", [0, 610])
def test_an_opening_of_another_size(binding: Binding, keepers: list[KeeperKey], size: int) -> None:
    with pytest.raises(SealingError, match="must have 1 to 609 bytes"):
        seal(bytes(size), binding, [keepers[0].public], 1)


@given(st.binary(max_size=40))
def test_keys_from_random_bytes(private: bytes) -> None:
    if len(private) == 32:
        assert len(KeeperKey.from_bytes(private).public) == 32
    else:
        with pytest.raises(SealingError, match="private key must have 32 bytes"):
            KeeperKey.from_bytes(private)


def test_a_key_is_never_printed() -> None:
    key = KeeperKey.generate()
    assert key.private.hex() not in repr(key) and repr(key.private) not in repr(key)
