"""The cookie of a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import Response

PLAIN = "sebrus_session"
SECURE = f"__Host-{PLAIN}"
"""Browsers take a cookie of this name over TLS only, and from no other host (RFC 6265bis)."""


def cookie_name(origins: Sequence[str]) -> str:
    """The name of the cookie at the first of the server's origins."""
    return SECURE if _is_secure(origins[0]) else PLAIN


def set_session(response: Response, origin: str, token: str, seconds: int) -> None:
    """Give a session's token to the browser that signed in at `origin`."""
    response.set_cookie(
        SECURE if _is_secure(origin) else PLAIN,
        token,
        max_age=seconds,
        path="/",
        secure=_is_secure(origin),
        httponly=True,
        samesite="lax",
    )


def clear_session(response: Response, origins: Sequence[str]) -> None:
    """Take the token back from the browser."""
    for secure in sorted({_is_secure(origin) for origin in origins}):
        name = SECURE if secure else PLAIN
        response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")


def session_token(cookies: Mapping[str, str], origins: Sequence[str]) -> str | None:
    """The token a browser sent. Where all origins are of TLS, a cookie that was set without it does not count."""
    token = cookies.get(SECURE)
    if token is None and not all(_is_secure(origin) for origin in origins):
        token = cookies.get(PLAIN)
    return token


def _is_secure(origin: str) -> bool:
    return origin.startswith("https:")
