"""The structure of a JPEG (ITU-T T.81), checked to the last byte before it is decoded."""

import re
import struct
from dataclasses import dataclass, field
from typing import Final

from sebrus.platform.intake_exact import is_complete, is_read_to_end, show
from sebrus.platform.intake_metadata import Metadata
from sebrus.store.images import Header, Limits, refusal

_END: Final = 0xD9
_SCAN: Final = 0xDA
_FRAMES: Final = (0xC0, 0xC1, 0xC2)  # baseline, extended, progressive: all that browsers and loaders read
_OTHER_FRAMES: Final = (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCC, 0xCD, 0xCE, 0xCF)
_TABLES: Final = (0xC4, 0xDB, 0xDD)  # Huffman, quantisation, restart interval
_MAX_SEGMENTS: Final = 2_000
_MARKER: Final = re.compile(rb"\xff+[\x01-\xfe]")
_MARKER_NOT_RESTART: Final = re.compile(rb"\xff+[\x01-\xcf\xd8-\xfe]")


@dataclass(slots=True)
class _Seen:
    """What the segments so far have said."""

    metadata: Metadata
    frames: int = 0
    scans: list[tuple[int, int]] = field(default_factory=list)  # entropy-coded data: start, end


def check_jpeg(data: bytes, header: Header, limits: Limits) -> None:
    """Check every segment of a JPEG, that its end is the file's, and that its data is complete and all used.

    Raises:
        ImageRefused: with the code of what is wrong.
    """
    seen = _Seen(Metadata(limits))
    at = 2
    for _ in range(_MAX_SEGMENTS):
        marker, at = _marker(data, at)
        if marker == _END:
            break
        payload, at = _payload(data, at)
        _check_segment(marker, payload, seen)
        if marker == _SCAN:
            start, at = at, _scan_end(data, at)
            seen.scans.append((start, at))
            if len(seen.scans) > limits.max_scans:
                raise refusal("too_many_scans", scans="too many", limit=limits.max_scans)
    else:
        raise refusal("corrupt", what=f"it has more than {_MAX_SEGMENTS} segments")
    if at != len(data):
        raise refusal("hidden_bytes", what=f"{len(data) - at} bytes after the end of the JPEG")
    if not seen.scans:
        raise refusal("truncated", what="it has no picture data")
    _check_exact(data, header, seen.scans)


def _marker(data: bytes, at: int) -> tuple[int, int]:
    """Return the marker at a position and where its segment continues; fill bytes may come before it."""
    if at >= len(data):
        raise refusal("truncated", what="the end marker is missing")
    found = _MARKER.match(data, at)
    if found is None:
        raise refusal("corrupt", what="there is no marker where one must be")
    return data[found.end() - 1], found.end()


def _payload(data: bytes, at: int) -> tuple[bytes, int]:
    if at + 2 > len(data):
        raise refusal("truncated", what="a segment is incomplete")
    (length,) = struct.unpack_from(">H", data, at)
    if length < 2:
        raise refusal("corrupt", what="a segment has no valid length")
    if at + length > len(data):
        raise refusal("truncated", what="a segment is incomplete")
    return data[at + 2 : at + length], at + length


def _scan_end(data: bytes, at: int) -> int:
    found = _MARKER_NOT_RESTART.search(data, at)
    if found is None:
        raise refusal("truncated", what="the end marker is missing")
    return found.start()


def _check_segment(marker: int, payload: bytes, seen: _Seen) -> None:
    if marker in _FRAMES:
        seen.frames += 1
        if seen.frames > 1:
            raise refusal("many_pictures", what="several JPEG frames")
        _check_frame(payload)
    elif marker in _OTHER_FRAMES:
        raise refusal("colour_mode", mode="a lossless, hierarchical or arithmetic-coded JPEG")
    elif 0xE0 <= marker <= 0xEF or marker == 0xFE:
        if marker == 0xE2 and payload.startswith(b"MPF\0"):
            raise refusal("many_pictures", what="the multi-picture format of some phones")
        seen.metadata.add(payload)
    elif marker == _SCAN:
        if not seen.frames:
            raise refusal("corrupt", what="picture data comes before its header")
    elif marker in _TABLES:
        seen.metadata.add(payload)  # repeated tables could carry anything
    else:
        raise refusal("corrupt", what=f"the marker {marker:#04x} is not part of a plain JPEG")


def _check_frame(payload: bytes) -> None:
    if len(payload) < 6 or len(payload) != 6 + 3 * payload[5]:
        raise refusal("corrupt", what="its header is not valid")
    if payload[0] != 8:
        raise refusal("bit_depth", bits=payload[0])
    if payload[5] not in (1, 3):
        raise refusal("colour_mode", mode="CMYK" if payload[5] == 4 else f"{payload[5]} channels")


def _check_exact(data: bytes, header: Header, scans: list[tuple[int, int]]) -> None:
    """Find pixel data that is missing, which libjpeg paints grey, or too much, which it skips."""
    shown = show(header, data)
    restarts = [found.start() for start, end in scans for found in _MARKER.finditer(data, start, end)]
    if not is_complete(header, data, shown, sorted([*restarts, *(end for _, end in scans)])):
        raise refusal("truncated", what="pixel data is missing")
    start, end = scans[-1]
    start = max((at + 2 for at in restarts if at >= start), default=start)
    if not is_read_to_end(header, data, shown, start, end):
        raise refusal("hidden_bytes", what="bytes after the pixel data")
