"""The operator's key: it pays for relayed transactions, commits the screenings and opens what was sealed for us.

The file holds either the key itself (development) or a keystore that a passphrase opens (`keystore.py`).
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.exceptions import ValidationError

from sebrus.platform.keystore import KeystoreInvalid, decrypt_key, encrypt_key, is_keystore, read_passphrase

KEY = re.compile(r"(0x)?[0-9a-fA-F]{64}", re.ASCII)
OWNER_ONLY = 0o600


class OperatorKeyInvalid(Exception):
    """The key file cannot be used; the message says why."""


def load_operator(path: Path, passphrase_path: Path | None = None) -> LocalAccount:
    """Return the operator's account; a key is made, readable by its owner only, when there is none.

    A passphrase opens an encrypted key, and a key made with one at hand is encrypted from its first byte on disk.

    Raises:
        OperatorKeyInvalid: the file holds no private key, or the passphrase does not open it.
    """
    if not path.exists():
        passphrase = _passphrase(passphrase_path)
        _write_new(path, _as_text(secrets.token_bytes(32), passphrase))
    return read_key(path, passphrase_path)


def read_key(path: Path, passphrase_path: Path | None = None) -> LocalAccount:
    """Return the account of a key file, plain or encrypted; makes nothing.

    Raises:
        OperatorKeyInvalid: it holds no private key, or the passphrase does not open it.
        OSError: it cannot be read.
    """
    try:
        text = path.read_text().strip()
        if is_keystore(text):
            return _opened(path, text, _passphrase(passphrase_path))
        if not KEY.fullmatch(text):  # one digit short, it would be taken for another key
            raise ValueError
        account: LocalAccount = Account.from_key(text)
    except (ValueError, TypeError, ValidationError):
        # The cause would carry the file's content.
        raise OperatorKeyInvalid(f"{path} holds no private key; restore it, or move it away for a new one.") from None
    return account


def is_encrypted(path: Path) -> bool:
    """Whether a key file is a keystore."""
    return is_keystore(path.read_text(errors="replace"))


def write_key(path: Path, account: LocalAccount, passphrase: str | None, *, replace: bool = False) -> None:
    """Write a key whole or not at all, encrypted when there is a passphrase.

    Raises:
        OperatorKeyInvalid: there is a file and it may not be replaced.
    """
    text = _as_text(bytes(account.key), passphrase)
    if replace:
        _written_beside(path, text).replace(path)
    elif not _write_new(path, text):
        raise OperatorKeyInvalid(f"{path} exists already; move it away first.")


def passphrase_of(path: Path) -> str:
    """The passphrase in a file.

    Raises:
        OperatorKeyInvalid: it cannot be read or is empty.
    """
    try:
        return read_passphrase(path)
    except KeystoreInvalid as error:
        raise OperatorKeyInvalid(str(error)) from None


def _passphrase(path: Path | None) -> str | None:
    return passphrase_of(path) if path is not None else None


def _opened(path: Path, text: str, passphrase: str | None) -> LocalAccount:
    if passphrase is None:
        raise OperatorKeyInvalid(f"{path} is encrypted; name its passphrase's file in SEBRUS_OPERATOR_PASSPHRASE_FILE.")
    try:
        account: LocalAccount = Account.from_key(decrypt_key(text, passphrase))
    except KeystoreInvalid as error:
        raise OperatorKeyInvalid(f"{path} cannot be opened: {error}") from None
    return account


def _as_text(key: bytes, passphrase: str | None) -> str:
    return (encrypt_key(key, passphrase) if passphrase is not None else "0x" + key.hex()) + "\n"


def _write_new(path: Path, text: str) -> bool:
    """Write a file unless there is one; False where another process was first: then its key counts."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = _written_beside(path, text)
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    return True


def _written_beside(path: Path, text: str) -> Path:
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}")  # a process that died may have had our number
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return temporary
