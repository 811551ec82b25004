"""Imports point one way, modules stay small, and names say what is inside."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "src" / "sebrus").rglob("*.py"))


def test_the_house_keeps_its_directions(monkeypatch):
    monkeypatch.chdir(ROOT)
    loggers = [one for one in logging.Logger.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    heard = [one for one in loggers if not one.disabled]
    try:
        assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == EXIT_STATUS_SUCCESS
    finally:
        for one in heard:  # it silences whatever logs, which later tests read
            one.disabled = False


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_stay_small(path):
    assert len(path.read_text().splitlines()) <= 400


def test_no_module_is_named_for_nothing():
    vague = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert [path for path in MODULES if vague & set(path.stem.split("_"))] == []


def test_the_server_does_not_load_what_takes_much_memory_and_is_seldom_needed():
    """Each costs 20 MiB and more, which every process of the server would have."""
    heavy = ("scipy.stats", "scipy.optimize", "sklearn", "pyarrow", "torch")
    loaded = f"import sebrus.api.app, sys; print(*(name for name in {heavy} if name in sys.modules))"
    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []
