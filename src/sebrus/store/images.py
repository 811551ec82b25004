"""Image bytes: recognising the format, the size from the header, and decoding within bounds.

Every file is hostile until shown otherwise. Nothing here decodes before the size read from the header has
passed the limits, and Pillow is only ever asked for the one format that the magic bytes name.
"""

import io
import re
import struct
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

ImageFormat = Literal["PNG", "JPEG", "WEBP", "BMP"]

SENTENCES: Final[dict[str, str]] = {
    "empty": "The file is empty; send the image itself.",
    "too_many_bytes": "The file has {bytes} bytes and at most {limit} are taken; save it smaller and send it again.",
    "unknown_format": "The content is {what}; PNG, JPEG, WebP and BMP are taken, so convert it to one of them.",
    "extension_mismatch": "The content is {format} but the name ends in {extension!r}; name it {expected!r}.",
    "too_large": "The image is {width}x{height} pixels and at most {max_side} a side and {max_pixels} in all "
    "are taken; scale it down.",
    "too_small": "The image is {width}x{height} pixels and at least {min_side} a side are needed for anyone "
    "to judge it; send a larger one.",
    "size_mismatch": "The image declares {width}x{height} pixels but {what}; save it again from the original.",
    "truncated": "The image ends early ({what}); send the complete file.",
    "corrupt": "The image is damaged ({what}); save it again from the original.",
    "checksum": "The checksum of the {chunk} chunk is wrong, so the file was damaged on its way; send it again.",
    "many_pictures": "The file holds more than one picture ({what}); send each picture as its own file.",
    "metadata_too_large": "The file carries more than {limit} bytes of metadata; save it without metadata.",
    "hidden_bytes": "The file carries bytes that belong to no picture ({what}); save it again from the original.",
    "foreign_content": "The metadata holds {what}, so the file is more than an image; save it without metadata.",
    "bit_depth": "The image has {bits} bits per channel and people and detector see 8; save it with 8 bits.",
    "colour_mode": "The image is stored as {mode}; save it as plain grey or RGB.",
    "transparency": "Parts of the image are transparent, so it looks different on every background; "
    "flatten it onto one colour.",
    "orientation": "The image asks viewers to turn it (EXIF orientation {value}), which training code may not; "
    "turn the pixels themselves and drop the tag.",
    "gamma": "The image asks viewers to change its brightness (gamma {value}), which training code does not; "
    "save it as plain sRGB.",
    "too_many_scans": "The JPEG has {scans} scans and at most {limit} are taken; save it as a plain JPEG.",
}


class Refused(ValueError):
    """Something sent was refused.

    Attributes:
        code: stable, for programs; listed in docs/intake.md.
        sentence: what was wrong and what to do, for people.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class ImageRefused(Refused):
    """The bytes are not an image that a dataset may hold."""


def refusal(code: str, **facts: object) -> ImageRefused:
    """Make the refusal of a code, its sentence filled with the facts.

    >>> refusal("empty").sentence
    'The file is empty; send the image itself.'
    """
    return ImageRefused(code, SENTENCES[code].format(**facts))


@dataclass(frozen=True, slots=True)
class Limits:
    """What one upload may hold; docs/intake.md says why each limit is what it is."""

    max_bytes: int = 10 * 2**20
    max_side: int = 4096
    min_side: int = 8
    max_pixels: int = 4096 * 4096
    max_metadata_bytes: int = 256 * 2**10
    max_scans: int = 20
    max_files: int = 4096
    max_name_chars: int = 120


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Header:
    """Format and size in pixels as the first bytes declare them; nothing is decoded yet."""

    format: ImageFormat
    width: int
    height: int


_FOREIGN: Final[tuple[tuple[re.Pattern[bytes], str], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), what)
    for pattern, what in (
        (rb"GIF8[79]a", "a GIF"),
        (rb"II\*\0|MM\0\*|II\+\0|MM\0\+", "a TIFF or camera raw file"),
        (rb".{4}ftyp(avi[fs])", "an AVIF"),
        (rb".{4}ftyp(hei[cxms]|hev[cx]|mif1|msf1)", "a HEIC"),
        (rb".{4}ftyp", "a video"),
        (rb"\x1aE\xdf\xa3|RIFF.{4}AVI ", "a video"),
        (rb"%PDF-", "a PDF"),
        (rb"PK(\x03\x04|\x05\x06|\x07\x08)", "a ZIP archive"),
        (rb"\x1f\x8b|BZh|7z\xbc\xaf\x27\x1c|\xfd7zXZ|Rar!|\x28\xb5\x2f\xfd", "an archive"),
        (rb"\xff\x0a|\0\0\0\x0cJXL ", "a JPEG XL"),
        (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "a JPEG 2000"),
        (rb"\0\0[\x01\x02]\0.\0", "an icon"),
        (rb"8BPS", "a Photoshop file"),
        (rb"\x7fELF|MZ", "a program"),
        (rb"\xef?\xbb?\xbf?\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?(<!doctype svg[^>]*>\s*)?<svg\b", "an SVG"),
        (rb"\xef?\xbb?\xbf?\s*<(!doctype html|html|head|body|script|iframe)\b", "an HTML page"),
        (rb"\xef?\xbb?\xbf?\s*<\?(xml|php)", "an XML or PHP text"),
    )
)


def sniff(data: bytes) -> ImageFormat:
    """Name the format by the magic bytes alone.

    >>> sniff(b"BM" + bytes(24))
    'BMP'

    Raises:
        ImageRefused: ``empty``, or ``unknown_format`` with what it looks like instead.
    """
    if not data:
        raise refusal("empty")
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith(b"BM"):
        return "BMP"
    start = data[:1024]
    what = next((what for pattern, what in _FOREIGN if pattern.match(start)), None)
    if what is None:
        text = not set(start) - set(range(0x20, 0x7F)) - {9, 10, 13}
        what = "plain text" if text else "not one of the known image formats"
    raise refusal("unknown_format", what=what)


def read_header(data: bytes) -> Header:
    """Read format and size from the header without decoding.

    Raises:
        ImageRefused: as ``sniff``, or ``truncated`` / ``corrupt`` where the header cannot be read.
    """
    kind = sniff(data)
    reader = {"PNG": _png_size, "JPEG": _jpeg_size, "WEBP": _webp_size, "BMP": _bmp_size}[kind]
    try:
        width, height = reader(data)
    except (struct.error, IndexError) as error:
        raise refusal("truncated", what="its header is incomplete") from error
    return Header(kind, width, height)


def check_size(header: Header, limits: Limits) -> None:
    """Refuse a picture too small to judge or too large to decode.

    Raises:
        ImageRefused: ``too_small`` or ``too_large``.
    """
    width, height = header.width, header.height
    if min(width, height) < limits.min_side:
        raise refusal("too_small", width=width, height=height, min_side=limits.min_side)
    most = min(limits.max_pixels, Image.MAX_IMAGE_PIXELS or limits.max_pixels)
    if max(width, height) > limits.max_side or width * height > most:
        raise refusal("too_large", width=width, height=height, max_side=limits.max_side, max_pixels=limits.max_pixels)


def _png_size(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR" and len(data) >= 16:
        raise refusal("corrupt", what="a PNG must begin with its IHDR chunk")
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _bmp_size(data: bytes) -> tuple[int, int]:
    (header_bytes,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if header_bytes == 12 else "<ii", data, 18)
    return width, abs(height)


def _webp_size(data: bytes) -> tuple[int, int]:
    chunk = data[12:16]
    if chunk == b"VP8X":
        return _uint24(data, 24) + 1, _uint24(data, 27) + 1
    if chunk in (b"VP8 ", b"VP8L"):
        return webp_bitstream_size(chunk, data[20:30])
    raise refusal("corrupt", what="a WebP must begin with its picture or a VP8X chunk")


def webp_bitstream_size(chunk: bytes, start: bytes) -> tuple[int, int]:
    """Read the size from the first 10 bytes of a VP8 (RFC 6386, 9.1) or VP8L (RFC 9649, 3.4) picture."""
    if chunk == b"VP8L":
        signature, bits = struct.unpack_from("<BI", start)
        if signature != 0x2F or bits >> 29:
            raise refusal("corrupt", what="the WebP picture has no valid start")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", start, 6)
    if start[0] & 1 or start[3:6] != b"\x9d\x01\x2a":
        raise refusal("corrupt", what="the WebP picture has no valid start")
    return width & 0x3FFF, height & 0x3FFF


def _uint24(data: bytes, at: int) -> int:
    low, high = struct.unpack_from("<HB", data, at)
    return int(low | high << 16)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while True:
        while data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        lead, marker, length = struct.unpack_from(">BBH", data, at)
        if lead != 0xFF or length < 2 or marker in (0x00, 0x01, 0xD8, 0xD9, 0xDA):
            raise refusal("corrupt", what="the JPEG has no frame header")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + length


_Result = TypeVar("_Result")
_PILLOW = threading.Lock()  # warnings filters are the process's, not the thread's


def with_picture(header: Header, data: bytes, work: Callable[[ImageFile.ImageFile], _Result]) -> _Result:
    """Run ``work`` on the fully decoded picture; whatever Pillow raises or warns of becomes a refusal.

    The caller has passed ``header`` through ``check_size``.

    Raises:
        ImageRefused: ``corrupt``, ``truncated`` or ``many_pictures``, or what ``work`` refuses.
    """
    try:
        with _PILLOW, warnings.catch_warnings():
            warnings.filterwarnings("error", module=r"PIL\.")
            with Image.open(io.BytesIO(data), formats=[header.format]) as picture:
                if picture.format != header.format or getattr(picture, "n_frames", 1) != 1:
                    raise refusal("many_pictures", what="several frames")
                if picture.size != (header.width, header.height):
                    raise refusal("corrupt", what="its header gives two different sizes")
                picture.load()
                return work(picture)
    except Refused:
        raise
    except MemoryError:
        raise refusal("corrupt", what="decoding it takes more memory than its size allows") from None
    except Exception as error:  # a hostile file may raise anything from inside a decoder
        reason = str(error)
        if "truncated" in reason.lower() or isinstance(error, EOFError):
            raise refusal("truncated", what="picture data is missing") from error
        raise refusal("corrupt", what="it cannot be decoded") from error


def refuse_unseen(picture: Image.Image) -> None:
    """Refuse a decoded picture that people, detector and training code would not see alike.

    Raises:
        ImageRefused: ``bit_depth``, ``colour_mode``, ``corrupt``, ``orientation`` or ``transparency``.
    """
    if picture.mode.startswith(("I", "F")):
        raise refusal("bit_depth", bits=32 if picture.mode in ("I", "F") else 16)
    if picture.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        raise refusal("colour_mode", mode=picture.mode)
    if picture.mode == "P" and picture.palette is not None:
        highest = picture.getextrema()[1]
        colours = len(picture.palette.palette) // len(picture.palette.mode)
        if isinstance(highest, tuple) or highest >= colours:
            raise refusal("corrupt", what="a pixel uses a colour that the palette lacks")
    orientation = picture.getexif().get(0x0112)
    if orientation not in (None, 0, 1):
        raise refusal("orientation", value=orientation if isinstance(orientation, int) else "unknown")
    if picture.has_transparency_data and not all(map(_opaque, strips(picture))):
        raise refusal("transparency")


def _opaque(picture: Image.Image) -> bool:
    return picture.convert("RGBA").getchannel("A").getextrema() == (255, 255)


def channels_of(picture: Image.Image) -> Literal[1, 3]:
    """Return 1 for a grey picture and 3 for one stored in colour."""
    return 1 if picture.mode in ("1", "L", "LA") else 3


def strips(picture: Image.Image, rows: int = 256) -> Iterator[Image.Image]:
    """The picture in strips of so many rows, from the top: to look at all of it without a second one in memory."""
    for top in range(0, picture.height, rows):
        yield picture.crop((0, top, picture.width, min(picture.height, top + rows)))


def pixels(picture: Image.Image, *, channels: Literal[1, 3], size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """Return a picture's pixels, uint8, [height, width] for one channel and [height, width, 3] for three.

    Grey is ITU-R 601-2 luma, as Pillow computes it. Alpha is opaque by then and is dropped.
    """
    flat: Image.Image = picture
    if picture.has_transparency_data:
        flat = picture.convert("RGBA").convert("RGB")
    mode = "RGB" if channels == 3 else "L"
    if flat.mode != mode:
        flat = flat.convert(mode)
    if size is not None and flat.size != (size[1], size[0]):
        flat = flat.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    return np.array(flat, dtype=np.uint8)


def decode(
    data: bytes, *, size: tuple[int, int] | None, channels: Literal[1, 3], limits: Limits = DEFAULT_LIMITS
) -> NDArray[np.uint8]:
    """Decode an accepted image for the detector or for display.

    >>> decode(png, size=(32, 32), channels=3).shape  # doctest: +SKIP
    (32, 32, 3)

    Args:
        data: the image file.
        size: (height, width) of the result, bilinear; None keeps the image's own.
        channels: 1 for grey, 3 for RGB.

    Returns:
        uint8, [height, width] for one channel, [height, width, 3] for three.

    Raises:
        ImageRefused: if the bytes would not have been accepted, or are not an image.
        ValueError: if size or channels make no sense.
    """
    if channels not in (1, 3):
        raise ValueError(f"channels is {channels}; give 1 for grey or 3 for RGB.")
    if size is not None and not all(1 <= side <= limits.max_side for side in size):
        raise ValueError(f"size is {size}; give (height, width), each from 1 to {limits.max_side}.")
    if len(data) > limits.max_bytes:
        raise refusal("too_many_bytes", bytes=len(data), limit=limits.max_bytes)
    header = read_header(data)
    check_size(header, limits)

    def work(picture: ImageFile.ImageFile) -> NDArray[np.uint8]:
        refuse_unseen(picture)
        return pixels(picture, channels=channels, size=size)

    return with_picture(header, data, work)
