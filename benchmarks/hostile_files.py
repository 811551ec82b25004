"""Files that mean harm, as many as wanted, the same for the same seed: what intake.py sends."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

MADE_UP_SIDE = 48
LARGEST_SIDE = 4000
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><body><script>alert(document.domain)</script></body></html>"
SCRIPT = b"/*\xff\xd8*/=1;alert(1)//"
PDF = b"%PDF-1.4\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF"
EXTENSIONS = {b"\x89P": "png", b"\xff\xd8": "jpg", b"RI": "webp", b"BM": "bmp"}

Draw = random.Random


def hostile_files(seed: int, count: int) -> Iterator[tuple[str, str, bytes]]:
    """(kind, name, bytes) of each file; kinds take turns, so that any number holds some of each."""
    kinds = list(KINDS.items())
    for number in range(count):
        kind, make = kinds[number % len(kinds)]
        draw = Draw(f"{seed} {number}")
        data = make(draw)
        yield kind, _name(draw, data, number), data


def _name(draw: Draw, data: bytes, number: int) -> str:
    """Mostly the right extension, so that the checks behind it are reached."""
    right = EXTENSIONS.get(data[:2], "png")
    if draw.random() < 0.9:
        return f"{number}.{right}"
    return draw.choice([f"{number}.svg", "../../etc/passwd", "a\u202egnp.exe", "", "x" * 300 + ".png", "C:\\a.png"])


# ---------------------------------------------------------------- good files, to be spoiled


def _noise(mode: str, side: int = MADE_UP_SIDE) -> Image.Image:
    pixels = np.random.default_rng(side).integers(0, 256, (side, side, 3), dtype=np.uint8)
    return Image.fromarray(pixels).convert(mode)


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@cache
def _good() -> tuple[bytes, ...]:
    exif = Image.Exif()
    exif[0x0110] = "camera"
    profile = b"p" * 300
    return (
        _saved(_noise("RGB"), "PNG", exif=exif, icc_profile=profile),
        _saved(_noise("P"), "PNG"),
        _saved(_noise("LA"), "PNG"),
        _saved(_noise("RGB"), "JPEG", exif=exif.tobytes(), icc_profile=profile),
        _saved(_noise("L"), "JPEG", progressive=True),
        _saved(_noise("RGB"), "WEBP", exif=exif.tobytes()),
        _saved(_noise("RGBA"), "WEBP", lossless=True),
        _saved(_noise("RGB"), "BMP"),
        _saved(_noise("P"), "BMP"),
    )


def _truncated(draw: Draw) -> bytes:
    data = draw.choice(_good())
    return data[: draw.randrange(len(data))]


def _flipped(draw: Draw) -> bytes:
    data = bytearray(draw.choice(_good()))
    for _ in range(draw.choice([1, 1, 2, 8, 64])):
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(data)


def _header_flipped(draw: Draw) -> bytes:
    data = bytearray(draw.choice(_good()))
    for _ in range(draw.choice([1, 2, 4])):
        data[draw.randrange(2, 64)] = draw.choice([0, 1, 0x7F, 0x80, 0xFE, 0xFF])
    return bytes(data)


def _spliced(draw: Draw) -> bytes:
    one, other = draw.choice(_good()), draw.choice(_good())
    at = draw.randrange(len(one))
    return one[:at] + other[draw.randrange(len(other)) :]


def _zeros(draw: Draw) -> bytes:
    data = bytearray(draw.choice(_good()))
    start = draw.randrange(len(data))
    length = draw.randrange(1, len(data))
    data[start : start + length] = bytes(len(data[start : start + length]))
    return draw.choice([bytes(data), bytes(draw.choice([0, 1, 2, 8, 1000, 10_000_000]))])


def _noise_bytes(draw: Draw) -> bytes:
    start = draw.choice([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\xff\xff\xff\xffWEBP", b"BM"])
    return start + draw.randbytes(draw.choice([0, 1, 30, 3000]))


# ---------------------------------------------------------------- lies


def _lying_lengths(draw: Draw) -> bytes:
    """A length field of a chunk or segment says something else."""
    data = bytearray(draw.choice(_good()))
    places = [at for at in range(4, min(len(data) - 4, 400)) if data[at : at + 4].isalpha() or data[at] == 0xFF]
    at = draw.choice(places) if places else 8
    value = draw.choice([0, 1, 2, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, len(data), len(data) + 1])
    data[at - 4 : at] = struct.pack(draw.choice([">I", "<I"]), value)
    return bytes(data)


def _chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def _png(width: int, height: int, deflated: bytes, *, depth: int = 8, colour: int = 0, extra: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + extra + _chunk(b"IDAT", deflated) + _chunk(b"IEND", b"")


@cache
def _deflated(size: int) -> bytes:
    return zlib.compress(bytes(size), 9)


def _huge_canvas(draw: Draw) -> bytes:
    sides = [1, 7, 8, 4096, 4097, 65_535, 65_536, 2**31 - 1, 2**31, 2**32 - 1]
    return _png(draw.choice(sides), draw.choice(sides), _deflated(draw.choice([0, 10, 1_000_000])))


def _deflate_bomb(draw: Draw) -> bytes:
    """Pixel data that inflates to far more than the canvas takes."""
    return _png(64, 64, _deflated(draw.choice([4161, 10_000_000, 400_000_000])))


def _metadata_bomb(draw: Draw) -> bytes:
    bomb = _deflated(draw.choice([300_000, 50_000_000, 400_000_000]))
    extra = draw.choice(
        [
            _chunk(b"iCCP", b"icc\0\0" + bomb),
            _chunk(b"zTXt", b"Comment\0\0" + bomb),
            _chunk(b"iTXt", b"Comment\0\1\0\0\0" + bomb),
            _chunk(b"tEXt", b"Comment\0" + b"x" * 300_000),
            b"".join(_chunk(b"tEXt", b"k%d\0v" % number) for number in range(5000)),
        ]
    )
    return _png(16, 16, _deflated(16 * 17), extra=extra)


def _exif_bomb(draw: Draw) -> bytes:
    """Directories that name themselves, entries without end, values far outside."""
    entries = draw.choice([1, 12, 5000])
    start = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", draw.choice([entries, 0xFFFF]))
    tags = [0x0112, 0x8769, 0x8825, 0xA005, 0x0201]
    body = b"".join(
        struct.pack("<HHII", draw.choice(tags), draw.randrange(16), draw.choice([1, 2**31, 2**32 - 1]), 8)
        for _ in range(entries)
    )
    exif = b"Exif\0\0" + (start + body + struct.pack("<I", 8))[:60_000]
    if draw.random() < 0.5:
        return _saved(_noise("RGB", 16), "JPEG", exif=exif)
    return _png(16, 16, _deflated(16 * 17), extra=_chunk(b"eXIf", exif[6:]))


def _profile(draw: Draw) -> bytes:
    """Colour profiles that are none, or claim to be larger than they are."""
    profile = struct.pack(">I", draw.choice([0, 128, 2**31, 2**32 - 1])) + draw.randbytes(draw.choice([10, 124, 5000]))
    kind = draw.choice(["PNG", "JPEG", "WEBP"])
    return _saved(_noise("RGB", 16), kind, icc_profile=profile)


# ---------------------------------------------------------------- what a dataset does not hold


def _animated(draw: Draw) -> bytes:
    frames = [_noise("RGB", 16), _noise("RGB", 16).rotate(90), Image.new("RGB", (16, 16))]
    kind = draw.choice(["GIF", "WEBP", "PNG", "TIFF"])
    return _saved(frames[0], kind, save_all=True, append_images=frames[1 : 1 + draw.choice([1, 2])])


def _odd_mode(draw: Draw) -> bytes:
    wide = Image.fromarray(np.random.default_rng(1).integers(0, 65536, (16, 16), dtype=np.uint16))
    makers: list[Callable[[], bytes]] = [
        lambda: _saved(_noise("CMYK", 16), "JPEG"),
        lambda: _saved(wide, "PNG"),
        lambda: _png(16, 16, zlib.compress(bytes(16 * (1 + 16 * 6))), depth=16, colour=2),
        lambda: _saved(_noise("RGBA", 16).rotate(45), "PNG"),
        lambda: _saved(_noise("YCbCr", 16), "JPEG", subsampling=draw.choice([0, 1, 2])),
        lambda: _saved(_noise("1", 16), "PNG"),
    ]
    return draw.choice(makers)()


def _disguised(draw: Draw) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("../../evil.sh", "rm -rf /")
    other = draw.choice([SVG, HTML, SCRIPT, PDF, archive.getvalue(), zlib.compress(HTML), b"\x7fELF", b"GIF89a" + HTML])
    return draw.choice([other, b"\xef\xbb\xbf" + other, b"\n\n" + other, other + draw.choice(_good())])


def _polyglot(draw: Draw) -> bytes:
    """A good picture with something else behind, before or within it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.html", HTML)
    data, other = draw.choice(_good()), draw.choice([HTML, SCRIPT, PDF, SVG, archive.getvalue(), draw.choice(_good())])
    at = draw.randrange(len(data))
    comment = _png(16, 16, _deflated(16 * 17), extra=_chunk(b"tEXt", b"c\0" + other))
    return draw.choice([data + other, other + data, data[:at] + other + data[at:], comment])


@cache
def _largest() -> tuple[bytes, ...]:
    """Pictures at the limit of what is taken: what they cost, they cost by right."""
    flat = Image.new("RGB", (LARGEST_SIDE, LARGEST_SIDE), (9, 99, 199))
    return (
        _png(LARGEST_SIDE, LARGEST_SIDE, zlib.compress(bytes(LARGEST_SIDE * (LARGEST_SIDE + 1)), 9)),
        _saved(flat, "PNG"),
        _saved(flat.convert("P"), "PNG"),
        _saved(flat, "JPEG", progressive=True),
        _saved(flat, "WEBP"),
        _saved(flat.convert("1"), "BMP"),
    )


def _large(draw: Draw) -> bytes:
    """Mostly small ones, some at the limit, whole or spoiled at the end."""
    if draw.random() < 0.8:
        return _saved(_noise("RGB", draw.choice([8, 9, 255, 640])), draw.choice(["PNG", "JPEG", "WEBP"]))
    data = draw.choice(_largest())
    return draw.choice([data, data[:-1], data + b"\0"])


KINDS: dict[str, Callable[[Draw], bytes]] = {
    "truncated": _truncated,
    "flipped": _flipped,
    "flipped in the header": _header_flipped,
    "spliced": _spliced,
    "zeros": _zeros,
    "noise": _noise_bytes,
    "lying lengths": _lying_lengths,
    "huge canvas": _huge_canvas,
    "deflate bomb": _deflate_bomb,
    "metadata bomb": _metadata_bomb,
    "EXIF bomb": _exif_bomb,
    "colour profile": _profile,
    "animated": _animated,
    "odd mode": _odd_mode,
    "disguised": _disguised,
    "polyglot": _polyglot,
    "large": _large,
}
"""What harm is meant, and how a file of it is made."""
