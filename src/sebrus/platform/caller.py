"""Who sends a request: nobody known, a signed-in account, or one of its keys."""

from __future__ import annotations

from dataclasses import dataclass

from sebrus.platform.api_keys import SCOPES, Scope, key_of
from sebrus.platform.application import Application
from sebrus.platform.refusals import Refused
from sebrus.platform.sessions import session_of
from sebrus.store.models import AccountSession, ApiKey


@dataclass(frozen=True)
class Caller:
    """The sender of a request. Without session and key it is a stranger, who may read, and hand in what is signed."""

    session: AccountSession | None = None
    key: ApiKey | None = None

    @property
    def account(self) -> str | None:
        """The account that is signed in, or whose key it is."""
        known = self.session or self.key
        return None if known is None else known.account

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What the caller may do in the account's name."""
        if self.key is not None:
            return tuple(scope for scope in SCOPES if scope in self.key.scopes)
        return () if self.session is None else SCOPES

    def require(self, scope: Scope) -> str:
        """The account, where the caller may do this in its name.

        Raises:
            Refused: nobody is signed in, or the key was not made for that.
        """
        if self.account is None:
            raise Refused("not_signed_in", "Sign in, or send an API key.", 401)
        self.allow(scope)
        return self.account

    def allow(self, scope: Scope) -> None:
        """Let everybody through but keys that were not made for this.

        Raises:
            Refused: it is such a key.
        """
        if self.key is not None and scope not in self.scopes:
            raise Refused("scope_missing", f"This API key lacks the scope '{scope}'; make another one.", 403)

    def require_session(self) -> AccountSession:
        """The session of a signed-in account.

        Raises:
            Refused: nobody is signed in, or a key asks.
        """
        if self.key is not None:
            raise Refused("session_required", "An API key cannot do this; sign in.", 403)
        if self.session is None:
            raise Refused("not_signed_in", "Sign in first.", 401)
        return self.session


def identify(application: Application, authorization: str | None, token: str | None) -> Caller:
    """Who sends a request with this `Authorization` header, else with this session token.

    A token whose session has ended is that of a stranger: what is public stays readable.

    Raises:
        Refused: the header holds no key that is good.
    """
    if authorization is not None:
        kind, _, text = authorization.partition(" ")
        if kind.lower() != "bearer":
            raise Refused("key_invalid", "The Authorization header must be 'Bearer' and an API key.", 401)
        return Caller(key=key_of(application, text.strip()))
    return Caller() if token is None else Caller(session=session_of(application, token))
