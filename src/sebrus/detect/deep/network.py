"""A compact residual network for images of 8 to 64 pixels a side.

Five stages of 3x3 convolutions with batch normalisation (after He et al., CVPR 2016), the maximum over places, a linear
layer. How often it pools depends on the image's side, so that the last stages see about 4x4 places.
"""

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

WIDTH = 32


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """`stages` one after another, then `head`; `twice` marks the stages whose output is added to their input."""

    stages: nn.ModuleList
    twice: tuple[bool, ...]
    head: nn.Linear

    @property
    def whole(self) -> nn.ModuleList:
        """All modules, to move, to switch between training and use, and to list parameters."""
        return nn.ModuleList([*self.stages, self.head])

    def copy(self) -> "Network":
        """The network as it is now, for use, whatever becomes of this one."""
        both = copy.deepcopy((self.stages, self.head))
        kept = Network(both[0], self.twice, both[1])
        kept.whole.eval().requires_grad_(False)
        return kept

    def through(self, images: Tensor) -> list[Tensor]:
        """What every stage puts out for images [b, c, h, w]: maps [b, channels, h', w']."""
        maps = []
        for stage, added in zip(self.stages, self.twice, strict=True):
            images = images + stage(images) if added else stage(images)
            maps.append(images)
        return maps

    def read(self, maps: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Logits [b, classes] and features [b, d] from the stages' maps."""
        described = maps[-1].amax(dim=(2, 3))
        return self.head(described), described

    def __call__(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and features of images [b, c, h, w]."""
        return self.read(self.through(images))


def build(channels: int, side: int, classes: int, seed: int) -> Network:
    """A network with weights drawn by `seed`, for images whose longer side is `side` pixels."""
    pools = 1 if side <= 12 else 2 if side <= 20 else 3
    width = WIDTH if side > 12 else WIDTH // 2
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        stages = nn.ModuleList(
            [
                _stage(channels, width, pools > 2, stride=2 if side > 40 else 1),
                _stage(width, 2 * width, pools > 1),
                nn.Sequential(_stage(2 * width, 2 * width, False), _stage(2 * width, 2 * width, False)),
                _stage(2 * width, 4 * width, True),
                nn.Sequential(_stage(4 * width, 4 * width, False), _stage(4 * width, 4 * width, False)),
            ]
        )
        head = nn.Linear(4 * width, classes)
    return Network(stages, (False, False, True, False, True), head)


def _stage(inside: int, outside: int, pool: bool, stride: int = 1) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(inside, outside, 3, stride=stride, padding=1, bias=False)]
    if pool:
        layers.append(nn.MaxPool2d(2, ceil_mode=True))
    return nn.Sequential(*layers, nn.BatchNorm2d(outside), nn.ReLU())


__all__ = ["Network", "build"]
