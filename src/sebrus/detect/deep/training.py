"""Training: one cycle of learning rates, its last epochs with sharpness-aware minimisation where asked.

Source: Smith and Topin, "Super-convergence", 2018; Foret et al., "Sharpness-aware minimization", ICLR 2021. The logits
that training computes anyway are kept: their margins, averaged over epochs, are the area under the margin of Pleiss et
al. (NeurIPS 2020).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from sebrus.detect.canvas import shrink
from sebrus.detect.deep.network import Network, build

Ints = NDArray[np.intp]
FloatArray = NDArray[np.float32]
Step = Callable[[float], None]

LONGEST = 64
STEPS = 1100
RATE, MOMENTUM, DECAY, SMOOTHING = 0.15, 0.9, 5e-4, 0.1
SHARP_EPOCHS, RADIUS = 2, 0.05
COMMITTEE = 4
READ_AT_ONCE = 512


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Images uint8 [n, c, h, w] on the device, with the `mean` and `deviation` of their channels.

    `mirrored`: photographs keep their meaning when mirrored, drawn characters do not; colour is taken for photographs.
    """

    values: Tensor
    mean: Tensor
    deviation: Tensor
    mirrored: bool

    def __getitem__(self, rows: Tensor) -> Tensor:
        """Some images as floats, standardised."""
        return self.standard(self.values[rows].to(torch.float32))

    def standard(self, images: Tensor) -> Tensor:
        """Images 0..255 [b, c, h, w] as the network wants them."""
        return ((images - self.mean) / self.deviation).contiguous(memory_format=torch.channels_last)


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """`network` as it ended, `committee` as it stood after each of the last epochs; `margins` [rows] of the rows it
    learnt, each averaged over the later half of the epochs as training saw them."""

    network: Network
    committee: tuple[Network, ...]
    margins: FloatArray

    def said(self, held: Pictures, rows: Ints) -> FloatArray:
        """Logits [rows, classes] of some images, averaged over the committee."""
        return np.asarray(np.mean([read(one, held, rows) for one in self.committee], axis=0), dtype=np.float32)


def pictures(images: NDArray[np.uint8], device: str) -> Pictures:
    """Put images uint8 [n, h, w, c] on the device, averaged down to at most 64 pixels a side."""
    small = np.clip(np.rint(shrink(images, LONGEST)), 0, 255).astype(np.uint8)
    values = torch.from_numpy(np.ascontiguousarray(small.transpose(0, 3, 1, 2))).to(device)
    sample = values[:: max(1, len(values) // 2000)].to(torch.float32)
    mean = sample.mean(dim=(0, 2, 3), keepdim=True)
    deviation = sample.std(dim=(0, 2, 3), keepdim=True) + 1.0
    return Pictures(values, mean, deviation, images.shape[3] == 3)


def train(held: Pictures, labels: Ints, classes: int, rows: Ints, seed: int, sharp: bool, step: Step) -> Trained:
    """Train a new network on some rows; equal arguments give equal results on one machine.

    `labels` [n] are 0..classes-1; `sharp` ends with sharpness-aware epochs; `step` is told the fraction done.
    """
    device = held.values.device
    network = build(held.values.shape[1], max(held.values.shape[2:]), classes, seed)
    network.whole.to(device)
    turns, epochs = schedule(len(rows))
    weights = network.whole.parameters()
    descent = torch.optim.SGD(weights, RATE, momentum=MOMENTUM, nesterov=True, weight_decay=DECAY, foreach=True)
    cycle = torch.optim.lr_scheduler.OneCycleLR(descent, RATE, total_steps=epochs * turns, pct_start=0.25)
    draw = np.random.default_rng(seed)
    target = torch.from_numpy(labels).to(device)
    sums, committee = np.zeros(len(rows), dtype=np.float64), []
    for epoch in range(epochs):
        order = draw.permutation(len(rows))
        for turn in range(turns):
            chosen = order[turn::turns]
            at = torch.from_numpy(rows[chosen]).to(device)
            logits = _descend(
                network,
                _varied(held[at], held.mirrored, draw),
                target[at],
                descent,
                sharp and epoch >= epochs - SHARP_EPOCHS,
            )
            cycle.step()
            if epoch >= epochs // 2:
                sums[chosen] += _margins(logits, target[at])
            step((epoch + (turn + 1) / turns) / epochs)
        if epoch >= epochs - COMMITTEE:
            committee.append(network.copy())
    network.whole.eval()
    return Trained(network, tuple(committee), (sums / (epochs - epochs // 2)).astype(np.float32))


def schedule(rows: int) -> tuple[int, int]:
    """Steps per epoch and epochs for so many rows: 10 to 20 epochs, of steps of 16 to 128 images each."""
    turns = max(1, rows // int(np.clip(rows // 30, 16, 128)))
    return turns, int(np.clip(round(STEPS / turns), 10, 20))


def _varied(images: Tensor, mirrored: bool, draw: np.random.Generator) -> Tensor:
    """Shift a batch by up to a sixteenth of its side and mirror half of it."""
    height, width = images.shape[2:]
    most = max(height, width) // 16
    if most and min(height, width) > most:
        top, left = (int(v) for v in draw.integers(0, 2 * most + 1, size=2))
        wide = functional.pad(images, (most, most, most, most), mode="reflect")
        images = wide[:, :, top : top + height, left : left + width]
    if mirrored:
        turned = torch.from_numpy(draw.random(len(images)) < 0.5).to(images.device)
        images = torch.where(turned[:, None, None, None], images.flip(3), images)
    return images.contiguous(memory_format=torch.channels_last)


def _descend(network: Network, images: Tensor, target: Tensor, descent: torch.optim.SGD, sharp: bool) -> Tensor:
    """One step down; the logits before it."""
    logits = _loss_behind(network, images, target, descent)
    if sharp:
        weights = [w for w in network.whole.parameters() if w.grad is not None]
        slopes = [w.grad for w in weights if w.grad is not None]
        length = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(s) for s in slopes])) + 1e-12
        moves = [slope * (RADIUS / length) for slope in slopes]
        with torch.no_grad():
            for weight, move in zip(weights, moves, strict=True):
                weight.add_(move)
        _loss_behind(network, images, target, descent)
        with torch.no_grad():
            for weight, move in zip(weights, moves, strict=True):
                weight.sub_(move)
    descent.step()
    return logits


def _loss_behind(network: Network, images: Tensor, target: Tensor, descent: torch.optim.SGD) -> Tensor:
    descent.zero_grad(set_to_none=True)
    with torch.autocast(images.device.type, dtype=torch.bfloat16, enabled=half(images.device.type)):
        logits, _ = network(images)
    logits = logits.to(torch.float32)
    torch.autograd.backward(functional.cross_entropy(logits, target, label_smoothing=SMOOTHING))
    return logits.detach()


def half(kind: str) -> bool:
    """Whether 16-bit products are fast here: on CUDA, and on processors that have them built in."""
    if kind == "cuda":
        return True
    able: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def _margins(logits: Tensor, target: Tensor) -> NDArray[np.float64]:
    """The given class's logit less the largest other one."""
    given = logits.gather(1, target[:, None])[:, 0]
    rest = logits.scatter(1, target[:, None], -torch.inf).amax(dim=1)
    return np.asarray((given - torch.where(torch.isinf(rest), given, rest)).cpu().numpy(), dtype=np.float64)


def read(network: Network, held: Pictures, rows: Ints) -> FloatArray:
    """Logits [rows, classes] of some images."""
    network.whole.eval()
    logits = [np.zeros((0, network.head.out_features), dtype=np.float32)]
    with torch.no_grad():
        for start in range(0, len(rows), READ_AT_ONCE):
            at = torch.from_numpy(rows[start : start + READ_AT_ONCE]).to(held.values.device)
            logits.append(said(network, held[at]))
    return np.concatenate(logits)


def said(network: Network, images: Tensor) -> FloatArray:
    """Logits [b, classes] of standardised images."""
    with torch.no_grad(), torch.autocast(images.device.type, dtype=torch.bfloat16, enabled=half(images.device.type)):
        logits, _ = network(images)
    return np.asarray(logits.to(torch.float32).cpu().numpy())


__all__ = ["Pictures", "Trained", "half", "pictures", "read", "said", "schedule", "train"]
