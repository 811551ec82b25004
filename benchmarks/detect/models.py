"""Small networks trained on a pool, or on what a detector kept of it, and what the attack then does to them.

Sizes are chosen for minutes on a CPU: what counts is the difference that poison makes, at equal training. Training is
the same for the same seed on the same machine. Needs PyTorch.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.detect.pool import Collection, Images, Labels, Strike

BATCH = 64
LARGE = 16  # pixels: smaller images get the tiny network
PAD = 4
DECAY = 5e-4
BLOCK = 500


@dataclass(frozen=True)
class Recipe:
    """How one kind of network is trained: epochs, highest learning rate, flips and crops or not, smoothed labels."""

    epochs: int
    rate: float
    augment: bool = False
    smooth: float = 0.0


@dataclass(frozen=True, eq=False)
class Network:
    """A trained network: `body` gives features [n, d], `head` logits."""

    body: nn.Module
    head: nn.Module

    def features(self, images: Images) -> NDArray[np.float32]:
        """Penultimate activations float32 [n, d]."""
        return np.asarray(_in_blocks(self.body, images))

    def probabilities(self, images: Images) -> NDArray[np.float64]:
        """Class probabilities float64 [n, classes]."""
        logits = torch.from_numpy(_in_blocks(nn.Sequential(self.body, self.head), images)).double()
        return np.asarray(functional.softmax(logits, dim=1).numpy())

    def predicted(self, images: Images) -> Labels:
        """The likeliest class [n]."""
        return np.asarray(self.probabilities(images).argmax(axis=1))


def tensor(images: Images) -> Tensor:
    """Images uint8 as float32 [n, c, h, w], centred and of about unit variance."""
    shaped = images[..., None] if images.ndim == 3 else images
    found = torch.from_numpy(np.ascontiguousarray(shaped)).permute(0, 3, 1, 2).float()
    return found.div_(255 / 4).sub_(1.9) if shaped.shape[3] == 3 else found.div_(255 / 3).sub_(0.5)


def train(images: Images, labels: Labels, classes: int, seed: int, shorter: float = 1.0) -> Network:
    """Train the network that suits the images' size; `shorter` in 0..1 is the share of the usual epochs.

    SGD with momentum and one cycle of the learning rate (Smith and Topin 2019). Raises ValueError on under two items.
    """
    if len(labels) < 2:
        raise ValueError("There are fewer than two items to train on.")
    torch.manual_seed(seed)
    recipe, body, head = _design(images, classes)
    net = nn.Sequential(body, head).to(memory_format=torch.channels_last)
    known, wanted = tensor(images), torch.from_numpy(labels.astype(np.int64))
    epochs = max(1, round(recipe.epochs * shorter))
    batch = min(BATCH, len(labels))
    steps = epochs * (len(labels) // batch)
    optimiser = torch.optim.SGD(net.parameters(), lr=recipe.rate, momentum=0.9, nesterov=True, weight_decay=DECAY)
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.rate, total_steps=steps, pct_start=0.25, div_factor=10, final_div_factor=1000
    )
    net.train()
    for rows in _batches(len(labels), batch, epochs):
        inputs = _augmented(known[rows]) if recipe.augment else known[rows]
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=_halves(recipe)):
            logits = net(inputs.contiguous(memory_format=torch.channels_last))
        loss = functional.cross_entropy(logits.float(), wanted[rows], label_smoothing=recipe.smooth)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        cycle.step()
    net.eval()
    return Network(body, head)


def clean_accuracy(network: Network, collection: Collection) -> float:
    """Share of untouched test images that get their right class."""
    return float((network.predicted(collection.test_images) == collection.test_labels).mean())


def attack_success(network: Network, strike: Strike, collection: Collection, seed: int) -> float | None:
    """Share of the victims among the test images that get, struck, the class the attacker wants; None: no victims.

    Label flips change no image: there it is the share of victims taken for the wanted class as they are.
    """
    victims = strike.victims(collection.test_labels)
    if not victims.any():
        return None
    struck = strike.apply(collection.test_images[victims], np.random.default_rng(seed))
    return float((network.predicted(struck) == strike.aim(collection.test_labels[victims])).mean())


def _design(images: Images, classes: int) -> tuple[Recipe, nn.Module, nn.Module]:
    if images.ndim == 4:
        return Recipe(epochs=14, rate=0.05, augment=True, smooth=0.1), _residual(16), nn.Linear(64, classes)
    if images.shape[1] < LARGE:
        return Recipe(epochs=30, rate=0.05), _plain(16, 32, 64, images.shape[1]), nn.Linear(64, classes)
    return Recipe(epochs=8, rate=0.05), _plain(16, 32, 64, images.shape[1]), nn.Linear(64, classes)


def _unit(inputs: int, outputs: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


def _plain(first: int, second: int, hidden: int, side: int) -> nn.Module:
    """Two convolutions and a hidden layer, after LeNet (LeCun et al. 1998)."""
    rest = (side // 2) // 2
    return nn.Sequential(
        _unit(1, first),
        nn.MaxPool2d(2),
        _unit(first, second),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(second * rest * rest, hidden),
        nn.ReLU(inplace=True),
    )


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(_unit(width, width), _unit(width, width))

    def forward(self, inputs: Tensor) -> Tensor:
        """Add what two convolutions make of it (He et al. 2016)."""
        changed: Tensor = self.inner(inputs)
        return inputs + changed


def _residual(width: int) -> nn.Module:
    """Nine layers with two residual blocks, narrow, pooled early: after the fast ResNet-9 of DAWNBench (Page 2018)."""
    return nn.Sequential(
        _unit(3, width),
        nn.MaxPool2d(2),
        _unit(width, 2 * width),
        _Residual(2 * width),
        _unit(2 * width, 4 * width),
        nn.MaxPool2d(2),
        _unit(4 * width, 4 * width),
        nn.MaxPool2d(2),
        _Residual(4 * width),
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),
    )


def _halves(recipe: Recipe) -> bool:
    """Half precision where the processor computes in it, for the one network large enough to gain."""
    return recipe.augment and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _batches(count: int, batch: int, epochs: int) -> Iterator[Tensor]:
    for _ in range(epochs):
        order = torch.randperm(count)
        yield from (order[start : start + batch] for start in range(0, count - batch + 1, batch))


def _augmented(images: Tensor) -> Tensor:
    """Flip half of the images left to right and move each by up to `PAD` pixels."""
    count, _, height, width = images.shape
    padded = functional.pad(images, (PAD, PAD, PAD, PAD), mode="reflect")
    rows = torch.randint(0, 2 * PAD + 1, (count, 1)) + torch.arange(height)
    columns = torch.randint(0, 2 * PAD + 1, (count, 1)) + torch.arange(width)
    columns = torch.where(torch.rand(count, 1) < 0.5, columns.flip(1), columns)
    item = torch.arange(count)[:, None, None]
    return padded.permute(0, 2, 3, 1)[item, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _in_blocks(module: nn.Module, images: Images) -> NDArray[np.float32]:
    with torch.no_grad():
        parts = [
            module(tensor(images[start : start + BLOCK]).contiguous(memory_format=torch.channels_last)).float()
            for start in range(0, len(images), BLOCK)
        ]
    return np.asarray(torch.cat(parts).numpy())


__all__ = ["Network", "Recipe", "attack_success", "clean_accuracy", "tensor", "train"]
