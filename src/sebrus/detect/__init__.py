"""The detector: arrays in, scores and evidence out."""

from sebrus.detect.errors import DetectError
from sebrus.detect.findings import ContributorFinding, Evidence, Findings, ItemFinding
from sebrus.detect.screening import scan, screen

__all__ = ["ContributorFinding", "DetectError", "Evidence", "Findings", "ItemFinding", "scan", "screen"]
