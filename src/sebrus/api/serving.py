"""Serve the application, and end what would never end by itself when it is asked to stop."""

from __future__ import annotations

import socket
from typing import Any, Final

import uvicorn
from fastapi import FastAPI

KEEP_ALIVE_SECONDS: Final = 75
"""How long a connection may rest. Who reuses one that the server is just closing gets no answer, so it must be longer
than what clients keep theirs: 5 s (httpx), 60 s (nginx)."""


class Server(uvicorn.Server):
    """The web server; connections that follow events are ended before it waits for the others."""

    def __init__(self, app: FastAPI, **options: Any) -> None:
        super().__init__(uvicorn.Config(app, timeout_keep_alive=KEEP_ALIVE_SECONDS, **options))
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then stop as usual."""
        await self._app.state.streams.close()
        await super().shutdown(sockets)


def serve(app: FastAPI, host: str, port: int) -> None:
    """Serve until a signal ends the process."""
    Server(app, host=host, port=port, log_config=None, log_level="warning").run()
