"""The structure of a WebP (RFC 9649), checked to the last byte before it is decoded."""

import struct
from collections.abc import Iterator
from typing import Final

from sebrus.platform.intake_exact import is_read_to_end, show
from sebrus.platform.intake_metadata import Metadata
from sebrus.store.images import Header, Limits, refusal, webp_bitstream_size

_MAX_CHUNKS: Final = 100
_PICTURES: Final = (b"VP8 ", b"VP8L")
_ANIMATION: Final = (b"ANIM", b"ANMF")
_ANIMATION_FLAG: Final = 0x02
_METADATA: Final = (b"ICCP", b"EXIF", b"XMP ")


def check_webp(data: bytes, header: Header, limits: Limits) -> None:
    """Check every chunk of a WebP, that its end is the file's, and that it holds one picture.

    Raises:
        ImageRefused: with the code of what is wrong.
    """
    _check_riff_size(data)
    metadata = Metadata(limits)
    extended = False
    pictures: list[tuple[int, int]] = []
    for position, (kind, start, end) in enumerate(_chunks(data)):
        if kind in _ANIMATION or (kind == b"VP8X" and data[start] & _ANIMATION_FLAG):
            raise refusal("many_pictures", what="an animation")
        if kind == b"VP8X" and position == 0:
            extended = True
        elif kind in _PICTURES:
            _check_picture(kind, data[start:end], header)
            pictures.append((start, end))
        elif kind in _METADATA and extended:
            metadata.add(data[start:end])
        elif kind != b"ALPH" or not extended:
            raise refusal("hidden_bytes", what="a chunk that is not part of WebP")
    if len(pictures) > 1:
        raise refusal("many_pictures", what="several WebP pictures")
    if not pictures:
        raise refusal("truncated", what="it has no picture data")
    if not is_read_to_end(header, data, show(header, data), *pictures[0]):
        raise refusal("hidden_bytes", what="bytes after the pixel data")


def _check_riff_size(data: bytes) -> None:
    if len(data) < 20:
        raise refusal("truncated", what="its header is incomplete")
    (declared,) = struct.unpack_from("<I", data, 4)
    if declared + 8 > len(data):
        raise refusal("truncated", what="the file is shorter than its header says")
    if declared + 8 < len(data):
        raise refusal("hidden_bytes", what=f"{len(data) - declared - 8} bytes after the end of the WebP")


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield (name, start, end) of each chunk's payload."""
    at = 12
    for _ in range(_MAX_CHUNKS):
        if at == len(data):
            return
        if at + 8 > len(data):
            raise refusal("hidden_bytes", what=f"{len(data) - at} bytes after the last chunk")
        kind, length = struct.unpack_from("<4sI", data, at)
        start, end = at + 8, at + 8 + length
        if end + length % 2 > len(data) or (kind == b"VP8X" and length < 10):
            raise refusal("truncated", what="a chunk is incomplete")
        if data[end : end + length % 2] not in (b"", b"\0"):
            raise refusal("hidden_bytes", what="a padding byte that is not zero")
        yield kind, start, end
        at = end + length % 2
    raise refusal("corrupt", what=f"it has more than {_MAX_CHUNKS} chunks")


def _check_picture(kind: bytes, picture: bytes, header: Header) -> None:
    if len(picture) < (10 if kind == b"VP8 " else 5):
        raise refusal("truncated", what="pixel data is missing")
    if webp_bitstream_size(kind, picture[:10]) != (header.width, header.height):
        raise refusal("size_mismatch", width=header.width, height=header.height, what="its picture has another size")
