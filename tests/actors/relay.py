"""A TCP relay that can reset the connections that lead through it."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress


class Relay:
    """Passes everything on to a port of this machine, until it answers with a reset."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.resets = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        """Take no more connections, and wait for the end of those there are."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                for pass_on in (self._up, self._down):
                    self._threads.append(threading.Thread(target=pass_on, args=(near, far)))
                    self._threads[-1].start()

    def _up(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while chunk := near.recv(1 << 16):
                if self.resets:
                    self.resets -= 1
                    # A close that lingers no time discards what was not sent and resets the connection (socket(7)).
                    near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    near.close()
                    break
                far.sendall(chunk)
        with suppress(OSError):
            far.shutdown(socket.SHUT_RDWR)

    def _down(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while chunk := far.recv(1 << 16):
                near.sendall(chunk)
        far.close()
        with suppress(OSError):
            near.shutdown(socket.SHUT_RDWR)
        near.close()
