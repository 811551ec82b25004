"""PyTorch when it is there, one sentence when it is not, and the device to work on."""

import importlib
from typing import Literal

from sebrus.detect.errors import DetectError

Device = Literal["auto", "cpu", "cuda"]


def choose(wanted: str) -> Literal["cpu", "cuda"]:
    """The device to train on: CUDA when PyTorch has it, unless `wanted` says "cpu".

    Raises `DetectError` when PyTorch is missing, when "cuda" is wanted and absent, or for another word.
    """
    if wanted not in ("auto", "cpu", "cuda"):
        raise DetectError(f"The device must be auto, cpu or cuda, not {wanted}.")
    try:
        torch = importlib.import_module("torch")
    except ImportError:
        raise DetectError('An audit trains networks: install PyTorch with pip install "sebrus[deep]".') from None
    there = bool(torch.cuda.is_available())
    if wanted == "cuda" and not there:
        raise DetectError("CUDA was asked for, but PyTorch finds no CUDA device here: use auto or cpu.")
    return "cuda" if there and wanted != "cpu" else "cpu"


__all__ = ["Device", "choose"]
