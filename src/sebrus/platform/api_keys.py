"""Keys that accounts make for their programs: shown once, kept as hashes, good for named scopes and until a day."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Sequence
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sebrus.platform.application import Application
from sebrus.platform.refusals import Refused, not_found
from sebrus.store.models import ApiKey

Scope = Literal["read", "contribute", "review", "money"]
SCOPES: tuple[Scope, ...] = ("read", "contribute", "review", "money")
MOST_KEYS = 50
LONGEST_SECONDS = 366 * 24 * 3600
USE_SECONDS = 60
"""How exactly it is kept when a key was used last."""

_KEY = re.compile("sebrus_(?P<id>[0-9a-f]{16})_(?P<secret>[0-9a-f]{64})")


def make_key(
    application: Application, account: str, name: str, scopes: Sequence[Scope], expires: int
) -> tuple[ApiKey, str]:
    """Make a key for an account, good until `expires` (seconds since 1970); returns it with its text.

    Raises:
        Refused: it would expire at once or later than in a year, or the account has too many.
    """
    now, secret = int(time.time()), secrets.token_hex(32)
    if not now < expires <= now + LONGEST_SECONDS:
        raise Refused("expiry_out_of_range", "A key must expire in the future, within a year; choose another time.")
    row = ApiKey(
        id=secrets.token_hex(8),
        account=account,
        name=name,
        secret_sha256=_hash(secret),
        scopes=[scope for scope in SCOPES if scope in scopes],
        created=now,
        expires=expires,
        last_used=None,
    )
    with application.database.write() as session:
        if (session.scalar(select(func.count()).where(ApiKey.account == account)) or 0) >= MOST_KEYS:
            raise Refused("too_many_keys", f"An account has at most {MOST_KEYS} keys; revoke one first.", 409)
        session.add(row)
    return row, f"sebrus_{row.id}_{secret}"


def key_of(application: Application, text: str) -> ApiKey:
    """The key that a program sent.

    Raises:
        Refused: there is no such key, or it has expired.
    """
    found = _KEY.fullmatch(text)
    if found is not None:
        with application.database.read() as session:
            row = session.get(ApiKey, found["id"])
        if row is not None and hmac.compare_digest(row.secret_sha256, _hash(found["secret"])):
            if row.expires > time.time():
                return row
            raise Refused("key_invalid", "The API key has expired; make another.", 401)
    raise Refused("key_invalid", "There is no such API key, or it was revoked; make another.", 401)


def note_use(application: Application, key: ApiKey) -> None:
    """Keep when a key was used last; within the same minute nothing is written."""
    now = int(time.time())
    if key.last_used is not None and now - key.last_used < USE_SECONDS:
        return
    with application.database.write() as session:
        row = session.get(ApiKey, key.id)
        if row is not None:
            row.last_used = now


def keys_of(session: Session, account: str) -> list[ApiKey]:
    """The keys of an account, the newest first, expired ones too."""
    query = select(ApiKey).where(ApiKey.account == account)
    return list(session.scalars(query.order_by(ApiKey.created.desc(), ApiKey.id)))


def revoke_key(application: Application, account: str, key_id: str) -> None:
    """Revoke a key of an account.

    Raises:
        Refused: the account has no such key.
    """
    with application.database.write() as session:
        row = session.get(ApiKey, key_id)
        if row is None or row.account != account:
            raise not_found("key", key_id)
        session.delete(row)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
