"""The detector: arrays in, scores and evidence out."""

from sebrus.detect.engine import Engine, LocalEngine
from sebrus.detect.errors import DetectError
from sebrus.detect.findings import ContributorFinding, Evidence, Findings, ItemFinding
from sebrus.detect.screening import scan, screen
from sebrus.detect.shards import Images, Stored

__all__ = [
    "ContributorFinding",
    "DetectError",
    "Engine",
    "Evidence",
    "Findings",
    "Images",
    "ItemFinding",
    "LocalEngine",
    "Stored",
    "scan",
    "screen",
]
