"""An operator's key under a passphrase: nothing on disk gives it away, and only the passphrase opens it."""

from __future__ import annotations

import json
import stat
import traceback

import pytest
from eth_account import Account

from sebrus.platform.operator import OperatorKeyInvalid, is_encrypted, load_operator, read_key, write_key
from sebrus.platform.settings import Settings

KEY = bytes.fromhex("7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d")
# A test vector of the Web3 Secret Storage definition, version 3.
WALLET = {
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
        "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
        "kdf": "pbkdf2",
        "kdfparams": {
            "c": 262144,
            "dklen": 32,
            "prf": "hmac-sha256",
            "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
        },
        "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3,
}


@pytest.fixture
def passphrase(tmp_path):
    path = tmp_path / "passphrase"
    path.write_text("correct horse\n")
    return path


def test_a_key_made_with_a_passphrase_at_hand_is_never_plain_on_disk(tmp_path, passphrase):
    path = tmp_path / "keys" / "operator.key"
    made = load_operator(path, passphrase)
    assert is_encrypted(path)
    assert bytes(made.key).hex() not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["operator.key"]
    assert load_operator(path, passphrase).address == made.address


def test_other_wallets_read_what_we_write_and_we_read_theirs(tmp_path, passphrase):
    path = tmp_path / "operator.key"
    write_key(path, Account.from_key(KEY), "correct horse")
    assert bytes(Account.decrypt(json.loads(path.read_text()), "correct horse")) == KEY
    path.write_text(json.dumps(WALLET))
    passphrase.write_text("testpassword")
    assert bytes(read_key(path, passphrase).key) == KEY


def test_a_plain_key_goes_on_working_beside_a_passphrase(tmp_path, passphrase):
    path = tmp_path / "operator.key"
    write_key(path, Account.from_key(KEY), None)
    assert not is_encrypted(path)
    assert bytes(load_operator(path, passphrase).key) == KEY


def test_without_its_passphrase_it_stays_closed(tmp_path, passphrase):
    path = tmp_path / "operator.key"
    write_key(path, Account.from_key(KEY), "another-secret")
    empty = tmp_path / "empty"
    empty.write_text("\n")
    for given, words in [
        (None, "is encrypted; name its passphrase's file in SEBRUS_OPERATOR_PASSPHRASE_FILE"),
        (passphrase, "the passphrase does not open it"),
        (empty, "is empty; write the passphrase into it"),
        (tmp_path / "nowhere", "cannot be read; check the path and its mode"),
    ]:
        with pytest.raises(OperatorKeyInvalid, match=words) as caught:
            load_operator(path, given)
        shown = "".join(traceback.format_exception(caught.value))
        assert KEY.hex() not in shown and "another-secret" not in shown and "correct horse" not in shown


@pytest.mark.parametrize(
    "damage",
    [
        {"version": None},
        {"version": 1},
        {"crypto": []},
        {"crypto": WALLET["crypto"] | {"kdf": "none"}},
        {"crypto": WALLET["crypto"] | {"mac": "zz"}},
        {"crypto": WALLET["crypto"] | {"mac": 7}},
        {"more": "x" * 20_000},
    ],
)
def test_a_broken_keystore_is_named_and_left_alone(tmp_path, passphrase, damage):
    path = tmp_path / "operator.key"
    path.write_text(json.dumps(WALLET | damage))
    before = path.read_text()
    with pytest.raises(OperatorKeyInvalid, match="no Web3 Secret Storage of version 3; restore it from a backup"):
        load_operator(path, passphrase)
    assert path.read_text() == before
    path.write_text("{ half")
    with pytest.raises(OperatorKeyInvalid, match="no Web3 Secret Storage"):
        load_operator(path, passphrase)


def test_an_existing_key_is_replaced_only_when_asked_to(tmp_path):
    path = tmp_path / "operator.key"
    write_key(path, Account.from_key(KEY), None)
    with pytest.raises(OperatorKeyInvalid, match="exists already; move it away first"):
        write_key(path, Account.from_key("0x" + "11" * 32), None)
    assert bytes(read_key(path).key) == KEY
    write_key(path, Account.from_key("0x" + "11" * 32), None, replace=True)
    assert bytes(read_key(path).key) == bytes.fromhex("11" * 32)
    assert [entry.name for entry in tmp_path.iterdir()] == ["operator.key"]


def test_the_passphrase_comes_from_the_setting_or_from_systemd(tmp_path, passphrase, monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert Settings(home=tmp_path).passphrase_path is None
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert Settings(home=tmp_path).passphrase_path is None, "systemd was not asked for one"
    (tmp_path / "operator-passphrase").write_text("from systemd")
    assert Settings(home=tmp_path).passphrase_path == tmp_path / "operator-passphrase"
    named = Settings(home=tmp_path, operator_passphrase_file=passphrase)
    assert named.passphrase_path == passphrase, "what is named goes first"
