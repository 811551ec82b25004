"""The published originals of MNIST, Fashion-MNIST and CIFAR-10: fetched once, checked, kept as npz in a cache folder.

MNIST: LeCun et al. 1998; Fashion-MNIST: Xiao et al. 2017; CIFAR-10: Krizhevsky 2009. Checksums are the publishers'.
"""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from benchmarks.detect.files import write

Arrays = dict[str, NDArray[Any]]
IDX = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
MNIST_MD5 = (
    "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "d53e105ee54ea40749a09fcbcd1e9432",
    "9fb629c4189551a2d022fa330f9573f3",
    "ec29112dd5afa0611ce80d1b7f02629c",
)
FASHION_MD5 = (
    "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "25c81989df183df01b3e8a0aad5dffbe",
    "bef4ecab320f06d8554ea6380940ec79",
    "bb300cfdad3c16e7a12a480ee83cd310",
)
CIFAR_RECORD = 1 + 3 * 32 * 32


class NotFetched(Exception):
    """The original could not be had, in one sentence."""


@dataclass(frozen=True)
class Origin:
    """Where a collection is published: `mirrors` tried in turn, file names with their MD5, how to read the files."""

    mirrors: tuple[str, ...]
    files: dict[str, str]
    read: Callable[[list[bytes]], Arrays]


def idx(content: bytes) -> NDArray[np.uint8]:
    """A gzipped IDX file of bytes: two zeros, type 8, the number of axes, their lengths, the values."""
    raw = gzip.decompress(content)
    if raw[:3] != b"\x00\x00\x08":
        raise NotFetched("A file is not in the IDX format of bytes.")
    shape = np.frombuffer(raw, dtype=">u4", count=raw[3], offset=4)
    return np.frombuffer(raw, dtype=np.uint8, offset=4 + 4 * raw[3]).reshape(shape.astype(int))


def read_idx(contents: list[bytes]) -> Arrays:
    """The four files of (Fashion-)MNIST."""
    return dict(zip(("x_train", "y_train", "x_test", "y_test"), map(idx, contents), strict=True))


def read_cifar(contents: list[bytes]) -> Arrays:
    """CIFAR-10's binary archive: records of one label and 3 x 32 x 32 pixels, planes of red, green and blue."""
    found: Arrays = {}
    with tarfile.open(fileobj=io.BytesIO(contents[0]), mode="r:gz") as archive:
        parts = {Path(member.name).name: member for member in archive.getmembers() if member.isfile()}
        for part, batches in (("train", [f"data_batch_{n}.bin" for n in range(1, 6)]), ("test", ["test_batch.bin"])):
            opened = [archive.extractfile(parts[name]) for name in batches]
            records = np.frombuffer(b"".join(file.read() for file in opened if file), dtype=np.uint8)
            records = records.reshape(-1, CIFAR_RECORD)
            found[f"x_{part}"] = np.ascontiguousarray(records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
            found[f"y_{part}"] = records[:, 0].copy()
    return found


ORIGINS: dict[str, Origin] = {
    "mnist": Origin(
        ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"),
        dict(zip(IDX, MNIST_MD5, strict=True)),
        read_idx,
    ),
    "fashion_mnist": Origin(
        (
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        dict(zip(IDX, FASHION_MD5, strict=True)),
        read_idx,
    ),
    "cifar10": Origin(
        ("https://www.cs.toronto.edu/~kriz/",),
        {"cifar-10-binary.tar.gz": "c32a1d4ab5d03f1284b67883e8d87530"},
        read_cifar,
    ),
}


def fetch(name: str, origin: Origin, path: Path) -> None:
    """Write a collection's npz to `path`, whole or not at all; NotFetched says why not."""
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        contents = [_file(file, md5, origin.mirrors, progress) for file, md5 in origin.files.items()]
    try:
        arrays = origin.read(contents)
    except (OSError, ValueError, KeyError, IndexError, EOFError, tarfile.TarError) as error:
        raise NotFetched(f"The files of {name} are not in the format expected: {error}.") from error
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write(path, buffer.getvalue())


def _file(name: str, md5: str, mirrors: tuple[str, ...], progress: Progress) -> bytes:
    """The first mirror's file that has the right checksum."""
    said = ""
    for mirror in mirrors:
        try:
            content = _download(mirror + name, progress)
        except httpx.HTTPError as error:
            said = f"{httpx.URL(mirror).host} cannot be reached ({error})"
            continue
        if hashlib.md5(content, usedforsecurity=False).hexdigest() == md5:
            return content
        said = f"{httpx.URL(mirror).host} sent a file with another checksum than the published one"
    raise NotFetched(f"{name} could not be fetched: {said}.")


def _download(url: str, progress: Progress) -> bytes:
    """A file's bytes, with a bar; at most its announced length is shown, none where the server says none."""
    task = progress.add_task(url.rpartition("/")[2], total=None)
    content = bytearray()
    with httpx.stream("GET", url, follow_redirects=True, timeout=httpx.Timeout(30, connect=5)) as answer:
        answer.raise_for_status()
        length = answer.headers.get("content-length")
        progress.update(task, total=int(length) if length else None)
        for part in answer.iter_raw():
            content += part
            progress.update(task, completed=len(content))
    return bytes(content)


__all__ = ["ORIGINS", "NotFetched", "Origin", "fetch", "idx", "read_cifar", "read_idx"]
