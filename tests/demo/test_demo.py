"""The demo plays its whole job and tells the truth about it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


@pytest.mark.slow
@pytest.mark.chain
def test_the_demo_ends_with_a_verified_release(anvil, tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEBRUS_")}
    result = subprocess.run(
        [sys.executable, "-m", "sebrus", "demo"],
        env=environment | {"SEBRUS_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=900,
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
        timeout=120,
        check=False,
    )
    assert again.returncode == 0, again.stdout + again.stderr
