"""The detector: arrays in, scores and evidence out."""

from sebrus.detect.engine import Engine, LocalEngine
from sebrus.detect.errors import DetectError, RowsUnreadable
from sebrus.detect.findings import ContributorFinding, Evidence, Findings, ItemFinding
from sebrus.detect.saving import forget, load, save
from sebrus.detect.screening import scan, screen
from sebrus.detect.shards import Images, Stored
from sebrus.detect.state import State
from sebrus.detect.stream import Screened, screen_stream

__all__ = [
    "ContributorFinding",
    "DetectError",
    "Engine",
    "Evidence",
    "Findings",
    "Images",
    "ItemFinding",
    "LocalEngine",
    "RowsUnreadable",
    "Screened",
    "State",
    "Stored",
    "forget",
    "load",
    "save",
    "scan",
    "screen",
    "screen_stream",
]
