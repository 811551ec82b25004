"""`sebrus audit` takes and writes what a scan does, and says besides what it would have found."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from sebrus.cli.audit import audit
from sebrus.detect.deep import Power
from sebrus.detect.deep.plants import FamilyPower
from sebrus.scan.audit import power_sentence

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def audited() -> Callable[..., Any]:
    """Run `sebrus audit` with arguments; returns click's result."""
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    app.command()(audit)
    return lambda *arguments: CliRunner().invoke(app, [str(one) for one in arguments])


def test_it_writes_the_scans_files_and_its_own_keys(audited, digits, tmp_path):
    pytest.importorskip("torch").set_num_threads(1)
    np.savez(tmp_path / "pool.npz", **{name: values[:300] for name, values in digits.items()})
    done = audited(tmp_path / "pool.npz", "--out", tmp_path / "out", "--plants", 1, "--fail-on-findings", "--json")
    assert done.exit_code == 1
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert json.loads(done.stdout) == summary
    assert [one["contributor"] for one in summary["flagged_contributors"]] == ["mallory"]
    assert summary["power"]["families"][0]["planted"] == 1
    assert summary["tested"].startswith("Tested: contributors whose poison is")
    with (tmp_path / "out" / "items.csv").open(newline="") as rows:
        assert [row["id"] for row in csv.DictReader(rows)] == digits["id"][:300].tolist()
    certificate = json.loads((tmp_path / "out" / "certificate.json").read_text())
    for key in ("power", "tested", "limits"):
        assert certificate[key] == summary[key]
    report = (tmp_path / "out" / "report.html").read_text()
    assert "Audit of pool.npz" in report
    assert "What this audit would have found" in report
    assert "poison-free" not in report


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--fdr", 2), "--fdr must be between 0 and 1, not 2."),
        (("--plants", -1), "--plants and --seed must be 0 or more."),
        (("--device", "tpu"), "The device must be auto, cpu or cuda, not tpu."),
    ],
)
def test_bad_options_are_refused_in_a_sentence(audited, archive, tmp_path, options, said):
    done = audited(archive, "--out", tmp_path / "out", *options)
    assert done.exit_code == 2
    assert done.stderr.strip() == f"sebrus audit: {said}"
    assert not (tmp_path / "out").exists()


def test_the_sentence_counts_what_was_planted():
    found = Power((FamilyPower("warp", 4, 3, 0.19, 0.99, 80, 60),), 0.005, 2, 0, 0.84)
    assert power_sentence(found) == (
        "Tested: contributors whose poison is 0.50% of the pool; found 3 of 4 planted by warp "
        "(95 % interval 0.19 to 0.99); accused 0 of 2 planted honest ones."
    )
    assert "not measured" in power_sentence(None)


def test_the_keys_of_summary_and_certificate_are_documented():
    text = (DOCS / "audit.md").read_text(encoding="utf-8")
    certificate = ("format", "code", "settings", "source", "trusted", "items", "contributors", "limits", "items_sha256")
    for key in ("seed", "device", "transplants", "power", "tested", *certificate):
        assert f"`{key}`" in text
