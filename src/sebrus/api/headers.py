"""Headers that keep what people contribute from becoming programs in a browser, and answers from being kept."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    # Wallets that are pages of their own open in a window of their own and answer it.
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
TRANSPORT = "max-age=31536000"


class SecurityHeaders:
    """Add to every answer the headers it does not have itself; what the API says nothing of may not be kept."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self.app = app
        self._headers = dict(SECURITY_HEADERS)
        if any(origin.startswith("https:") for origin in origins):
            # Browsers take this over TLS only (RFC 6797), so it does no harm to whoever comes without.
            self._headers["Strict-Transport-Security"] = TRANSPORT

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; its answer gets the headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = self._headers
        if scope["path"].startswith("/api"):
            headers = headers | {"Cache-Control": "no-store"}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = MutableHeaders(scope=message)
                for name, value in headers.items():
                    there.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)
