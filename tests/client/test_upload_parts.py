"""A contributor's files go up in parts that a server takes, in their order."""

from __future__ import annotations

import secrets

import pytest

from sebrus.client import Client, Contributor, ServerRefused
from sebrus.client._contributor import UPLOAD_BYTES, UPLOAD_FILES


@pytest.fixture
def sent(monkeypatch):
    """The parts that were uploaded; the server refuses every file."""
    parts: list[list[tuple[str, bytes]]] = []

    def upload(_client, files, _dataset_id=None):
        parts.append(files)
        return [{"accepted": False, "sentence": "No."} for _ in files]

    monkeypatch.setattr(Client, "upload", upload)
    return parts


def submit(files):
    with Client("http://server.example") as client, pytest.raises(ServerRefused, match="None of the"):
        Contributor(client, secrets.token_bytes(32)).submit("0x" + "00" * 32, files)


def test_many_small_files_go_by_their_number(sent):
    submit([(f"{i}.png", b"x", 0) for i in range(2 * UPLOAD_FILES + 1)])
    assert [len(part) for part in sent] == [UPLOAD_FILES, UPLOAD_FILES, 1]
    assert [name for part in sent for name, _ in part] == [f"{i}.png" for i in range(2 * UPLOAD_FILES + 1)]


def test_large_files_go_by_their_bytes(sent):
    half, whole = bytes(UPLOAD_BYTES // 2), bytes(UPLOAD_BYTES)
    submit([("a", half, 0), ("b", half, 0), ("c", b"x", 0), ("d", whole, 0), ("e", b"x", 0)])
    assert [[name for name, _ in part] for part in sent] == [["a", "b"], ["c"], ["d"], ["e"]]
