"""The compiled contract as shipped in the package."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def artifact() -> dict[str, Any]:
    """The compiled contract: abi, bytecode, compiler, settings, sourceHash."""
    text = (files("sebrus.chain") / "artifacts" / "Sebrus.json").read_text()
    loaded: dict[str, Any] = json.loads(text)
    return loaded
