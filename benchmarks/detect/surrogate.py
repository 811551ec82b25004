"""The attacker's own network: a small one, trained once for a collection and seed and kept on disk.

PyTorch is imported when a network is needed, and only then.
"""

import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.detect.files import write
from benchmarks.detect.plan import Scene
from benchmarks.detect.pool import Images

EPOCHS, STEPS, BATCH = 4, 400, 64
Arrays = dict[str, NDArray[Any]]


def pytorch() -> Any:
    """The torch module, on one thread; a clear sentence where it is not installed."""
    try:
        import torch
    except ImportError as error:
        raise ModuleNotFoundError(
            "This attack trains a surrogate network and needs PyTorch: install the extra `deep` of sebrus."
        ) from error
    torch.set_num_threads(1)
    return torch


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """PyTorch's global randomness from `seed` inside, as it was afterwards."""
    torch = pytorch()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def tensor(images: Images) -> Any:
    """Images as float32 [n, c, h, w] of 0..1."""
    channels = images[..., None] if images.ndim == 3 else images
    return pytorch().from_numpy(np.ascontiguousarray(channels.transpose(0, 3, 1, 2))).float() / 255


def array(values: Any, like: Images) -> Images:
    """A tensor [n, c, h, w] of 0..1 as uint8 images of the shape of `like`."""
    flat: Images = np.rint(np.clip(values.detach().numpy(), 0, 1) * 255).astype(np.uint8)
    return flat.transpose(0, 2, 3, 1).reshape(like.shape)


def network(colour: bool, classes: int) -> Any:
    """Three convolutions and a linear layer; `net[:-1]` gives the features."""
    nn = pytorch().nn
    layers: list[Any] = []
    for inside, outside in ((3 if colour else 1, 32), (32, 64), (64, 128)):
        layers += [nn.Conv2d(inside, outside, 3, padding=1, bias=False), nn.BatchNorm2d(outside), nn.ReLU()]
        layers += [nn.MaxPool2d(2)]
    return nn.Sequential(*layers[:-1], nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(512, classes))


def surrogate(scene: Scene) -> Any:
    """The network trained on the attacker's private images, in evaluation mode, its parameters frozen."""
    torch = pytorch()
    net = network(scene.collection.images.ndim == 4, scene.collection.classes)
    state = kept(scene, "surrogate", lambda: _trained(scene))
    net.load_state_dict({name: torch.from_numpy(values) for name, values in state.items()})
    return net.eval().requires_grad_(False)


def _trained(scene: Scene) -> Arrays:
    """Weights after at least `EPOCHS` epochs and `STEPS` steps of Adam with a falling step."""
    torch = pytorch()
    images, labels = scene.private
    rng = np.random.default_rng(scene.seed)
    epochs = max(EPOCHS, -(-STEPS * BATCH // len(labels)))
    with seeded(scene.seed):
        net = network(images.ndim == 4, scene.collection.classes).train()
        steps = epochs * -(-len(labels) // BATCH)
        chooser = torch.optim.Adam(net.parameters(), lr=2e-3)
        pace = torch.optim.lr_scheduler.OneCycleLR(chooser, 4e-3, total_steps=steps)
        for _ in range(epochs):
            for rows in np.array_split(rng.permutation(len(labels)), steps // epochs):
                loss = torch.nn.functional.cross_entropy(net(tensor(images[rows])), torch.from_numpy(labels[rows]))
                chooser.zero_grad()
                loss.backward()
                chooser.step()
                pace.step()
    return {name: values.numpy() for name, values in net.state_dict().items()}


def kept(scene: Scene, what: str, make: Callable[[], Arrays]) -> Arrays:
    """Arrays from the cache folder, made and written there first where they are absent."""
    images, labels = scene.private
    mark = zlib.crc32(labels.tobytes(), zlib.crc32(images.tobytes()))
    path = scene.cache / f"{scene.collection.name}-{scene.seed}-{mark:08x}-{what}.npz"
    if not path.is_file():
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **make())
        write(path, buffer.getvalue())
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


__all__ = ["array", "kept", "network", "pytorch", "seeded", "surrogate", "tensor"]
