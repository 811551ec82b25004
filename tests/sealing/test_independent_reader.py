"""What docs/sealing.md says is enough: a reader written from it and the RFCs opens what the package sealed.

Nothing of the package is used but the envelope's JSON. X25519 is RFC 7748, HPKE RFC 9180, HKDF RFC 5869; only
ChaCha20-Poly1305 is a library's.
"""

import hashlib
import hmac
from typing import Any

from Crypto.Cipher import ChaCha20_Poly1305

from sebrus.sealing import KeeperKey, SealedOpening

P = 2**255 - 19
TAG = b"SeBRUS sealed opening 1"


def x25519(scalar: bytes, point: bytes) -> bytes:
    """RFC 7748, section 5: the Montgomery ladder."""
    k = int.from_bytes(scalar, "little") & ~7 & ~(1 << 255) | 1 << 254
    x1 = int.from_bytes(point, "little") % 2**255 % P
    x2, z2, x3, z3 = 1, 0, x1, 1
    for bit in reversed(range(255)):
        swap = k >> bit & 1
        if swap:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = (x2 + z2) % P, (x2 - z2) % P, (x3 + z3) % P, (x3 - z3) % P
        da, cb, e = d * a, c * b, a * a - b * b
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = a * a * b * b % P, e * (a * a + 121665 * e) % P
        if swap:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def extract(salt: bytes, material: bytes) -> bytes:
    return hmac.digest(salt, material, "sha256")


def expand(key: bytes, info: bytes, length: int) -> bytes:
    blocks, block = b"", b""
    for number in range(1, -(-length // 32) + 1):
        block = hmac.digest(key, block + info + bytes([number]), "sha256")
        blocks += block
    return blocks[:length]


def hpke_open(private: bytes, encapsulated: bytes, info: bytes, ciphertext: bytes) -> bytes:
    """RFC 9180, sections 4.1 and 5.1.1: base mode with KEM 0x0020, KDF 0x0001, AEAD 0x0003."""

    def labeled_extract(suite: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
        return extract(salt, b"HPKE-v1" + suite + label + material)

    def labeled_expand(suite: bytes, key: bytes, label: bytes, context: bytes, length: int) -> bytes:
        return expand(key, length.to_bytes(2) + b"HPKE-v1" + suite + label + context, length)

    kem, suite = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x03"
    public = x25519(private, (9).to_bytes(32, "little"))
    agreed = labeled_extract(kem, b"", b"eae_prk", x25519(private, encapsulated))
    shared = labeled_expand(kem, agreed, b"shared_secret", encapsulated + public, 32)
    context = (
        b"\x00" + labeled_extract(suite, b"", b"psk_id_hash", b"") + labeled_extract(suite, b"", b"info_hash", info)
    )
    secret = labeled_extract(suite, shared, b"secret", b"")
    key = labeled_expand(suite, secret, b"key", context, 32)
    nonce = labeled_expand(suite, secret, b"base_nonce", context, 12)
    return ChaCha20_Poly1305.new(key=key, nonce=nonce).decrypt_and_verify(ciphertext[:-16], ciphertext[-16:])


def multiply(a: int, b: int) -> int:
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = a << 1 ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def read(envelope: dict[str, Any], privates: dict[int, bytes]) -> bytes:
    """Open an envelope with the private keys of as many places as its threshold."""
    seat = envelope["binding"]
    shares = envelope["shares"]
    binding = (
        seat["chain_id"].to_bytes(8)
        + bytes.fromhex(seat["contract"][2:] + seat["batch_id"][2:])
        + bytes([seat["round"], seat["seat"]])
        + bytes.fromhex(seat["reviewer"][2:] + seat["commitment"][2:])
    )
    keepers = bytes.fromhex("".join(share["keeper"][2:] for share in shares))
    commitments = bytes.fromhex("".join(share["commitment"][2:] for share in shares))
    check = bytes.fromhex(envelope["key_check"][2:])
    counts = bytes([envelope["threshold"], len(shares)])
    context = hashlib.sha256(TAG + b" context" + binding + counts + keepers).digest()
    header = hashlib.sha256(TAG + b" header" + context + check + commitments).digest()
    points = {}
    for place, private in privates.items():
        share = {name: bytes.fromhex(value[2:]) for name, value in shares[place - 1].items()}
        info = TAG + b" share" + header + bytes([place])
        plain = hpke_open(private, share["encapsulated"], info, share["ciphertext"])
        said = hashlib.sha256(TAG + b" share" + context + bytes([place]) + plain[32:] + plain[:32]).digest()
        assert said == share["commitment"]
        points[place] = plain[:32]
    material = expand(extract(context, interpolate(points)), TAG + b" key", 64)
    assert material[32:] == check
    cipher = ChaCha20_Poly1305.new(key=material[:32], nonce=bytes(12))
    cipher.update(header)
    ciphertext = bytes.fromhex(envelope["ciphertext"][2:])
    return cipher.decrypt_and_verify(ciphertext[:-16], ciphertext[-16:])


def interpolate(points: dict[int, bytes]) -> bytes:
    """Lagrange at 0, byte by byte; division by trying every quotient."""
    value = bytearray(32)
    for place, share in points.items():
        weight = 1
        for other in points:
            if other != place:
                quotient = next(q for q in range(256) if multiply(q, other ^ place) == other)
                weight = multiply(weight, quotient)
        for lane in range(32):
            value[lane] ^= multiply(share[lane], weight)
    return bytes(value)


def test_the_reader_knows_x25519() -> None:
    """RFC 7748, section 6.1."""
    bob = bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
    alice = bytes.fromhex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
    assert x25519(bob, alice).hex() == "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
    assert KeeperKey.from_bytes(bob).public == x25519(bob, (9).to_bytes(32, "little"))


def test_the_reader_opens_what_was_sealed(sealed: SealedOpening, keepers: list[KeeperKey], opening: bytes) -> None:
    for places in ((1, 2), (1, 3), (2, 3)):
        assert read(sealed.to_dict(), {place: keepers[place - 1].private for place in places}) == opening
