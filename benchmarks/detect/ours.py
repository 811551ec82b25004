"""Our detector, and its variants with a test left out, in the form of the benchmark."""

from collections.abc import Sequence
from functools import partial

from benchmarks.detect.judgement import Detector, Judgement, Seen
from sebrus.detect import Findings, scan

OURS = "ours"
SEED = "seed"


def said(findings: Findings) -> Judgement:
    """Findings as flags, scores and accused contributors."""
    accused = frozenset(str(one.contributor) for one in findings.contributors if one.flagged)
    return Judgement(findings.flagged, findings.scores, accused)


def ours(seen: Seen, without: tuple[str, ...] = ()) -> Judgement:
    """`sebrus.detect.scan` of the pool with its contributors and the trusted seed, without some tests or the seed."""
    tests = tuple(test for test in without if test != SEED)
    trusted = None if SEED in without else seen.trusted
    return said(scan(seen.images, seen.labels, seen.contributors, trusted, without=tests))


def detectors(without: Sequence[str] = ()) -> dict[str, Detector]:
    """Ours, and one variant for each test (or the trusted seed) to leave out."""
    found: dict[str, Detector] = {OURS: ours}
    return found | {f"{OURS} without {test}": partial(ours, without=(test,)) for test in without}


__all__ = ["OURS", "SEED", "detectors", "ours", "said"]
