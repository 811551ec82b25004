"""Sealed openings for one keeper, as docs/sealing.md has them, with every random choice made by a stream."""

from __future__ import annotations

import hmac

from Crypto.Cipher import ChaCha20_Poly1305
from Crypto.Protocol.DH import import_x25519_private_key, import_x25519_public_key, key_agreement
from material import ADDRESSES, Json, Stream, numbered, words

from sebrus.sealing import Binding, KeeperKey, SealedOpening, encode_opening
from sebrus.sealing.encryption import derive_keys, encrypt_opening, public_key_of
from sebrus.sealing.envelope import TAG, SealedShare, context_of, header_of, share_commitment

KEM = b"KEM\x00\x20"
SUITE = b"HPKE\x00\x20\x00\x01\x00\x03"


def sealed() -> Json:
    return numbered([_case(number, count) for number, count in enumerate((1, 256, 257, 4608))])


def _case(number: int, positions: int) -> dict[str, object]:
    stream = Stream(f"sealed {number}")
    keeper = KeeperKey.from_bytes(stream.word())
    binding = Binding(
        chain_id=(31337, 1, 2**53 - 1, 11155111)[number],
        contract=ADDRESSES[number],
        batch_id=stream.word(),
        round=number,
        seat=number * 10,
        reviewer=ADDRESSES[10 + number],
        commitment=stream.word(),
    )
    salt, verdicts = stream.word(), stream.bits(positions, 80)
    content_key, blinding, ephemeral = stream.word(), stream.word(), stream.word()
    opening = encode_opening(binding.seat, salt, verdicts)
    context = context_of(binding, 1, [keeper.public])
    key, check = derive_keys(content_key, context)
    commitment = share_commitment(context, 1, content_key, blinding)
    header = header_of(context, check, [commitment])
    share = hpke_seal(ephemeral, keeper.public, TAG + b" share" + header + b"\x01", content_key + blinding)
    shares = (SealedShare(keeper.public, commitment, public_key_of(ephemeral), share),)
    envelope = SealedOpening(binding, 1, check, shares, encrypt_opening(key, header, opening))
    seat = {name: str(value) if isinstance(value, int) else value for name, value in binding.to_dict().items()}
    return seat | {
        "keeper_private": "0x" + keeper.private.hex(),
        "keeper": "0x" + keeper.public.hex(),
        "salt": "0x" + salt.hex(),
        "verdicts": words(verdicts),
        "content_key": "0x" + content_key.hex(),
        "blinding": "0x" + blinding.hex(),
        "ephemeral_private": "0x" + ephemeral.hex(),
        "opening": "0x" + opening.hex(),
        "envelope": envelope.to_json(),
    }


def hpke_seal(ephemeral: bytes, public: bytes, info: bytes, plaintext: bytes) -> bytes:
    """RFC 9180, sections 4.1 and 5.1.1, with the ephemeral key given: base mode, no associated data, first message."""
    agreed = key_agreement(
        eph_priv=import_x25519_private_key(ephemeral), static_pub=import_x25519_public_key(public), kdf=lambda z: z
    )
    agreed = bytes(agreed)
    encapsulated = public_key_of(ephemeral)
    shared = _expand(KEM, _extract(KEM, b"", b"eae_prk", agreed), b"shared_secret", encapsulated + public, 32)
    context = b"\x00" + _extract(SUITE, b"", b"psk_id_hash", b"") + _extract(SUITE, b"", b"info_hash", info)
    secret = _extract(SUITE, shared, b"secret", b"")
    key, nonce = _expand(SUITE, secret, b"key", context, 32), _expand(SUITE, secret, b"base_nonce", context, 12)
    ciphertext, tag = ChaCha20_Poly1305.new(key=key, nonce=nonce).encrypt_and_digest(plaintext)
    return ciphertext + tag


def _extract(suite: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
    return hmac.digest(salt, b"HPKE-v1" + suite + label + material, "sha256")


def _expand(suite: bytes, key: bytes, label: bytes, context: bytes, length: int) -> bytes:
    """At most one block of HKDF-Expand (RFC 5869), which is all that is asked for here."""
    info = length.to_bytes(2) + b"HPKE-v1" + suite + label + context
    return hmac.digest(key, info + b"\x01", "sha256")[:length]
