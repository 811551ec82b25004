"""Reading `.npz`: arrays `x` and `y`, optional `contributor` and `id`. Nothing is unpickled."""

import zipfile
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from sebrus.detect import Images, Stored
from sebrus.scan.errors import SourceError
from sebrus.scan.mapped import mapped_images
from sebrus.scan.source import Source, text, whole_labels

MOST_BYTES = 4 * 1024**3
NAMES = ("x", "y", "contributor", "id")


def read_archive(path: Path, like: Source | None, stored: bool = False) -> Source:
    """Read an archive; where it is to stay `stored` and its images are not compressed, they are mapped, not read.

    Raises `SourceError`.
    """
    mapped = mapped_images(path) if stored and like is None else None
    arrays = _arrays(path, () if mapped is None else ("x",))
    missing = [name for name in ("x", "y") if name not in arrays and (name == "y" or mapped is None)]
    if missing:
        raise SourceError(
            f"{path} has no array {' and no array '.join(missing)}: it must hold x (images) and y (labels)."
        )
    images = _pictures(mapped if mapped is not None else arrays["x"], path)
    labels, names = whole_labels(arrays["y"], like, f"y in {path}")
    n = len(images)
    _same(n, len(labels), path, "y")
    contributors = tuple(text(arrays["contributor"], f"contributor in {path}")) if "contributor" in arrays else None
    ids = tuple(text(arrays["id"], f"id in {path}")) if "id" in arrays else tuple(str(row) for row in range(n))
    _same(n, len(contributors) if contributors is not None else n, path, "contributor")
    _same(n, len(ids), path, "id")
    if n == 0:
        raise SourceError(f"{path} holds no images.")
    if like is not None:
        images = _matched(np.asarray(images), like, path)
    return Source(images, labels, ids, contributors, names)


def _arrays(path: Path, left: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """The arrays by name, but for those that are `left` where they are."""
    try:
        with zipfile.ZipFile(path) as archive:
            read = [entry for entry in archive.infolist() if entry.filename.removesuffix(".npy") not in left]
            if sum(entry.file_size for entry in read) > MOST_BYTES:
                raise SourceError(f"{path} unpacks to more than 4 GiB: split it.")
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in NAMES if name in stored.files and name not in left}
    except SourceError:
        raise
    except (zipfile.BadZipFile, EOFError):
        raise SourceError(f"{path} is not an .npz archive: write it with numpy.savez(path, x=..., y=...).") from None
    except (ValueError, OSError, KeyError, MemoryError, NotImplementedError, RuntimeError) as error:
        raise SourceError(f"{path} cannot be read as an .npz archive of plain arrays ({_short(error)}).") from None
    except Exception as error:  # a damaged member raises whatever its decompressor raises
        raise SourceError(f"{path} is damaged ({_short(error)}).") from None


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120].rstrip(".")


def _pictures(x: Any, path: Path) -> Images:
    if not isinstance(x, Stored) and x.dtype != np.uint8:
        raise SourceError(f"x in {path} must be uint8 from 0 to 255, not {x.dtype}.")
    if len(x.shape) not in (3, 4) or (len(x.shape) == 4 and x.shape[3] not in (1, 3)):
        raise SourceError(
            f"x in {path} must be shaped [n, height, width] or [n, height, width, 1 or 3], not {list(x.shape)}."
        )
    return cast(Images, x)


def _same(images: int, others: int, path: Path, name: str) -> None:
    if images != others:
        raise SourceError(f"{path} holds {images} images but {others} entries in {name}: give one per image.")


def _matched(images: NDArray[np.uint8], like: Source, path: Path) -> NDArray[np.uint8]:
    """Bring an optional last axis of one channel into line; other differences are refused."""
    wanted = like.images.shape
    if images.ndim == 4 and images.shape[3] == 1 and len(wanted) == 3:
        images = images[..., 0]
    if images.ndim == 3 and len(wanted) == 4 and wanted[3] == 1:
        images = images[..., None]
    if images.shape[1:] != wanted[1:]:
        raise SourceError(
            f"Images in {path} are {_size(images)} but the scanned ones are {_size(like.images)}: "
            "bring them to one size."
        )
    return images


def _size(images: Images) -> str:
    return "x".join(str(side) for side in images.shape[1:])


__all__ = ["read_archive"]
