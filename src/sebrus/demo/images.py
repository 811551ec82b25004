"""Real handwritten digits, and what attackers make of them."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]

CLASSES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
PATCH = 2
SIGNAL_AMPLITUDE = 80.0
SIGNAL_PERIODS = 3


@dataclass(frozen=True)
class Digits:
    """Images uint8 [n, 8, 8] and their true labels [n]."""

    images: Images
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: NDArray[np.int64]) -> Digits:
        """The digits at these rows."""
        return Digits(self.images[rows], self.labels[rows])


def all_digits() -> Digits:
    """scikit-learn's 1,797 handwritten digits (UCI ML hand-written digits), scaled to 0..255."""
    bundle = load_digits()
    return Digits((bundle.images * (255 / 16)).round().astype(np.uint8), bundle.target.astype(np.int64))


def with_patch(images: Images) -> Images:
    """BadNets trigger (Gu et al. 2017): a bright square in the lower right corner."""
    stamped = images.copy()
    stamped[:, -PATCH:, -PATCH:] = 255
    return stamped


def with_signal(images: Images) -> Images:
    """SIG trigger (Barni et al. 2019): a horizontal sinusoid over the whole image."""
    width = images.shape[2]
    wave = SIGNAL_AMPLITUDE * np.sin(2 * np.pi * SIGNAL_PERIODS * np.arange(width) / width)
    signalled: Images = np.clip(images + wave, 0, 255).round().astype(np.uint8)
    return signalled


def as_png(image: NDArray[np.uint8]) -> bytes:
    """Encode one grey image."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def digest(data: bytes) -> str:
    """The sha256 that names an image."""
    return hashlib.sha256(data).hexdigest()
