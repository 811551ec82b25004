"""Serve the application, and end what would never end by itself when it is asked to stop."""

from __future__ import annotations

import socket
import threading
from typing import Any, Final

import uvicorn
from fastapi import FastAPI

KEEP_ALIVE_SECONDS: Final = 75
"""How long a connection may rest. Who reuses one that the server is just closing gets no answer, so it must be longer
than what clients keep theirs: 5 s (httpx), 60 s (nginx)."""


class Server(uvicorn.Server):
    """The web server; connections that follow events are ended before it waits for the others.

    It listens to signals once it runs. One that came before has set `stop`, and ends it as soon as it has begun.
    """

    def __init__(self, app: FastAPI, stop: threading.Event | None = None, **options: Any) -> None:
        super().__init__(uvicorn.Config(app, timeout_keep_alive=KEEP_ALIVE_SECONDS, **options))
        self._app = app
        self._stop = stop or threading.Event()

    async def main_loop(self) -> None:
        """Run until it is asked to stop, be it before it could listen."""
        self.should_exit = self.should_exit or self._stop.is_set()
        await super().main_loop()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then stop as usual."""
        await self._app.state.streams.close()
        await super().shutdown(sockets)


def serve(app: FastAPI, host: str, port: int, stop: threading.Event) -> None:
    """Serve until a signal ends the process, or has set `stop` already."""
    Server(app, stop, host=host, port=port, log_config=None, log_level="warning").run()
