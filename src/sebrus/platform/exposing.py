"""Metrics over HTTP, on a port of their own, so that no proxy in front of the API shows them by accident."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sebrus.platform.settings import Settings

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Processes of one machine share the setting, and count up from it.
PLACES = {"serve": 0, "index": 1, "work": 2}


class MetricsUnavailable(Exception):
    """The port of the metrics cannot be had; the message says what to do."""


@contextmanager
def exposed(settings: Settings, process: str, render: Callable[[], str]) -> Iterator[int | None]:
    """Answer `GET /metrics` with what `render` says while the block lasts; yields the port, None where it is off.

    Raises:
        MetricsUnavailable: the port is taken.
    """
    if settings.metrics_port is None:
        yield None
        return
    port = settings.metrics_port + PLACES[process]
    try:
        server = ThreadingHTTPServer((settings.metrics_host, port), _handler(render))
    except (OSError, OverflowError):
        raise MetricsUnavailable(
            f"The metrics of `sebrus {process}` need port {port} at {settings.metrics_host}, which cannot be had; "
            "set SEBRUS_METRICS_PORT to another one."
        ) from None
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(render: Callable[[], str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.path != "/metrics":
                self.send_error(404)
                return
            body = render().encode()
            self.send_response(200)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Scrapes are no events."""

    return Handler
