"""Where a scan's work on images runs: here, or on the Ray cluster that the environment names."""

import os
from contextlib import AbstractContextManager, nullcontext

from sebrus.detect import DetectError, Engine, LocalEngine
from sebrus.scan.errors import SourceError

ENGINES = ("local", "ray")


def place(engine: str) -> AbstractContextManager[Engine]:
    """An engine by name, opened and ended as a context; raises `SourceError`."""
    if engine not in ENGINES:
        raise SourceError(f"--engine must be {' or '.join(ENGINES)}, not {engine}.")
    if engine == "local":
        return nullcontext(LocalEngine())
    from sebrus.detect.cluster import RayEngine

    try:
        return RayEngine(os.environ.get("SEBRUS_RAY_ADDRESS", "").strip())
    except DetectError as error:
        raise SourceError(str(error)) from None


__all__ = ["ENGINES", "place"]
