"""Keys encrypted under a passphrase, in the form wallets read: Web3 Secret Storage, version 3, with scrypt (RFC 7914).

The file tells the account's address to whoever reads it, and nothing else of the key.
"""

from __future__ import annotations

import json
from pathlib import Path

from eth_account import Account
from eth_utils.exceptions import ValidationError

LARGEST_BYTES = 10_000


class KeystoreInvalid(Exception):
    """A keystore or its passphrase cannot be used; the message says why."""


def is_keystore(text: str) -> bool:
    """Whether a key file's text is a keystore rather than the key itself."""
    return text.lstrip().startswith("{")


def encrypt_key(key: bytes, passphrase: str) -> str:
    """The keystore of a private key, one line of JSON."""
    return json.dumps(Account.encrypt(key, passphrase))


def decrypt_key(text: str, passphrase: str) -> bytes:
    """The private key of a keystore.

    Raises:
        KeystoreInvalid: it is none, or the passphrase is another.
    """
    try:
        stored = json.loads(text)
        if not isinstance(stored, dict) or len(text) > LARGEST_BYTES:
            raise TypeError
        return bytes(Account.decrypt(stored, passphrase))
    except ValueError as error:
        if "MAC" in str(error):
            raise KeystoreInvalid("the passphrase does not open it; give the one it was encrypted with.") from None
        raise _broken() from None
    except (TypeError, KeyError, AttributeError, NotImplementedError, ValidationError):
        raise _broken() from None


def _broken() -> KeystoreInvalid:
    return KeystoreInvalid("it is no Web3 Secret Storage of version 3; restore it from a backup.")


def read_passphrase(path: Path) -> str:
    """The passphrase in a file, without the newline that editors leave at its end.

    Raises:
        KeystoreInvalid: it cannot be read or is empty.
    """
    try:
        passphrase = path.read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise KeystoreInvalid(f"The passphrase's file {path} cannot be read; check the path and its mode.") from None
    if not passphrase:
        raise KeystoreInvalid(f"The passphrase's file {path} is empty; write the passphrase into it.")
    return passphrase
