"""Releases in the formats machine-learning people load."""

from sebrus.export.directory import WrittenRelease, write_release
from sebrus.export.release import (
    RELEASE_FORMAT,
    BatchEvidence,
    ExportRefused,
    ImageBytes,
    ReleaseBatch,
    ReleaseInput,
    ReleaseMetadata,
)
from sebrus.export.rounds import Origin, ReleaseRound

__all__ = [
    "RELEASE_FORMAT",
    "BatchEvidence",
    "ExportRefused",
    "ImageBytes",
    "Origin",
    "ReleaseBatch",
    "ReleaseInput",
    "ReleaseMetadata",
    "ReleaseRound",
    "WrittenRelease",
    "write_release",
]
