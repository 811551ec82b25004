"""Real images: scikit-learn's digits always; MNIST, Fashion-MNIST and CIFAR-10 from a folder or their publishers."""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from benchmarks.detect.fetch import ORIGINS, NotFetched, Origin, fetch
from benchmarks.detect.pool import Collection

FILES = {"mnist": "mnist.npz", "fashion_mnist": "fashion_mnist_15k.npz", "cifar10": "cifar10_12k.npz"}
COLLECTIONS = ("digits", *FILES)
DIGITS_TEST = 300
FETCHED = Path("build/bench/data")


class Absent(Exception):
    """A collection is neither here nor to be had, in one sentence."""


def digits() -> Collection:
    """scikit-learn's 1,797 digits of 8x8 grey pixels (0..16 there, 0..255 here), the last 300 for tests."""
    stored = load_digits()
    images = np.clip(stored.images * 16, 0, 255).astype(np.uint8)
    labels = stored.target.astype(np.int64)
    return Collection(
        "digits", images[:-DIGITS_TEST], labels[:-DIGITS_TEST], images[-DIGITS_TEST:], labels[-DIGITS_TEST:], 10
    )


def stored(name: str, path: Path) -> Collection:
    """A collection from an npz file of x_train, y_train, x_test, y_test, all uint8."""
    with np.load(path, allow_pickle=False) as file:
        images, test_images = file["x_train"], file["x_test"]
        labels, test_labels = file["y_train"].astype(np.int64), file["y_test"].astype(np.int64)
    return Collection(name, images, labels, test_images, test_labels, int(labels.max()) + 1)


def collection(
    name: str, folder: Path | None = None, cache: Path = FETCHED, origins: dict[str, Origin] = ORIGINS
) -> Collection:
    """The collection of this name: from `folder`, else from `cache`, else fetched into `cache`.

    The files of `folder` may be parts of the originals; what is fetched is all of them. Raises ValueError on an
    unknown name, Absent where the images are not here and their publisher cannot be reached.
    """
    if name == "digits":
        return digits()
    if name not in FILES:
        raise ValueError(f"There is no collection {name!r}: choose one of {', '.join(COLLECTIONS)}.")
    if folder is not None and (folder / FILES[name]).is_file():
        return stored(name, folder / FILES[name])
    path = cache / f"{name}.npz"
    if not path.is_file():
        try:
            fetch(name, origins[name], path)
        except NotFetched as error:
            raise Absent(f"{error} Give the folder that holds {FILES[name]} with --data DIR.") from error
    return stored(name, path)


__all__ = ["COLLECTIONS", "FILES", "Absent", "collection", "digits", "stored"]
