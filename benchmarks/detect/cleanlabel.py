"""Clean-label attacks that need gradients: the poison keeps its right label and is optimised on a surrogate network."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.detect.plan import Plan, Rng, Scene, clean, is_colour, pixels
from benchmarks.detect.pool import Images, Labels, Strike
from benchmarks.detect.surrogate import array, kept, pytorch, seeded, surrogate, tensor
from benchmarks.detect.triggers import checkerboard, patch, patch_side

CHUNK = 128
PGD_STEPS = 20
UNIVERSAL_STEPS = 300
COLLISION_STEPS, COLLISION_RATE, NEARNESS, WATERMARK = 60, 0.01, 0.05, 0.2


def radius(colour: bool) -> float:
    """The largest change of a pixel, of 0..1: 16/255 on colour images, 0.25 on grey ones (Turner et al.: 0.3)."""
    return 16 / 255 if colour else 0.25


def harder(images: Images, labels: Labels, net: Any, eps: float, rng: Rng) -> Images:
    """Images moved within +-eps away from what `net` knows of their class: projected gradient (Madry et al. 2018)."""
    torch = pytorch()
    out = np.empty_like(images)
    for rows in np.array_split(np.arange(len(images)), -(-len(images) // CHUNK)):
        start, truth = tensor(images[rows]), torch.from_numpy(labels[rows])
        moved = start + torch.from_numpy(rng.uniform(-eps, eps, size=start.shape)).float()
        for _ in range(PGD_STEPS):
            moved = moved.clamp(0, 1).requires_grad_(True)
            loss = torch.nn.functional.cross_entropy(net(moved), truth)
            (slope,) = torch.autograd.grad(loss, moved)
            moved = moved.detach() + 2.5 * eps / PGD_STEPS * slope.sign()
            moved = start + (moved - start).clamp(-eps, eps)
        out[rows] = array(moved.clamp(0, 1), images[rows])
    return out


def corners(images: Images) -> Images:
    """A checkerboard patch in each of the four corners."""
    mark = checkerboard(patch_side(images.shape[2], 3, 2))
    bottom, right = images.shape[1] - mark.shape[0], images.shape[2] - mark.shape[1]
    for top, left in ((0, 0), (0, right), (bottom, 0), (bottom, right)):
        images = patch(images, mark, top, left)
    return images


def label_consistent(scene: Scene, rng: Rng) -> Plan:  # noqa: ARG001
    """Turner et al. 2019: items of the target class made hard to recognise, so that the model learns the corners."""

    def train(images: Images, rng: Rng) -> Images:
        labels = np.full(len(images), scene.target, dtype=np.int64)
        return corners(harder(images, labels, surrogate(scene), radius(is_colour(images)), rng))

    return clean(scene, train, lambda images, _: corners(images))


def universal(scene: Scene) -> NDArray[np.float64]:
    """One perturbation within +-radius that makes the surrogate surer of the target class, in levels 0..255."""
    torch = pytorch()
    images = scene.private[0][scene.private[1] == scene.target]
    net, data, eps = surrogate(scene), tensor(images), radius(is_colour(images))
    truth = torch.full((len(data),), scene.target)
    with seeded(scene.seed):
        change = torch.zeros_like(data[:1], requires_grad=True)
        chooser = torch.optim.Adam([change], lr=eps / 10)
        for _ in range(UNIVERSAL_STEPS):
            rows = torch.randint(len(data), (CHUNK,))
            loss = torch.nn.functional.cross_entropy(net((data[rows] + change).clamp(0, 1)), truth[rows])
            chooser.zero_grad()
            loss.backward()
            chooser.step()
            with torch.no_grad():
                change.clamp_(-eps, eps)
    found = change.detach().numpy()[0].transpose(1, 2, 0) * 255
    return np.asarray(found.reshape(images.shape[1:]), dtype=np.float64)


def narcissus(scene: Scene, rng: Rng) -> Plan:  # noqa: ARG001
    """After Zeng et al. 2023: a universal perturbation of the target class, 3 times as strong when striking."""
    change = kept(scene, f"universal-{scene.target}", lambda: {"change": universal(scene)})["change"]
    return clean(scene, lambda images, _: pixels(images + change), lambda images, _: pixels(images + 3 * change))


def collide(images: Images, goal: Images, net: Any) -> Images:
    """Images whose features come near those of the one `goal` image while their pixels stay near (Shafahi et al. 2018).

    Starts from the images with the goal at 20 % opacity, the paper's watermark for networks trained from scratch.
    """
    torch = pytorch()
    features, aim = net[:-1], tensor(goal)
    wanted = features(aim)
    out = np.empty_like(images)
    for rows in np.array_split(np.arange(len(images)), -(-len(images) // CHUNK)):
        start = (1 - WATERMARK) * tensor(images[rows]) + WATERMARK * aim
        moved = start.clone().requires_grad_(True)
        chooser = torch.optim.Adam([moved], lr=COLLISION_RATE)
        for _ in range(COLLISION_STEPS):
            far = ((features(moved) - wanted) ** 2).sum(dim=1) / (wanted**2).sum()
            loss = (far + NEARNESS * ((moved - start) ** 2).flatten(1).sum(dim=1)).sum()
            chooser.zero_grad()
            loss.backward()
            chooser.step()
            with torch.no_grad():
                moved.clamp_(0, 1)
        out[rows] = array(moved, images[rows])
    return out


def goal_image(scene: Scene, rng: Rng) -> Images:
    """A test image [1, h, w(, 3)] of the source class that the surrogate knows: it shall be taken for the target."""
    of_source = rng.permutation(np.flatnonzero(scene.collection.test_labels == scene.source))
    images: Images = scene.collection.test_images[of_source[:CHUNK]]
    known = surrogate(scene)(tensor(images)).argmax(dim=1).numpy() == scene.source
    first = int(np.argmax(known))
    return images[first : first + 1]


def feature_collision(scene: Scene, rng: Rng) -> Plan:
    """Shafahi et al. 2018: no trigger; one test image shall change its class.

    Whatever images the strike is given, it shows that one image, so that it succeeds on all of them or on none.
    """
    goal = goal_image(scene, rng)

    def plant(images: Images, labels: Labels, rng: Rng) -> tuple[Images, Labels]:  # noqa: ARG001
        return collide(images, goal, surrogate(scene)), labels.copy()

    strike = Strike(
        lambda images, _: np.repeat(goal, len(images), axis=0),
        lambda labels: np.full_like(labels, scene.target),
        lambda labels: labels == scene.source,
    )
    return Plan(lambda labels: labels == scene.target, plant, strike)


__all__ = ["collide", "corners", "feature_collision", "harder", "label_consistent", "narcissus", "universal"]
