"""The structure of a BMP, checked to the last byte before it is decoded."""

import struct
from typing import Final

from sebrus.store.images import Header, refusal

_HEADERS: Final = (12, 40, 52, 56, 108, 124)
_COLOUR_BITS: Final = (1, 4, 8, 24)


def check_bmp(data: bytes, header: Header) -> None:
    """Check that a BMP is uncompressed, without spare bits, and exactly as long as its picture.

    Raises:
        ImageRefused: with the code of what is wrong.
    """
    if len(data) < 26:
        raise refusal("truncated", what="its header is incomplete")
    file_bytes, _, pixels_at, header_bytes = struct.unpack_from("<4I", data, 2)
    if header_bytes not in _HEADERS:
        raise refusal("corrupt", what="its header is of no known kind")
    if len(data) < 14 + header_bytes:
        raise refusal("truncated", what="its header is incomplete")
    bits, palette_bytes = _layout(data, header_bytes)
    row_bytes = (header.width * bits + 31) // 32 * 4
    end = 14 + header_bytes + palette_bytes + row_bytes * header.height
    if pixels_at != 14 + header_bytes + palette_bytes:
        raise refusal("hidden_bytes", what="a gap between its header and its pixels")
    if len(data) < end:
        raise refusal("truncated", what="pixel data is missing")
    if len(data) > end:
        raise refusal("hidden_bytes", what=f"{len(data) - end} bytes after the end of the BMP")
    if file_bytes != end:
        raise refusal(
            "size_mismatch",
            width=header.width,
            height=header.height,
            what=f"its header says the file has {file_bytes} bytes instead of {end}",
        )


def _layout(data: bytes, header_bytes: int) -> tuple[int, int]:
    """Return bits per pixel and the size of the palette."""
    planes, bits = struct.unpack_from("<HH", data, 22 if header_bytes == 12 else 26)
    compression, colours, entry_bytes = 0, 0, 3
    if header_bytes != 12:
        compression, _, _, _, colours = struct.unpack_from("<5I", data, 30)
        entry_bytes = 4
    if planes != 1:
        raise refusal("corrupt", what="its header is not valid")
    if compression:
        raise refusal("colour_mode", mode="a compressed or bit-masked BMP")
    if bits not in _COLOUR_BITS:
        raise refusal("colour_mode", mode=f"a BMP of {bits} bits per pixel")
    if bits == 24:
        if colours:
            raise refusal("hidden_bytes", what="a palette that no pixel uses")
        return bits, 0
    if colours > 1 << bits:
        raise refusal("corrupt", what="the palette is not valid")
    return bits, entry_bytes * (colours or 1 << bits)
