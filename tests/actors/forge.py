"""What forge makes of the contracts, for tests that run side by side."""

from __future__ import annotations

import fcntl
import json
import subprocess
from pathlib import Path
from typing import Any

CONTRACTS = Path(__file__).parents[2] / "contracts"
PROGRAM = CONTRACTS / "tools" / "forge"


def build() -> None:
    """Compile what changed, one at a time: of two who begin together one would write what the other reads."""
    with PROGRAM.open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        done = subprocess.run([PROGRAM, "build"], cwd=CONTRACTS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def compiled(source: str, name: str) -> dict[str, Any]:
    """One contract of what was built."""
    found: dict[str, Any] = json.loads((CONTRACTS / "out" / source / f"{name}.json").read_text())
    return found
