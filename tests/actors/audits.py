"""What an audit leaves, without the networks that it trains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sebrus.export.certificate import items_digest, sentence_of_power
from sebrus.scan.source import read


def certificate_of(release: Path, flagged: int) -> dict[str, Any]:
    """What the certificate of a release's audit says that matters here."""
    source = read(release)
    names = [source.class_names[int(label)] for label in source.labels]
    digest = items_digest(zip(source.sha256, names, source.contributors or (), strict=True))
    return {
        "format": "sebrus-audit-1",
        "source": {"kind": "files", "items_sha256": digest},
        "items": {"tested": len(names), "flagged": flagged},
        "contributors": {"tested": 1, "flagged": 0},
        "power": None,
        "tested": sentence_of_power(None),
    }
