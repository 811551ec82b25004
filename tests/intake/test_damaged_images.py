"""Truncated, corrupted and lying files are refused; nothing is guessed or filled in."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

ALL = ["PNG", "JPEG", "WEBP", "BMP"]


@pytest.mark.parametrize("kind", ALL)
def test_every_truncation_is_refused(save, code_of, kind):
    data = save(kind, size=12)
    for length in range(12, len(data), 3):
        assert code_of(data[:length]) in {"truncated", "corrupt", "unknown_format", "too_small"}, length


@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP"])
def test_a_truncation_says_so(save, code_of, kind):
    data = save(kind)
    assert code_of(data[:-1]) == code_of(data[: len(data) // 2]) == "truncated"


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
def test_a_jpeg_cut_short_and_closed_again_is_refused(save, code_of, options):
    """libjpeg would paint the missing part grey without a word."""
    data = save("JPEG", size=64, **options)
    for kept in (0.5, 0.8, 0.95):
        assert code_of(data[: int(len(data) * kept)] + b"\xff\xd9") in {"truncated", "corrupt"}


def test_a_jpeg_that_declares_more_rows_than_it_holds_is_refused(save, code_of):
    data = save("JPEG", size=64)
    at = data.index(b"\xff\xc0") + 5
    assert code_of(data[:at] + struct.pack(">H", 512) + data[at + 2 :]) == "truncated"


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_a_jpeg_that_declares_fewer_rows_than_it_holds_is_refused(save, code_of, options):
    data = save("JPEG", size=64, **options)
    at = data.index(b"\xff\xc2" if options else b"\xff\xc0") + 5
    assert code_of(data[:at] + struct.pack(">H", 16) + data[at + 2 :]) == "hidden_bytes"


@pytest.mark.parametrize("rows", [8, 15, 17, 32])
def test_a_png_whose_data_is_not_its_size_is_refused(png, code_of, rows):
    pixels = zlib.compress((b"\0" + bytes(16)) * rows)
    assert code_of(png(16, 16, pixels=pixels)) == "size_mismatch"


def test_a_webp_whose_canvas_is_not_its_picture_is_refused(save, code_of):
    data = bytearray(save("WEBP", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"))
    assert data[12:16] == b"VP8X"
    data[24] += 1
    assert code_of(bytes(data)) == "size_mismatch"


def test_a_bmp_whose_size_field_lies_is_refused(save, code_of):
    """Polyglots of BMP and JavaScript write a comment into that field."""
    data = bytearray(save("BMP"))
    data[2:6] = b"/*\0\0"
    assert code_of(bytes(data)) == "size_mismatch"
    data[2:6] = bytes(4)
    assert code_of(bytes(data)) == "size_mismatch"


@pytest.mark.parametrize("kind", [b"IHDR", b"tEXt", b"IDAT", b"IEND"])
def test_a_wrong_checksum_is_refused_and_named(png, chunk, code_of, accept, kind):
    data = bytearray(png(before=chunk(b"tEXt", b"a\0b")))
    accept(bytes(data))
    at = data.index(kind)
    length = int.from_bytes(data[at - 4 : at], "big")
    data[at + 4 + length] ^= 1
    assert code_of(bytes(data)) == "checksum"


def test_a_png_out_of_order_is_refused(png, chunk, code_of, save):
    text = chunk(b"tEXt", b"a\0b")
    assert code_of(png(between=text)) == "corrupt"
    assert code_of(png(before=chunk(b"CgBI", b"\x50\0\x20\x02"))) == "corrupt"
    assert code_of(png(before=chunk(b"IHDR", bytes(13)))) == "corrupt"
    assert code_of(png(colour=3)) == "corrupt"
    assert code_of(png(colour=3, before=chunk(b"PLTE", bytes(4)))) == "corrupt"
    assert code_of(png(before=chunk(b"PLTE", bytes(3)) * 2)) == "corrupt"
    assert code_of(png(before=chunk(b"te1t", b""))) == "corrupt"
    plain = png()
    assert code_of(plain[:8] + text + plain[8:]) == "corrupt"


def test_a_png_header_of_no_known_kind_is_refused(png, chunk, code_of):
    for fields in ((3, 0, 0, 0, 0), (8, 1, 0, 0, 0), (8, 0, 1, 0, 0), (8, 0, 0, 1, 0), (8, 0, 0, 0, 2)):
        ihdr = chunk(b"IHDR", struct.pack(">II5B", 16, 16, *fields))
        assert code_of(b"\x89PNG\r\n\x1a\n" + ihdr + chunk(b"IEND")) == "corrupt"


def test_damaged_pixel_data_is_refused(png, code_of):
    deflated = zlib.compress((b"\0" + bytes(16)) * 16)
    assert code_of(png(pixels=deflated[:-1] + b"\0")) == "corrupt"
    assert code_of(png(pixels=deflated[:-4])) == "truncated"
    assert code_of(png(pixels=b"")) == "truncated"
    assert code_of(png(pixels=zlib.compress((b"\7" + bytes(16)) * 16))) == "corrupt"


def test_a_colour_beyond_the_palette_is_refused(png, chunk, accept, code_of):
    palette = chunk(b"PLTE", bytes(range(6)))
    row = b"\0" + bytes(15)
    accept(png(colour=3, before=palette, pixels=zlib.compress((row + b"\1") * 16)))
    assert code_of(png(colour=3, before=palette, pixels=zlib.compress((row + b"\2") * 16))) == "corrupt"


def test_metadata_that_cannot_be_inflated_is_refused(png, chunk, code_of, accept):
    whole = zlib.compress(b"profile")
    accept(png(before=chunk(b"zTXt", b"k\0\0" + whole)))
    for payload in (b"k\0\0" + whole[:-1], b"k\0\0junk", b"k\0\1" + whole, b"no end"):
        assert code_of(png(before=chunk(b"zTXt", payload))) == "corrupt"
    assert code_of(png(before=chunk(b"iTXt", b"k\0\1\0\0\0junk"))) == "corrupt"


def test_damaged_exif_is_refused_not_skipped(save, code_of):
    entry = struct.pack(">HHII", 0x0112, 3, 2**20, 2**20)
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + entry + bytes(4)
    assert code_of(save("JPEG", exif=exif)) == "corrupt"


def test_a_jpeg_out_of_order_is_refused(save, code_of):
    jpeg = save("JPEG")
    scan = jpeg.index(b"\xff\xda")
    frame = jpeg.index(b"\xff\xc0")
    assert code_of(jpeg[:frame] + jpeg[scan:]) == "corrupt"
    assert code_of(jpeg[:scan] + b"\xff\xd9") == "truncated"
    assert code_of(jpeg[:scan] + jpeg[scan:-2]) == "truncated"
    assert code_of(jpeg[:scan] + b"\xff\xdc\0\4\0\x18" + jpeg[scan:]) == "corrupt"
    assert code_of(jpeg[:2] + b"\xff\xe0\0\1" + jpeg[2:]) == "corrupt"


@pytest.mark.parametrize("kind", ALL)
def test_a_broken_picture_with_an_intact_frame_is_refused(save, code_of, kind):
    picture = Image.fromarray(np.zeros((16, 16, 3), np.uint8))
    data = save(kind, picture)
    cut = data[:-20]
    if kind == "WEBP":
        cut = data[:4] + struct.pack("<I", len(cut) - 8) + cut[8:]
    assert code_of(cut) in {"truncated", "corrupt"}
