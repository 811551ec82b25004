"""The two encryptions: the opening under a content key, and a share to a keeper's public key.

Both are from elsewhere: ChaCha20-Poly1305 (RFC 8439) with a key from HKDF-SHA256 (RFC 5869), and HPKE (RFC 9180)
in its base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305.
"""

import hmac

from Crypto.Cipher import ChaCha20_Poly1305
from Crypto.Hash import SHA256
from Crypto.Protocol import HPKE
from Crypto.Protocol.DH import import_x25519_private_key, import_x25519_public_key
from Crypto.Protocol.KDF import HKDF

from sebrus.sealing.envelope import KEY_BYTES, TAG, TAG_BYTES
from sebrus.sealing.errors import SealingError

# Each key encrypts one message, so the nonce may be fixed.
_NONCE = bytes(12)


def derive_keys(content_key: bytes, context: bytes) -> tuple[bytes, bytes]:
    """Return the key that encrypts the opening, and the key check: 32 bytes each.

    The check is public and commits to the key. ChaCha20-Poly1305 does not: someone who knows two keys can make one
    ciphertext that opens under both (Albertini et al., "How to Abuse and Fix Authenticated Encryption Without Key
    Commitment", USENIX Security 2022), so that some keepers would open other verdicts than the others.
    """
    material = HKDF(content_key, 2 * KEY_BYTES, context, SHA256, context=TAG + b" key")
    assert isinstance(material, bytes), "one key was asked for"
    return material[:KEY_BYTES], material[KEY_BYTES:]


def is_same(left: bytes, right: bytes) -> bool:
    """Compare in time that does not depend on where they differ."""
    return hmac.compare_digest(left, right)


def encrypt_opening(key: bytes, header: bytes, opening: bytes) -> bytes:
    """Return the ciphertext and its tag, bound to the header."""
    cipher = ChaCha20_Poly1305.new(key=key, nonce=_NONCE)
    cipher.update(header)
    ciphertext, tag = cipher.encrypt_and_digest(opening)
    return ciphertext + tag


def decrypt_opening(key: bytes, header: bytes, sealed: bytes) -> bytes:
    """Return the opening; `SealingError` when anything differs from what was sealed."""
    cipher = ChaCha20_Poly1305.new(key=key, nonce=_NONCE)
    cipher.update(header)
    try:
        return cipher.decrypt_and_verify(sealed[:-TAG_BYTES], sealed[-TAG_BYTES:])
    except ValueError as error:
        raise SealingError("The sealed opening was changed after it was sealed, so it cannot be opened.") from error


def encrypt_share(keeper: bytes, header: bytes, place: int, share: bytes) -> tuple[bytes, bytes]:
    """Return the encapsulated key and the ciphertext; `SealingError` when the public key is of small order."""
    try:
        public = import_x25519_public_key(keeper)
        cipher = HPKE.new(receiver_key=public, aead_id=HPKE.AEAD.CHACHA20_POLY1305, info=_info(header, place))
        return cipher.enc, bytes(cipher.seal(share))
    except ValueError as error:
        raise SealingError(f"Keeper {place}'s public key is not a usable X25519 key; ask the keeper for it.") from error


def decrypt_share(private: bytes, encapsulated: bytes, header: bytes, place: int, ciphertext: bytes) -> bytes:
    """Return what `encrypt_share` encrypted; `SealingError` when anything differs."""
    try:
        cipher = HPKE.new(
            receiver_key=import_x25519_private_key(private),
            aead_id=HPKE.AEAD.CHACHA20_POLY1305,
            enc=encapsulated,
            info=_info(header, place),
        )
        return bytes(cipher.unseal(ciphertext))
    except ValueError as error:
        raise SealingError(f"The share of keeper {place} was changed after it was sealed.") from error


def public_key_of(private: bytes) -> bytes:
    """Return the X25519 public key (32 bytes) of a private key (32 bytes)."""
    return import_x25519_private_key(private).public_key().export_key(format="raw")


def _info(header: bytes, place: int) -> bytes:
    return TAG + b" share" + header + bytes([place])
