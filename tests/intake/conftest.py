"""Valid images, and the pieces from which hostile ones are built by hand."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sebrus.platform.intake import ImageInfo, Limits, inspect_image
from sebrus.store.images import ImageRefused

EXTENSIONS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "BMP": "bmp"}


def _photo(width: int, height: int) -> Image.Image:
    """Noise: the same pixels each time, no two rows alike."""
    pixels = np.random.default_rng(7).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


@pytest.fixture(scope="session")
def photo() -> Callable[..., Image.Image]:
    return _photo


@pytest.fixture(scope="session")
def save() -> Callable[..., bytes]:
    """save(format, image or None, mode=..., **options of the encoder) -> file bytes."""

    def run(kind: str, image: Image.Image | None = None, *, mode: str = "RGB", size: int = 24, **options: Any) -> bytes:
        buffer = io.BytesIO()
        (image or _photo(size, size).convert(mode)).save(buffer, kind, **options)
        return buffer.getvalue()

    return run


@pytest.fixture(scope="session")
def chunk() -> Callable[[bytes, bytes], bytes]:
    """One PNG chunk with a correct checksum."""

    def run(kind: bytes, payload: bytes = b"") -> bytes:
        return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))

    return run


@pytest.fixture(scope="session")
def png(chunk: Callable[..., bytes]) -> Callable[..., bytes]:
    """A PNG by hand; chunks before and after the pixel data can be slipped in."""

    def run(
        width: int = 16,
        height: int = 16,
        *,
        depth: int = 8,
        colour: int = 0,
        interlace: int = 0,
        pixels: bytes | None = None,
        before: bytes = b"",
        between: bytes = b"",
        after: bytes = b"",
    ) -> bytes:
        samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
        row = b"\0" + bytes((width * depth * samples + 7) // 8)
        deflated = zlib.compress(row * height) if pixels is None else pixels
        ihdr = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
        half = len(deflated) // 2
        idat = chunk(b"IDAT", deflated[:half]) + between + chunk(b"IDAT", deflated[half:])
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + before + idat + after + chunk(b"IEND")

    return run


@pytest.fixture(scope="session")
def accept() -> Callable[..., ImageInfo]:
    """Inspect under the right extension for the magic bytes."""

    def run(data: bytes, **limits: int) -> ImageInfo:
        return inspect_image(data, "image." + _extension(data), limits=Limits(**limits))

    return run


@pytest.fixture(scope="session")
def code_of(accept: Callable[..., ImageInfo]) -> Callable[..., str]:
    """Inspect and return the code of the refusal."""

    def run(data: bytes, **limits: int) -> str:
        with pytest.raises(ImageRefused) as caught:
            accept(data, **limits)
        assert caught.value.sentence.endswith(".")
        assert "\n" not in caught.value.sentence
        assert len(caught.value.sentence) < 400
        return caught.value.code

    return run


def _extension(data: bytes) -> str:
    if data.startswith(b"\xff\xd8"):
        return "jpg"
    if data.startswith(b"RIFF"):
        return "webp"
    return "bmp" if data.startswith(b"BM") else "png"
