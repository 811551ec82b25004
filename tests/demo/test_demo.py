"""The demo plays its whole job and tells the truth about it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from ..actors.ports import ports_in_a_row

PATIENCE_SECONDS = 600


@pytest.mark.slow
@pytest.mark.chain
def test_the_demo_ends_with_a_verified_release(anvil, tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEBRUS_")}
    port = ports_in_a_row(2)
    ports = {"SEBRUS_PORT": str(port), "SEBRUS_CHAIN_PORT": str(port + 1)}
    result = subprocess.run(
        [sys.executable, "-m", "sebrus", "demo"],
        env=environment | ports | {"SEBRUS_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE_SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["release"]["verified"] is True
    assert report["items"]["total"] == report["items"]["honest"] + report["items"]["poisoned"]
    assert set(report["by_attack"]) == {"label_flip", "clean_label", "backdoor"}
    honest = report["honest"]
    assert honest["accepted"] / honest["submitted"] > 0.9
    for attack, counts in report["by_attack"].items():
        assert counts["accepted"] / counts["submitted"] < 0.2, attack
    defended, undefended = report["models"]["defended"], report["models"]["undefended"]
    assert defended["attack_success"]["backdoor"] < undefended["attack_success"]["backdoor"]
    again = subprocess.run(
        [sys.executable, "-m", "sebrus", "verify", str(tmp_path / "release"), "--json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert again.returncode == 0, again.stdout + again.stderr
    with looked_around(result.stdout, environment | ports) as address:
        page = httpx.get(address)
        assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
        [dataset] = httpx.get(f"{address}/api/v1/datasets").json()["results"]
        items = httpx.get(f"{address}/api/v1/datasets/{dataset['id']}/items?limit=1").json()["results"]
        assert httpx.get(f"{address}/api/v1/images/{items[0]['sha256']}").status_code == 200


@contextmanager
def looked_around(said: str, environment: dict[str, str]) -> Iterator[str]:
    """Run the command that the demo ends by naming, and wait for the address that it names."""
    command, address = re.search(r"Look around: (.+)\nthen open (\S+) in a browser", said).groups()
    up = subprocess.Popen(command, shell=True, env=environment, start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                if httpx.get(f"{address}/api/health").status_code == 200:
                    break
            except httpx.TransportError:
                assert time.monotonic() < deadline, "what the demo names does not start"
            time.sleep(0.5)
        yield address
    finally:
        os.killpg(up.pid, signal.SIGTERM)
        up.wait(PATIENCE_SECONDS)
