"""Serve the application, and end what would never end by itself when it is asked to stop."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI


class Server(uvicorn.Server):
    """The web server; connections that follow events are ended before it waits for the others."""

    def __init__(self, app: FastAPI, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then stop as usual."""
        await self._app.state.streams.close()
        await super().shutdown(sockets)


def serve(app: FastAPI, host: str, port: int) -> None:
    """Serve until a signal ends the process."""
    Server(app, uvicorn.Config(app, host=host, port=port, log_config=None, log_level="warning")).run()
