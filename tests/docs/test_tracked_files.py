"""What is published holds no path of somebody's machine, no registry's host, and nothing of how it was written."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BINARY = {".png", ".npz", ".jpg", ".ico", ".woff2", ".gz", ".parquet"}
# Spelled in pieces, so that this file passes its own test.
MACHINE_PATH = re.compile(
    "(?<![a-z0-9.])/(?:" + "|".join(["wo" + "rk", "ho" + "me/[a-z]", "ro" + "ot", "Us" + "ers"]) + ")/"
)
REGISTRY = re.compile(
    "arti" + "factory|nex" + "us\\.|py" + "pi\\.(?!org)|registry\\.(?!npmjs\\.org)[a-z0-9-]+\\.", re.IGNORECASE
)
AUTHORSHIP = re.compile(
    "|".join(
        [
            "chat" + "gpt",
            "co" + "pilot",
            "language mo" + "del",
            "\\bL" + "LM\\b",
            "Co-Auth" + "ored-By",
            "generated b" + "y an? (?:AI|assis" + "tant)",
        ]
    ),
    re.IGNORECASE,
)


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY, AUTHORSHIP], ids=["path", "registry", "authorship"])
def test_nothing_private_is_tracked(pattern):
    found = []
    for path in tracked():
        if path.suffix in BINARY or not path.is_file() or path.name in ("package-lock.json", "requirements.lock"):
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert found == []


def test_locks_name_no_host():
    for name in ("package-lock.json", "requirements.lock"):
        path = ROOT / name
        if path.exists():
            hosts = set(re.findall(r"https?://([^/\"\s]+)", path.read_text()))
            allowed = {"registry.npmjs.org", "github.com", "opencollective.com", "tidelift.com", "www.patreon.com"}
            assert {host for host in hosts if "npm" in host or "pypi" in host or "art" in host} <= allowed
