"""A file that is an image and something else at once is refused, wherever the other part hides."""

import io
import struct
import zipfile
import zlib

import numpy as np
import pytest

ALL = ["PNG", "JPEG", "WEBP", "BMP"]


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "a")
    return buffer.getvalue()


STOWAWAYS = [b"\0", b"\n", b"<script>alert(1)</script>", b"%PDF-1.4 %%EOF", _zip(), bytes(range(256)) * 9]


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("stowaway", STOWAWAYS)
def test_anything_after_the_end_is_refused(save, code_of, kind, stowaway):
    assert code_of(save(kind) + stowaway) == "hidden_bytes"


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("stowaway", STOWAWAYS)
def test_anything_before_the_start_is_refused(save, code_of, kind, stowaway):
    assert code_of(stowaway + save(kind)) == "unknown_format"


@pytest.mark.parametrize("first", ALL)
@pytest.mark.parametrize("second", ALL)
def test_two_images_in_one_file_are_refused(save, code_of, first, second):
    assert code_of(save(first) + save(second)) == "hidden_bytes"


def test_a_webp_that_grew_its_riff_size_over_the_stowaway_is_refused(save, code_of):
    data = save("WEBP")
    for stowaway in (b"JUNK\4\0\0\0evil", b"evil"):
        grown = data + stowaway
        assert code_of(data[:4] + struct.pack("<I", len(grown) - 8) + grown[8:]) == "hidden_bytes"


@pytest.mark.parametrize("options", [{}, {"lossless": True}])
def test_a_webp_that_hides_bytes_inside_its_picture_is_refused(save, code_of, options):
    data = save("WEBP", size=64, **options)
    assert data[12:16] in (b"VP8 ", b"VP8L")
    picture = data[20:] + np.random.default_rng(3).bytes(500)
    grown = data[:12] + data[12:16] + struct.pack("<I", len(picture)) + picture + b"\0" * (len(picture) % 2)
    assert code_of(grown[:4] + struct.pack("<I", len(grown) - 8) + grown[8:]) == "hidden_bytes"


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
def test_a_jpeg_that_hides_bytes_after_its_pixel_data_is_refused(save, code_of, options):
    data = save("JPEG", size=64, **options)
    for stowaway in (_zip(), bytes(300), b"alert(1);" * 40):
        assert code_of(data[:-2] + stowaway.replace(b"\xff", b"") + data[-2:]) == "hidden_bytes"


def test_a_png_that_hides_bytes_after_its_pixel_stream_is_refused(png, code_of):
    deflated = zlib.compress((b"\0" + bytes(16)) * 16)
    assert code_of(png(pixels=deflated + _zip())) == "hidden_bytes"


def test_a_bmp_that_hides_bytes_between_header_and_pixels_is_refused(save, code_of):
    data = save("BMP")
    grown = data[:54] + b"evil" + data[54:]
    grown = grown[:2] + struct.pack("<I", len(grown)) + grown[6:10] + struct.pack("<I", 58) + grown[14:]
    assert code_of(grown) == "hidden_bytes"


@pytest.mark.parametrize(
    "stowaway", [b"<script>alert(1)</script>", b"<?PHP system('id');", b"%PDF-1.4", _zip(), b"<!DOCTYPE html>"]
)
def test_another_file_inside_the_metadata_is_refused(save, png, chunk, code_of, stowaway):
    assert code_of(save("JPEG", comment=stowaway)) == "foreign_content"
    assert code_of(png(before=chunk(b"tEXt", b"Comment\0" + stowaway))) == "foreign_content"
    assert code_of(png(before=chunk(b"zTXt", b"Comment\0\0" + zlib.compress(stowaway)))) == "foreign_content"
    assert code_of(save("WEBP", xmp=stowaway)) == "foreign_content"
