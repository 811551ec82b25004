"""Put several steps into one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sebrus.chain.calls import Call, packed
from sebrus.platform.application import Application


def together(application: Application, steps: Sequence[Call]) -> Call:
    """One call that makes all steps in their order or none; a single step stays as it is."""
    return packed(steps, application.contract.encode_call)
