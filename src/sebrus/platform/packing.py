"""Put several steps into one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sebrus.chain.calls import Call
from sebrus.platform.application import Application


def together(application: Application, steps: Sequence[Call]) -> Call:
    """One call that makes all steps in their order or none; a single step stays as it is."""
    if len(steps) == 1:
        return steps[0]
    return Call("multicall", ([application.contract.encode_call(step) for step in steps],))
