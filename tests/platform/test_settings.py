"""Settings are environment variables with defaults that work, checked before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from sebrus.platform.settings import Settings


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    import os

    for name in list(os.environ):
        if name.startswith("SEBRUS_"):
            monkeypatch.delenv(name)


def test_the_defaults_follow_from_the_home(tmp_path):
    settings = Settings(home=tmp_path)
    assert settings.embedded
    assert settings.effective_rpc_url == "http://127.0.0.1:8545"
    assert settings.effective_database_url == f"sqlite:///{tmp_path}/sebrus.db"
    assert settings.effective_blob_url == f"file://{tmp_path}/images"
    assert settings.operator_key_path == tmp_path / "keys" / "operator.key"
    assert settings.deployment_path == tmp_path / "deployment.json"
    assert settings.host == "127.0.0.1", "nothing listens to the world unless asked to"


def test_the_environment_counts(monkeypatch, tmp_path):
    monkeypatch.setenv("SEBRUS_HOME", "~/somewhere")
    monkeypatch.setenv("SEBRUS_RPC_URL", "https://node.example")
    monkeypatch.setenv("SEBRUS_DATABASE_URL", "postgresql://db.example/sebrus")
    monkeypatch.setenv("SEBRUS_FDR", "0.1")
    settings = Settings()
    assert settings.home_path == Path.home() / "somewhere"
    assert not settings.embedded
    assert settings.effective_rpc_url == "https://node.example"
    assert settings.effective_database_url == "postgresql://db.example/sebrus"
    assert settings.fdr == 0.1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("CHAIN_PORT", "x"),
        ("CONFIRMATIONS", "-1"),
        ("POLL_SECONDS", "0"),
        ("MAX_IMAGE_BYTES", "1"),
        ("MAX_UPLOAD_FILES", "0"),
        ("FDR", "1"),
        ("SESSION_HOURS", "0"),
        ("READS_PER_MINUTE", "-1"),
        ("MAX_BODY_BYTES", "1"),
        ("PUBLIC_URL", ""),
        ("PUBLIC_URL", "sebrus.example"),
        ("PUBLIC_URL", "https://sebrus.example/"),
        ("PUBLIC_URL", "https://sebrus.example:443"),
        ("PUBLIC_URL", "https://Sebrus.example"),
        ("PUBLIC_URL", "https://s\u0435brus.example"),
        ("PUBLIC_URL", "https://user@sebrus.example"),
        ("PUBLIC_URL", "ftp://sebrus.example"),
        ("PUBLIC_URL", "https://*.sebrus.example"),
        ("PUBLIC_URL", "https://sebrus.example,"),
    ],
)
def test_what_cannot_be_is_refused(monkeypatch, name, value):
    monkeypatch.setenv(f"SEBRUS_{name}", value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert [error["loc"] for error in caught.value.errors()] == [(name.lower(),)]


def test_the_origins_are_those_that_were_named(monkeypatch, tmp_path):
    assert Settings(home=tmp_path, port=81).origins == ("http://127.0.0.1:81", "http://localhost:81")
    monkeypatch.setenv("SEBRUS_PUBLIC_URL", "https://sebrus.example, http://[::1]:8080")
    assert Settings().origins == ("https://sebrus.example", "http://[::1]:8080")


def test_a_node_is_named_to_everybody_only_where_everybody_can_ask_it():
    assert Settings(chain_port=81).advised_rpc_url == "http://127.0.0.1:81"
    assert Settings(host="0.0.0.0").advised_rpc_url is None
    assert Settings(rpc_url="https://node.example/secret").advised_rpc_url is None
    named = Settings(rpc_url="https://node.example/secret", public_rpc_url="https://node.example")
    assert named.advised_rpc_url == "https://node.example"


def test_every_setting_says_what_it_is():
    for name, field in Settings.model_fields.items():
        assert field.description and field.description.endswith("."), name


def test_settings_do_not_change_under_a_running_process(tmp_path):
    settings = Settings(home=tmp_path)
    with pytest.raises(ValidationError):
        settings.port = 1
