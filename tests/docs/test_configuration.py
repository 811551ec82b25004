"""Every setting stands in docs/configuration.md with its default, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from sebrus.platform.settings import Settings

ROOT = Path(__file__).parents[2]
ROWS = dict(
    re.findall(
        r"^\| `(SEBRUS_\w+)` \| ([^|]+) \|", (ROOT / "docs" / "configuration.md").read_text(), flags=re.MULTILINE
    )
)


def test_every_setting_is_documented_and_no_other():
    settings = {f"SEBRUS_{name.upper()}" for name in Settings.model_fields}
    read_elsewhere = {"SEBRUS_ANVIL", "SEBRUS_RAY_ADDRESS"}
    assert set(ROWS) == settings | read_elsewhere


def test_the_defaults_are_those_of_the_code():
    for name, field in Settings.model_fields.items():
        written = ROWS[f"SEBRUS_{name.upper()}"]
        if field.default is not None:
            assert written == f"`{field.default}`", name


def test_every_variable_the_code_reads_is_documented():
    found = set()
    for path in (ROOT / "src").rglob("*.py"):
        found |= set(re.findall(r'environ\S*?["(](SEBRUS_\w+)"', path.read_text()))
    assert found <= set(ROWS)
