"""The structure of a PNG (W3C PNG, third edition), checked to the last byte before it is decoded."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from sebrus.platform.intake_metadata import Metadata
from sebrus.store.images import Header, Limits, refusal

_SIGNATURE_BYTES: Final = 8
_MAX_CHUNKS: Final = 20_000
_INFLATE_STEP: Final = 2**20
_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # colour type -> samples per pixel
_DEPTHS: Final = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_ANIMATION: Final = (b"acTL", b"fcTL", b"fdAT")
_SRGB_GAMMA: Final = range(40_000, 50_001)  # in units of 1/100 000; sRGB writes 45455
# Adam7: x start, y start, x step, y step of each pass (W3C PNG, 8.1)
_ADAM7: Final = (
    (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
)  # fmt: skip


@dataclass(slots=True)
class _Seen:
    """What the chunks so far have said."""

    metadata: Metadata
    palette: bool = False
    pixel_chunks: list[bytes] = field(default_factory=list)
    pixels_ended: bool = False


def check_png(data: bytes, header: Header, limits: Limits) -> None:
    """Check every chunk, checksum and the exact amount of pixel data of a PNG.

    Raises:
        ImageRefused: with the code of what is wrong.
    """
    seen = _Seen(Metadata(limits))
    depth, colour, interlaced = 0, 0, False
    for position, (kind, payload) in enumerate(_chunks(data)):
        if position == 0:
            depth, colour, interlaced = _check_ihdr(kind, payload)
        elif kind == b"IDAT":
            if seen.pixels_ended:
                raise refusal("corrupt", what="its pixel data is in two places")
            seen.pixel_chunks.append(payload)
        else:
            seen.pixels_ended = bool(seen.pixel_chunks)
            _check_other(kind, payload, seen)
    if colour == 3 and not seen.palette:
        raise refusal("corrupt", what="the palette is missing")
    if depth == 16:
        raise refusal("bit_depth", bits=16)
    wanted = _pixel_bytes(header, depth * _SAMPLES[colour], interlaced)
    _check_pixel_data(b"".join(seen.pixel_chunks), wanted, header)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (type, payload) up to and without IEND, which must end the file."""
    at = _SIGNATURE_BYTES
    for _ in range(_MAX_CHUNKS):
        if at + 12 > len(data):
            raise refusal("truncated", what="a chunk is missing")
        length, kind = struct.unpack_from(">I4s", data, at)
        if not (kind.isalpha() and kind.isascii()) or length >= 2**31:
            raise refusal("corrupt", what="a chunk has no valid name or length")
        end = at + 12 + length
        if end > len(data):
            raise refusal("truncated", what=f"the {kind.decode()} chunk is incomplete")
        (checksum,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(memoryview(data)[at + 4 : end - 4]) != checksum:
            raise refusal("checksum", chunk=kind.decode())
        if kind == b"IEND":
            _check_end(length, len(data) - end)
            return
        yield kind, data[at + 8 : end - 4]
        at = end
    raise refusal("corrupt", what=f"it has more than {_MAX_CHUNKS} chunks")


def _check_end(length: int, after: int) -> None:
    if length or after:
        raise refusal("hidden_bytes", what=f"{length + after} bytes in or after the end of the PNG")


def _check_ihdr(kind: bytes, payload: bytes) -> tuple[int, int, bool]:
    if kind != b"IHDR" or len(payload) != 13:
        raise refusal("corrupt", what="a PNG must begin with its IHDR chunk")
    depth, colour, compression, filtering, interlace = payload[8:]
    if depth not in _DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        raise refusal("corrupt", what="its header names a kind of PNG that does not exist")
    return depth, colour, bool(interlace)


def _check_other(kind: bytes, payload: bytes, seen: _Seen) -> None:
    if kind in _ANIMATION:
        raise refusal("many_pictures", what="an animation")
    if kind == b"PLTE":
        if seen.palette or seen.pixel_chunks or len(payload) % 3 or not 0 < len(payload) <= 768:
            raise refusal("corrupt", what="the palette is not valid")
        seen.palette = True
    elif kind[0] & 0x20 == 0:  # an uppercase first letter: readers may not skip it
        raise refusal("corrupt", what=f"the {kind.decode()} chunk is not part of PNG")
    else:
        seen.metadata.add(payload)
        _check_ancillary(kind, payload, seen.metadata)


def _check_ancillary(kind: bytes, payload: bytes, metadata: Metadata) -> None:
    if kind == b"gAMA":
        gamma = int.from_bytes(payload[:4], "big")
        if len(payload) != 4 or gamma not in _SRGB_GAMMA:
            raise refusal("gamma", value=f"{gamma / 100_000:g}")
    elif kind in (b"zTXt", b"iCCP"):
        _, _, rest = payload.partition(b"\0")
        if rest[:1] != b"\0":
            raise refusal("corrupt", what="its compressed metadata cannot be read")
        metadata.add_deflated(rest[1:])
    elif kind == b"iTXt":
        _, _, rest = payload.partition(b"\0")
        if rest[:1] == b"\1":
            text = rest[2:].split(b"\0", 2)
            metadata.add_deflated(text[-1])


def _pixel_bytes(header: Header, bits_per_pixel: int, interlaced: bool) -> int:
    """Return how many bytes the pixel data inflates to: each row, and a filter byte before it."""
    total = 0
    for x, y, step_x, step_y in _ADAM7 if interlaced else ((0, 0, 1, 1),):
        columns = -(-max(header.width - x, 0) // step_x)
        rows = -(-max(header.height - y, 0) // step_y)
        if columns:
            total += rows * (1 + (columns * bits_per_pixel + 7) // 8)
    return total


def _check_pixel_data(deflated: bytes, wanted: int, header: Header) -> None:
    """Inflate in small steps and stop at the first byte too many, so a bomb costs no memory."""
    inflater = zlib.decompressobj()
    got = 0
    facts = {"width": header.width, "height": header.height}
    pending = deflated
    try:
        while not inflater.eof:
            step = inflater.decompress(pending, _INFLATE_STEP)
            pending = inflater.unconsumed_tail
            got += len(step)
            if got > wanted:
                raise refusal("size_mismatch", **facts, what="its data holds more")
            if not step:
                break
    except zlib.error as error:
        raise refusal("corrupt", what="its pixel data cannot be inflated") from error
    if not inflater.eof:
        raise refusal("truncated", what="pixel data is missing")
    if got < wanted:
        raise refusal("size_mismatch", **facts, what="its data holds less")
    if inflater.unused_data:
        raise refusal("hidden_bytes", what=f"{len(inflater.unused_data)} bytes after the pixel data")
