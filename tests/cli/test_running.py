"""The commands as they run in production: an encrypted key, JSON logs, metrics; and they end when they are told to."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from sebrus.platform.operator import is_encrypted, read_key

from ..actors.ports import ports_in_a_row

pytestmark = pytest.mark.chain
ENDS_WITHIN = 120.0
TOLD = ("sebrus_operator_batches", "sebrus_reorganisations_total", "sebrus_screening_seconds")
"""A metric that server, indexer and worker each tell."""


def wait_for(condition, seconds: float = 300.0):
    deadline = time.monotonic() + seconds
    while True:
        try:
            if (found := condition()) is not None:
                return found
        except httpx.HTTPError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.fixture
def environment(tmp_path, anvil) -> dict[str, str]:
    (tmp_path / "passphrase").write_text("a secret passphrase")
    (tmp_path / "passphrase").chmod(0o600)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SEBRUS_")}
    anvils = {name: value for name, value in os.environ.items() if name == "SEBRUS_ANVIL"}
    # None that another test may be given before our processes have started: that takes seconds.
    first = ports_in_a_row(5)
    return {
        **clean,
        **anvils,
        "SEBRUS_HOME": str(tmp_path / "home"),
        "SEBRUS_PORT": str(first + 3),
        "SEBRUS_CHAIN_PORT": str(first + 4),
        "SEBRUS_METRICS_PORT": str(first),
        "SEBRUS_LOG": "json",
        "SEBRUS_OPERATOR_PASSPHRASE_FILE": str(tmp_path / "passphrase"),
    }


def sebrus(environment, *arguments: str, log: Path) -> subprocess.Popen[str]:
    with log.open("w") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "sebrus", *arguments], env=environment, stdout=output, stderr=output, text=True
        )


def metrics(port: int, name: str) -> str | None:
    """The metrics of a process, once what bears a name is among them."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    return text if name in text else None


def test_up_lives_tells_no_secret_and_ends_when_asked(environment, tmp_path):
    url, first = f"http://127.0.0.1:{environment['SEBRUS_PORT']}", int(environment["SEBRUS_METRICS_PORT"])
    log = tmp_path / "up.log"
    up = sebrus(environment, "up", log=log)
    try:
        wait_for(lambda: httpx.get(f"{url}/api/ready", timeout=30).json()["ready"] or None)
        httpx.get(f"{url}/api/v1/chain?secret=a+query", headers={"x-request-id": "look"})
        # What the chain does not answer in time is not among the metrics of that moment.
        told = [wait_for(lambda at=first + place, name=name: metrics(at, name)) for place, name in enumerate(TOLD)]
        doctor = sebrus(environment, "doctor", "--json", "--timeout", "120", log=tmp_path / "doctor.log")
        assert doctor.wait(300) == 0
        backup = sebrus(environment, "backup", str(tmp_path / "backup"), log=tmp_path / "backup.log")
        assert backup.wait(300) == 0
    finally:
        up.send_signal(signal.SIGTERM)
        code = up.wait(ENDS_WITHIN)
    assert code == 0
    assert "sebrus_operator_batches" not in told[2]
    said = (tmp_path / "doctor.log").read_text()
    assert {check["state"] for check in json.loads(said)["checks"]} == {"ok"}, said

    home = Path(environment["SEBRUS_HOME"])
    key_path = home / "keys" / "operator.key"
    assert is_encrypted(key_path)
    key = bytes(read_key(key_path, tmp_path / "passphrase").key).hex()
    everything = [log.read_text(), *told, said]
    everything += [path.read_text(errors="replace") for path in home.rglob("*") if path.is_file()]
    everything += [path.read_text(errors="replace") for path in (tmp_path / "backup").rglob("*") if path.is_file()]
    for text in everything:
        assert key not in text.lower() and "a secret passphrase" not in text and "a+query" not in text
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert (
        {"serve", "index", "work"} <= {line["process"] for line in lines} <= {"serve", "index", "work", "chain", "up"}
    )
    assert any(line.get("request_id") == "look" and line["route"] == "/api/v1/chain" for line in lines)
    others = [line for line in log.read_text().splitlines() if not line.startswith("{")]
    assert all(re.match("SeBRUS is at ", line) for line in others), others


@pytest.mark.parametrize("command", ["index", "work", "serve"])
def test_each_process_ends_cleanly_on_sigterm(environment, stage, command, tmp_path):
    home = stage.application.settings.home_path
    own = environment | {"SEBRUS_HOME": str(home), "SEBRUS_CHAIN_PORT": str(stage.chain.port)}
    own["SEBRUS_DATABASE_URL"] = f"sqlite:///{tmp_path}/own.db"
    process = sebrus(own, command, log=tmp_path / "log")
    place = int(own["SEBRUS_METRICS_PORT"]) + ["serve", "index", "work"].index(command)
    try:
        wait_for(lambda: httpx.get(f"http://127.0.0.1:{place}/metrics", timeout=30))
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(ENDS_WITHIN)
    assert code == 0, (tmp_path / "log").read_text()
    assert "Traceback" not in (tmp_path / "log").read_text()
