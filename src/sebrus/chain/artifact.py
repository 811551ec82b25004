"""The compiled contracts as shipped in the package."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def artifact(name: str = "Sebrus") -> dict[str, Any]:
    """A compiled contract, `Sebrus` or `Judgement`, its second half: abi, bytecode, compiler, settings, sourceHash."""
    text = (files("sebrus.chain") / "artifacts" / f"{name}.json").read_text()
    loaded: dict[str, Any] = json.loads(text)
    return loaded
