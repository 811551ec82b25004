"""`sebrus --help` answers without loading what it does not need."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("sklearn", "scipy", "web3", "fastapi", "uvicorn", "sqlalchemy", "alembic", "torch", "pandas", "numpy")


def test_help_loads_nothing_heavy():
    program = f"""
import sys
sys.argv = ["sebrus", "--help"]
from sebrus.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code
print("LOADED", *[name for name in {HEAVY!r} if name in sys.modules])
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stderr
    last = result.stdout.splitlines()[-1]
    assert last == "LOADED", f"loaded for nothing: {last}"
    for command in (
        "demo",
        "up",
        "scan",
        "audit",
        "release",
        "verify",
        "serve",
        "index",
        "work",
        "chain",
        "deploy",
        "reindex",
        "key",
        "doctor",
        "backup",
        "restore",
    ):
        assert f" {command} " in result.stdout


def test_the_command_line_keeps_pythons_recursion_limit():
    """Deeply nested files are refused by the parser only while the limit is far below the stack's."""
    program = """
import sys
sys.argv = ["sebrus", "--help"]
from sebrus.cli import main
try:
    main()
except SystemExit:
    print("LIMIT", sys.getrecursionlimit())
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=False)
    assert result.stdout.splitlines()[-1] == "LIMIT 1000"
