"""What the trained network does inside for each item: features, and the directions that raise its given label.

The gradient of the given label's logit with respect to a stage's map, averaged over places, is the vector of Yuan et
al., "Activation gradient based poisoned sample detection" (ICLR 2025). One backward pass gives all stages' at once.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sebrus.detect.deep.network import Network
from sebrus.detect.deep.training import Pictures

Ints = NDArray[np.intp]
FloatArray = NDArray[np.float32]

AT_ONCE = 256
FIRST_STAGE = 2


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """`features` [n, d] before the last layer; `directions` [n, g], each stage's part of length 1."""

    features: FloatArray
    directions: FloatArray


def inside(network: Network, held: Pictures, labels: Ints) -> Inside:
    """Features and gradient directions of every image, for its label in `labels` [n]."""
    network.whole.eval()
    described, directions = [], []
    for start in range(0, len(labels), AT_ONCE):
        at = torch.arange(start, min(start + AT_ONCE, len(labels)), device=held.values.device)
        given = torch.from_numpy(labels[start : start + AT_ONCE]).to(held.values.device)
        maps = network.through(held[at])
        logits, features = network.read(maps)
        wanted = maps[FIRST_STAGE:]
        slopes = torch.autograd.grad(logits.gather(1, given[:, None]).sum(), wanted)
        parts = [torch.nn.functional.normalize(slope.mean(dim=(2, 3)), dim=1) for slope in slopes]
        described.append(features.detach().cpu().numpy())
        directions.append(torch.cat(parts, dim=1).cpu().numpy())
    return Inside(np.concatenate(described), np.concatenate(directions))


__all__ = ["Inside", "inside"]
