"""From image files to arrays of one shape: opened with care, decoded, brought to one size and mode.

Images of mixed sizes are all resized to the most common one; grey and colour together become colour.
"""

import io
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from sebrus.detect import Images
from sebrus.scan.errors import SourceError

MOST_PIXELS = 50_000_000
LONGEST = 512
Look = TypeVar("Look")

# What Pillow decodes by itself: it hands others, EPS first, to programs that a stranger's file should not reach.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "TGA", "JPEG2000")
GREY = ("1", "L", "I", "I;16", "F", "LA")


def looked_at(file: Path | io.BytesIO, what: str, look: Callable[[Image.Image], Look]) -> Look:
    """What `look` says of an image that is opened and not decoded yet; `what` names it in refusals (`SourceError`)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file, formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise SourceError(f"{what} has {opened.width}x{opened.height} pixels, more than 50 million.")
                if opened.mode in ("I", "I;16", "F"):
                    raise SourceError(f"{what} has more than 8 bits per channel: convert it to 8.")
                return look(opened)
    except SourceError:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise SourceError(f"{what} cannot be read as an image.") from None


def decode(opened: Image.Image) -> Image.Image:
    """An image in full, grey (L) or colour (RGB), no side longer than 512 pixels."""
    opened.draft("RGB" if opened.mode not in GREY else "L", (LONGEST, LONGEST))
    picture = opened.convert("L" if opened.mode in GREY else "RGB")
    if max(picture.size) > LONGEST:
        picture.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    return picture


def outline(opened: Image.Image) -> tuple[tuple[int, int], str]:
    """The size and mode an image has when decoded; only large ones are decoded to know."""
    if max(opened.size) > LONGEST:
        picture = decode(opened)
        return picture.size, picture.mode
    return opened.size, "L" if opened.mode in GREY else "RGB"


def shared_form(outlines: Sequence[tuple[tuple[int, int], str]]) -> tuple[tuple[int, int], str]:
    """The size (width, height) and mode that images of these sizes and modes are brought to."""
    colour = any(mode == "RGB" for _, mode in outlines)
    return Counter(size for size, _ in outlines).most_common(1)[0][0], "RGB" if colour else "L"


def stacked(pictures: Sequence[Image.Image], like: Images | None = None) -> NDArray[np.uint8]:
    """Decoded images as one array uint8 [n, h, w] or [n, h, w, 3]; shaped as `like` where that is given."""
    size, mode = shared_form([(picture.size, picture.mode) for picture in pictures])
    if like is not None:
        size = (like.shape[2], like.shape[1])
        mode = "RGB" if len(like.shape) == 4 and like.shape[3] == 3 else "L"
    images = np.stack([fit(picture, size, mode) for picture in pictures])
    return images[..., None] if like is not None and len(like.shape) == 4 and mode == "L" else images


def fit(picture: Image.Image, size: tuple[int, int], mode: str) -> NDArray[np.uint8]:
    """A decoded image as uint8 [h, w] or [h, w, 3] of this size (width, height) and mode."""
    if picture.mode != mode:
        picture = picture.convert(mode)
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.BILINEAR)
    return np.asarray(picture, dtype=np.uint8)


__all__ = ["decode", "fit", "looked_at", "outline", "shared_form", "stacked"]
