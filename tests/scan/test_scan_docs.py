"""The documents name every option, column and limit of the command."""

from pathlib import Path

import pytest

from sebrus.scan.write import CONTRIBUTOR_COLUMNS, ITEM_COLUMNS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("option", ["--trusted", "--out", "--fdr", "--json", "--fail-on-findings"])
def test_every_option_is_documented(command, option):
    assert option in (DOCS / "scan.md").read_text(encoding="utf-8")
    assert option in command("--help").output


def test_no_option_is_forgotten(command):
    import re

    documented = (DOCS / "scan.md").read_text(encoding="utf-8")
    offered = set(re.findall(r"--[a-z-]+", command("--help").output)) - {"--help"}
    assert all(option in documented for option in offered)


def test_columns_and_files_are_documented():
    documented = (DOCS / "scan.md").read_text(encoding="utf-8")
    assert ",".join(ITEM_COLUMNS) in documented
    assert ",".join(CONTRIBUTOR_COLUMNS) in documented
    for name in ("items.csv", "contributors.csv", "summary.json", "report.html", "metadata.csv"):
        assert name in documented


def test_the_detector_is_documented():
    documented = (DOCS / "detector.md").read_text(encoding="utf-8")
    for word in ("label test", "pattern test", "texture test", "scan(", "screen(", "DetectError"):
        assert word in documented
