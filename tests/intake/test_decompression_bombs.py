"""A small file never makes the server decode or allocate much."""

import struct
import tracemalloc
import zlib

import pytest

from sebrus.platform.intake import Limits, inspect_image
from sebrus.store import images
from sebrus.store.images import ImageRefused

MIB = 2**20


@pytest.fixture
def no_decoding(monkeypatch):
    def fail(*_args, **_options):
        raise AssertionError("decoded before the limits passed")

    monkeypatch.setattr(images.Image, "open", fail)


def _resized_jpeg(data: bytes, width: int, height: int) -> bytes:
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def _resized_webp(data: bytes, width: int, height: int) -> bytes:
    return data[:26] + struct.pack("<HH", width, height) + data[30:]


def _resized_bmp(data: bytes, width: int, height: int) -> bytes:
    return data[:18] + struct.pack("<ii", width, height) + data[26:]


@pytest.mark.parametrize(("width", "height"), [(4097, 8), (8, 4097), (2**13, 2**13)])
def test_a_huge_canvas_is_refused_from_the_header(save, png, code_of, no_decoding, width, height):
    for data in (
        png(width, height, pixels=zlib.compress(b"")),
        _resized_jpeg(save("JPEG"), width, height),
        _resized_webp(save("WEBP"), width, height),
        _resized_bmp(save("BMP"), width, height),
    ):
        assert code_of(data) == "too_large"


def test_the_pixel_count_is_limited_beside_the_sides(png, code_of, accept):
    assert code_of(png(100, 101), max_pixels=10_000) == "too_large"
    assert accept(png(100, 100), max_pixels=10_000).height == 100


def test_pillows_own_limit_is_respected_where_it_is_lower(png, code_of, monkeypatch):
    monkeypatch.setattr(images.Image, "MAX_IMAGE_PIXELS", 9_999)
    assert code_of(png(100, 100)) == "too_large"


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 100), (100, 1), (0, 8), (7, 8)])
def test_a_picture_too_small_to_judge_is_refused(png, code_of, no_decoding, width, height):
    assert code_of(png(width, height)) == "too_small"


def test_negative_bmp_sizes_are_sizes(save, code_of):
    assert code_of(_resized_bmp(save("BMP"), -24, 24)) == "too_small"
    assert code_of(_resized_bmp(save("BMP"), 24, -(2**31))) == "too_large"


def _peak(data: bytes, code: str) -> int:
    tracemalloc.start()
    try:
        with pytest.raises(ImageRefused) as caught:
            inspect_image(data, "a.png", limits=Limits())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.code == code
    return peak


def test_pixel_data_that_inflates_without_end_is_refused_in_bounded_memory(png):
    bomb = zlib.compress(bytes(64 * MIB), 9)
    assert _peak(png(64, 64, pixels=bomb), "size_mismatch") < 4 * MIB


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_compressed_metadata_that_inflates_without_end_is_refused_in_bounded_memory(png, chunk, kind):
    bomb = zlib.compress(bytes(64 * MIB), 9)
    prefix = b"key\0\1\0\0\0" if kind == b"iTXt" else b"key\0\0"
    assert _peak(png(before=chunk(kind, prefix + bomb)), "metadata_too_large") < 4 * MIB


def test_many_small_pieces_of_metadata_count_together(save, png, chunk, code_of, accept):
    piece = chunk(b"tEXt", b"key\0" + bytes(996))
    assert accept(png(before=piece * 10), max_metadata_bytes=10_000).width == 16
    assert code_of(png(before=piece * 6, after=piece * 5), max_metadata_bytes=10_000) == "metadata_too_large"
    segment = b"\xff\xfe" + struct.pack(">H", 1002) + bytes(1000)
    jpeg = save("JPEG")
    assert accept(jpeg[:2] + segment * 5 + jpeg[2:]).format == "JPEG"
    assert code_of(jpeg[:2] + segment * 300 + jpeg[2:]) == "metadata_too_large"


def test_a_jpeg_of_countless_scans_is_refused(save, code_of, accept, no_decoding):
    data = save("JPEG", progressive=True)
    scan = data.rindex(b"\xff\xda")
    assert code_of(data[:scan] + data[scan:-2] * 30 + data[-2:]) == "too_many_scans"


def test_countless_empty_chunks_are_refused(save, png, chunk, code_of):
    assert code_of(png(before=chunk(b"tEXt") * 20_001)) == "corrupt"
    jpeg = save("JPEG")
    assert code_of(jpeg[:2] + b"\xff\xfe\0\2" * 2_001 + jpeg[2:]) == "corrupt"
