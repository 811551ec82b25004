"""No PyTorch, no CUDA, nobody to compare with, almost nothing to learn from: a sentence each time."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from sebrus.detect import DetectError
from sebrus.detect.deep import audit
from sebrus.detect.deep.device import choose


def without_torch(name: str, *rest: Any) -> Any:
    if name == "torch":
        raise ImportError(name)
    return importlib.__import__(name)


def test_without_torch_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr("sebrus.detect.deep.device.importlib.import_module", without_torch)
    with pytest.raises(DetectError, match=r'install PyTorch with pip install "sebrus\[deep\]"'):
        audit(np.zeros((4, 8, 8), np.uint8), [0, 0, 1, 1])


def test_importing_the_detector_does_not_import_torch():
    asked = "import sys, sebrus.detect, sebrus.detect.deep, sebrus.cli; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def test_cuda_is_chosen_when_it_is_there(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose("auto") == "cuda"
    assert choose("cpu") == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose("auto") == "cpu"
    with pytest.raises(DetectError, match="no CUDA device"):
        choose("cuda")
    with pytest.raises(DetectError, match="auto, cpu or cuda"):
        choose("tpu")


@pytest.mark.parametrize("wrong", [{"plants": -1}, {"seed": -1}, {"plants": 1.5}])
def test_counts_must_be_whole(wrong):
    pytest.importorskip("torch")
    with pytest.raises(DetectError, match="whole numbers"):
        audit(np.zeros((4, 8, 8), np.uint8), [0, 0, 1, 1], **wrong)


def test_one_class_or_few_items_are_only_scanned():
    pytest.importorskip("torch")
    noise = np.random.default_rng(0).integers(0, 256, (150, 8, 8), dtype=np.uint8)
    one_class = audit(noise, np.zeros(150, int), ["a", "b"] * 75)
    few = audit(noise[:20], [0, 1] * 10, ["a", "b"] * 10)
    assert "there is one class" in one_class.findings.limits[-1]
    assert "fewer than 100 items" in few.findings.limits[-1]
    assert one_class.power is None
    assert few.transplants == ()
