"""A TCP link that can be cut, slowed and listened to, between the processes and the chain."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

CHUNK = 1 << 16
Listener = Callable[[bytes], None]


class Link:
    """Listens on a free port of this machine and passes everything on to `target`, a port of it."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.cut = False
        self.delay = 0.0
        self.listener: Listener | None = None
        """Hears what goes to the target before it is passed on."""
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        """The address to use in place of the target's."""
        return f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def __enter__(self) -> Link:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # A thread that waits in accept(2) is woken by a shutdown only.
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()
        self._drop()

    def sever(self) -> None:
        """Break every connection and refuse new ones until `mend`."""
        self.cut = True
        self._drop()

    def mend(self) -> None:
        """Pass everything on again, at once."""
        self.cut = False
        self.delay = 0.0

    def _drop(self) -> None:
        with self._lock:
            sockets, self._open = self._open, set()
        for one in sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            try:
                if self.cut:
                    raise ConnectionError
                far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._lock:
                self._open |= {near, far}
            for source, sink, upward in ((near, far, True), (far, near, False)):
                threading.Thread(target=self._pump, args=(source, sink, upward), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, upward: bool) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                if upward and self.listener is not None:
                    self.listener(data)
                if self.delay:
                    time.sleep(self.delay)
                sink.sendall(data)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        with self._lock:
            self._open -= {source, sink}
