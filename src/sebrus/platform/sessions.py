"""Sessions of signed-in accounts, kept on the server: they can be listed and ended at any time."""

from __future__ import annotations

import hashlib
import secrets
import time

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sebrus.platform.application import Application
from sebrus.platform.refusals import Refused, not_found
from sebrus.platform.sign_in import NONCE_SECONDS, SignedIn
from sebrus.store.models import AccountSession

MOST_SESSIONS = 50
"""Running sessions of one account; one more ends the oldest."""
AGENT_CHARACTERS = 120


def open_session(application: Application, signed: SignedIn, agent: str) -> tuple[AccountSession, str]:
    """Open a session for whoever signed in; returns it with its token, which is nowhere else.

    Raises:
        Refused: the nonce was used before.
    """
    now, token = int(time.time()), secrets.token_urlsafe(32)
    longest = now + application.settings.session_hours * 3600
    row = AccountSession(
        id=secrets.token_hex(8),
        account=signed.account,
        token_sha256=_hash(token),
        nonce=signed.nonce,
        agent="".join(letter for letter in agent if letter.isprintable())[:AGENT_CHARACTERS],
        created=now,
        expires=longest if signed.until is None else min(longest, signed.until),
        ended=None,
    )
    try:
        with application.database.write() as session:
            # Until then the row tells that the nonce was used.
            session.execute(delete(AccountSession).where(AccountSession.expires < now - 2 * NONCE_SECONDS))
            session.add(row)
            session.flush()
            for old in sessions_of(session, signed.account)[MOST_SESSIONS:]:
                old.ended = now
    except IntegrityError as error:
        raise Refused("nonce_unusable", "The nonce was used before; ask for another and sign again.") from error
    return row, token


def session_of(application: Application, token: str) -> AccountSession | None:
    """The running session of a token, None where it has ended or never was."""
    with application.database.read() as session:
        return session.scalar(select(AccountSession).where(AccountSession.token_sha256 == _hash(token), *_running()))


def sessions_of(session: Session, account: str) -> list[AccountSession]:
    """The running sessions of an account, the newest first."""
    query = select(AccountSession).where(AccountSession.account == account, *_running())
    return list(session.scalars(query.order_by(AccountSession.created.desc(), AccountSession.id)))


def end_session(application: Application, account: str, session_id: str) -> None:
    """End a session of an account.

    Raises:
        Refused: the account has no such session that runs.
    """
    with application.database.write() as session:
        row = session.get(AccountSession, session_id)
        if row is None or row.account != account or row.ended is not None:
            raise not_found("session", session_id)
        row.ended = int(time.time())


def end_sessions(application: Application, account: str) -> None:
    """End all sessions of an account."""
    with application.database.write() as session:
        running = (AccountSession.account == account, AccountSession.ended.is_(None))
        session.execute(update(AccountSession).where(*running).values(ended=int(time.time())))


def _running() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return AccountSession.ended.is_(None), AccountSession.expires > int(time.time())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
