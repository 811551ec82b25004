"""Images as PNG data URIs, small enough to put many into one page."""

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LONGEST = 96


def picture(image: NDArray[np.uint8]) -> str:
    """An image uint8 [h, w] or [h, w, c] as a data URI, no side longer than 96 pixels."""
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[..., 0]
    drawn = Image.fromarray(np.ascontiguousarray(image))
    if max(drawn.size) > LONGEST:
        drawn.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    return _uri(drawn)


def residual_picture(residual: NDArray[np.float32]) -> str:
    """A mean residual [h, w] or [h, w, c]: grey where nothing is shared, lighter where light is added."""
    strongest = float(np.abs(residual).max()) or 1.0
    shades = np.clip(127.5 + 127.5 * residual / strongest, 0, 255).astype(np.uint8)
    return picture(shades)


def _uri(drawn: Any) -> str:
    held = io.BytesIO()
    drawn.save(held, "PNG", optimize=False)
    return "data:image/png;base64," + base64.b64encode(held.getvalue()).decode("ascii")


__all__ = ["picture", "residual_picture"]
