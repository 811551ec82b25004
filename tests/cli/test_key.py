"""`sebrus key` never prints a key, and never leaves a home without one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from eth_account import Account
from typer.testing import CliRunner

from sebrus.cli import app
from sebrus.platform.operator import is_encrypted, read_key

SECRET = "11" * 32
ADDRESS = Account.from_key(SECRET).address


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SEBRUS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    (tmp_path / "secret.hex").write_text(SECRET)
    (tmp_path / "first").write_text("first passphrase\n")
    (tmp_path / "second").write_text("second passphrase\n")
    return tmp_path / "home"


def key(*arguments: Any, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["key", *map(str, arguments)])
    assert result.exit_code == code, result.output
    for secret in (SECRET, "passphrase\n", "first passphrase", "second passphrase"):
        assert secret not in result.output
    return result.stdout if code == 0 else result.stderr.strip()


def test_the_address_is_told_and_a_first_key_made(home):
    said = key("address").strip()
    assert Account.from_key((home / "keys" / "operator.key").read_text().strip()).address == said
    assert key("address").strip() == said


def test_brought_in_encrypted_changed_and_taken_out(home, tmp_path, monkeypatch):
    path = home / "keys" / "operator.key"
    assert ADDRESS in key("import", tmp_path / "secret.hex")
    assert not is_encrypted(path)
    monkeypatch.setenv("SEBRUS_OPERATOR_PASSPHRASE_FILE", str(tmp_path / "first"))
    key("encrypt")
    assert is_encrypted(path)
    assert key("address").strip() == ADDRESS
    key("encrypt", "--new-passphrase-file", tmp_path / "second")
    assert "does not open it" in key("address", code=2)
    monkeypatch.setenv("SEBRUS_OPERATOR_PASSPHRASE_FILE", str(tmp_path / "second"))
    assert key("address").strip() == ADDRESS
    key("export", tmp_path / "wallet.json", "--passphrase-file", tmp_path / "first")
    stored = json.loads((tmp_path / "wallet.json").read_text())
    assert bytes(Account.decrypt(stored, "first passphrase")).hex() == SECRET
    monkeypatch.setenv("SEBRUS_HOME", str(tmp_path / "another"))
    key("import", tmp_path / "wallet.json", "--passphrase-file", tmp_path / "first")
    assert read_key(tmp_path / "another" / "keys" / "operator.key", tmp_path / "second").address == ADDRESS


def test_what_cannot_be_done_is_said_and_changes_nothing(home, tmp_path):
    assert "does not exist; `sebrus key address` makes a key." in key("encrypt", code=2)
    assert "does not exist" in key("export", tmp_path / "out.json", code=2)
    key("import", tmp_path / "secret.hex")
    before = (home / "keys" / "operator.key").read_text()
    for arguments, words in [
        (("import", tmp_path / "secret.hex"), "exists already; move it away first."),
        (("import", tmp_path / "nowhere"), "cannot be used"),
        (("import", tmp_path / "first"), "holds no private key"),
        (("encrypt",), "nobody is there to type it"),
        (("encrypt", "--new-passphrase-file", tmp_path / "nowhere"), "cannot be read"),
        (("export", tmp_path / "first", "--passphrase-file", tmp_path / "second"), "exists already"),
    ]:
        sentence = key(*arguments, code=2)
        assert words in sentence and sentence.count("\n") == 0, (arguments, sentence)
    assert (home / "keys" / "operator.key").read_text() == before
