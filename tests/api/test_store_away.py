"""While the image store or the database does not answer, requests that need it say so, and the others go on."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from sebrus.store.database import Database
from sebrus.store.places import open_blobs

from ..actors.ports import closed_port

pytestmark = pytest.mark.chain


class Door(BaseHTTPRequestHandler):
    """Answers that the bucket is there."""

    def do_HEAD(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def away(monkeypatch):
    """A store that was there when it was opened."""
    s3 = pytest.importorskip("sebrus.store.s3", reason="botocore is not installed: pip install 'sebrus[s3]'")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setattr(s3, "ATTEMPTS", 1)
    with HTTPServer(("127.0.0.1", 0), Door) as door:
        thread = threading.Thread(target=door.serve_forever)
        thread.start()
        store = open_blobs(f"s3://images?endpoint=http://127.0.0.1:{door.server_port}")
        door.shutdown()
        thread.join()
    with closed_port(door.server_port):
        yield store


@pytest.mark.filterwarnings("default")
def test_a_store_that_went_away(stage, serving, digits, away):
    ((name, data, _),) = digits(1, 250)
    stage.client.upload([(name, data)])
    with serving(replace(stage.application, blobs=away)) as url:
        image = httpx.get(f"{url}/api/v1/images/{hashlib.sha256(data).hexdigest()}")
        assert (image.status_code, image.json()["code"]) == (503, "store_unreachable")
        sent = httpx.post(f"{url}/api/v1/images", files=[("files", (name, data))])
        assert (sent.status_code, sent.json()["code"]) == (507, "store_full")
        assert httpx.get(f"{url}/api/v1/datasets").status_code == 200


@pytest.mark.filterwarnings("default")
def test_a_database_that_went_away(stage, serving, tmp_path):
    gone = Database(f"sqlite:///{tmp_path / 'no folder' / 'sebrus.db'}")
    with serving(replace(stage.application, database=gone)) as url:
        listed = httpx.get(f"{url}/api/v1/datasets")
        assert (listed.status_code, listed.json()["code"]) == (503, "database_unreachable")
        assert "no folder" not in listed.text
    gone.close()
