"""`sebrus doctor --timeout S` waits for a server that is slow, and takes it for no other program."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from typer.testing import CliRunner

from sebrus.chain.embedded import free_port
from sebrus.cli import app

SLOW_SECONDS = 4


class Slow(BaseHTTPRequestHandler):
    """Answers as a server of ours that has much to do."""

    def do_GET(self) -> None:
        threading.Event().wait(SLOW_SECONDS)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"indexed_block": 1}')

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_server_that_is_slow_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setenv("SEBRUS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SEBRUS_CHAIN_PORT", str(free_port()))
    with HTTPServer(("127.0.0.1", 0), Slow) as server:
        monkeypatch.setenv("SEBRUS_PORT", str(server.server_port))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        said = CliRunner().invoke(app, ["doctor", "--json", "--timeout", "240"])
        server.shutdown()
        thread.join()
    states = {check["name"]: check["state"] for check in json.loads(said.stdout)["checks"]}
    assert states["server port"] == "ok", said.stdout
