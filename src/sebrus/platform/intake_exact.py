"""Whether a lossy picture's compressed data is all there and all used, shown by changing bytes and looking.

The decoders of JPEG and WebP fill in what is missing and skip what is too much without a word. Two probes find both:
noise put after complete data changes no pixel; noise written over data that is read does.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from PIL import ImageFile

from sebrus.store.images import Header, ImageRefused, with_picture

# Without 0xFF, so that it can neither hold nor begin a JPEG marker.
_NOISE: Final = bytes(byte if byte != 0xFF else 0x7E for byte in hashlib.sha512(b"sebrus intake").digest())
TAIL_BYTES: Final = len(_NOISE)  # 64


@dataclass(frozen=True, slots=True)
class Shown:
    """What a picture shows: the sha256 of its decoded pixels as stored, and whether they are all alike."""

    digest: bytes
    one_colour: bool


def show(header: Header, data: bytes) -> Shown:
    """Decode a picture and say what it shows.

    Raises:
        ImageRefused: if the picture cannot be decoded.
    """

    def work(picture: ImageFile.ImageFile) -> Shown:
        digest = hashlib.sha256(picture.mode.encode())
        digest.update(picture.tobytes())
        bands = (picture.getchannel(band) for band in range(len(picture.getbands())))
        one_colour = all(low == high for low, high in (band.getextrema() for band in bands))
        return Shown(digest.digest(), one_colour)

    return with_picture(header, data, work)


def is_complete(header: Header, data: bytes, shown: Shown, ends: list[int]) -> bool:
    """Tell whether the compressed data before each position of ``ends`` suffices for every pixel.

    ``shown`` is what the unchanged picture shows.
    """
    pieces = [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]
    return _still_shows(header, _NOISE.join(pieces), shown)


def is_read_to_end(header: Header, data: bytes, shown: Shown, start: int, end: int) -> bool:
    """Tell whether the last 64 bytes of the compressed data ``[start, end)`` matter to any pixel.

    ``shown`` is what the unchanged picture shows. Shorter data is taken as read, and so is that of a picture in
    one colour: its Huffman tables may know no code that would draw anything else.
    """
    tail = end - TAIL_BYTES
    if tail <= start or shown.one_colour:
        return True
    if data[tail - 1] == 0xFF:  # leave the zero that follows a JPEG's 0xFF in place
        tail += 1
    changed = data[:tail] + _NOISE[: end - tail] + data[end:]
    return not _still_shows(header, changed, shown)


def _still_shows(header: Header, data: bytes, shown: Shown) -> bool:
    try:
        return show(header, data) == shown
    except ImageRefused:
        return False
