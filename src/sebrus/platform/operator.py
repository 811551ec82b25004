"""The operator's key: it pays for relayed transactions and commits the screenings."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.exceptions import ValidationError

KEY = re.compile(r"(0x)?[0-9a-fA-F]{64}", re.ASCII)


class OperatorKeyInvalid(Exception):
    """The key file cannot be used; the message says why."""


def load_operator(path: Path) -> LocalAccount:
    """Return the operator's account; a key is made, readable by its owner only, when there is none.

    Raises:
        OperatorKeyInvalid: the file holds no private key.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write("0x" + secrets.token_hex(32) + "\n")
        try:
            os.link(temporary, path)  # fails if another process was first: then its key counts
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    try:
        text = path.read_text().strip()
        if not KEY.fullmatch(text):  # one digit short, it would be taken for another key
            raise ValueError
        account: LocalAccount = Account.from_key(text)
    except (ValueError, TypeError, ValidationError):
        # The cause would carry the file's content.
        raise OperatorKeyInvalid(f"{path} holds no private key; restore it, or move it away for a new one.") from None
    return account
