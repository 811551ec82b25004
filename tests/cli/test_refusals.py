"""A command that cannot run says so in one sentence, without a traceback and without secrets."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ..actors.ports import closed_port


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SEBRUS_")}
    return subprocess.run(
        [sys.executable, "-m", "sebrus", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env=clean | environment,
        check=False,
    )


def refused(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 2, result
    assert "Traceback" not in result.stdout + result.stderr
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, result.stderr
    assert lines[0].endswith(".")
    return lines[0]


CASES = [
    (("up",), {"SEBRUS_PORT": "x"}, "SEBRUS_PORT is not usable"),
    (("serve",), {"SEBRUS_FDR": "1.5"}, "SEBRUS_FDR is not usable"),
    (("index",), {"SEBRUS_POLL_SECONDS": "0"}, "SEBRUS_POLL_SECONDS is not usable"),
    (("chain",), {"SEBRUS_HOME": "{file}"}, "cannot be used"),
    (("index",), {"SEBRUS_HOME": "{file}", "SEBRUS_RPC_URL": "{nowhere}"}, "cannot be used"),
    (("chain",), {"SEBRUS_HOME": "{garbage}"}, "holds no private key"),
    (("scan", "/nowhere"), {}, "sebrus scan: "),
    (("release", "0x00", "--out", "release", "--audit", "/nowhere"), {}, "/nowhere/certificate.json cannot be read"),
    (("verify", "/nowhere"), {}, "/nowhere"),
]


@pytest.fixture
def places(tmp_path: Path) -> Iterator[dict[str, str]]:
    (tmp_path / "file").write_text("")
    key = tmp_path / "garbage" / "keys" / "operator.key"
    key.parent.mkdir(parents=True)
    key.write_text("0xdeadbeef is my secret")
    with closed_port() as port:
        nowhere = f"http://127.0.0.1:{port}/secret-path"
        yield {"file": str(tmp_path / "file"), "garbage": str(tmp_path / "garbage"), "nowhere": nowhere}


def test_what_cannot_run_says_why(places, tmp_path):
    def attempt(case):
        arguments, environment, _ = case
        home = {"SEBRUS_HOME": str(tmp_path / "home")}
        return run(*arguments, **home | {k: v.format(**places) for k, v in environment.items()})

    with ThreadPoolExecutor(2) as pool:
        for case, result in zip(CASES, pool.map(attempt, CASES), strict=True):
            sentence = refused(result)
            assert case[2] in sentence, (case, sentence)
            assert "secret" not in sentence


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:////nowhere/at/all.db", "unable to open database file"),
        ("nonsense://user:secret@host/db", "SEBRUS_DATABASE_URL"),
        ("no url with secret", "SEBRUS_DATABASE_URL"),
        ("sqlite:///{tmp}/broken.db", "not a database"),
    ],
)
@pytest.mark.chain
def test_a_database_that_cannot_be_opened(stage, tmp_path, monkeypatch, capsys, url, words):
    from typer.testing import CliRunner

    from sebrus.cli import app

    (tmp_path / "broken.db").write_bytes(b"this is no database at all, only words " * 100)
    home = stage.application.settings.home_path
    monkeypatch.setenv("SEBRUS_HOME", str(home))
    monkeypatch.setenv("SEBRUS_CHAIN_PORT", str(stage.chain.port))
    monkeypatch.setenv("SEBRUS_DATABASE_URL", url.format(tmp=tmp_path))
    result = CliRunner().invoke(app, ["reindex"])
    assert result.exit_code == 2, result.output
    sentence = result.stderr.strip()
    assert words in sentence and "secret" not in sentence and sentence.count("\n") == 0


@pytest.mark.chain
def test_a_blob_address_that_is_not_supported(stage, monkeypatch):
    from typer.testing import CliRunner

    from sebrus.cli import app

    monkeypatch.setenv("SEBRUS_HOME", str(stage.application.settings.home_path))
    monkeypatch.setenv("SEBRUS_CHAIN_PORT", str(stage.chain.port))
    monkeypatch.setenv("SEBRUS_BLOB_URL", "ftp://somewhere")
    result = CliRunner().invoke(app, ["reindex"])
    assert result.exit_code == 2
    assert result.stderr.strip().count("\n") == 0


@pytest.mark.chain
def test_reindex_rebuilds_the_tables(stage, monkeypatch):
    from typer.testing import CliRunner

    from sebrus.cli import app

    monkeypatch.setenv("SEBRUS_HOME", str(stage.application.settings.home_path))
    monkeypatch.setenv("SEBRUS_CHAIN_PORT", str(stage.chain.port))
    result = CliRunner().invoke(app, ["reindex"])
    assert result.exit_code == 0, result.output
    assert "The tables were rebuilt" in result.output
    stage.check_money()


@pytest.mark.chain
def test_deploy_says_where_the_contract_is(stage, monkeypatch):
    from typer.testing import CliRunner

    from sebrus.cli import app

    monkeypatch.setenv("SEBRUS_HOME", str(stage.application.settings.home_path))
    monkeypatch.setenv("SEBRUS_RPC_URL", stage.chain.url)
    result = CliRunner().invoke(app, ["deploy"])
    assert result.exit_code == 0, result.output
    assert stage.application.deployment.address in result.output
