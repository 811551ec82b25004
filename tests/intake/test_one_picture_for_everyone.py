"""The attack of the two views: reviewers see one picture, training code loads another."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from sebrus.store.images import pixels, strips


def test_an_animation_is_refused(save, photo, code_of):
    more = [photo(24, 24).point(lambda value: 255 - value)]
    for kind in ("PNG", "WEBP"):
        assert code_of(save(kind, photo(24, 24), save_all=True, append_images=more)) == "many_pictures"


def test_a_hidden_frame_chunk_is_refused_even_without_its_announcement(png, chunk, code_of):
    assert code_of(png(before=chunk(b"acTL", struct.pack(">II", 1, 0)))) == "many_pictures"
    assert code_of(png(after=chunk(b"fdAT", bytes(20)))) == "many_pictures"


def test_a_multi_picture_jpeg_is_refused(photo, code_of):
    buffer = io.BytesIO()
    photo(24, 24).save(buffer, "MPO", save_all=True, append_images=[photo(24, 24)])
    assert code_of(buffer.getvalue()) == "many_pictures"


def test_two_frames_in_one_jpeg_are_refused(save, code_of):
    data = save("JPEG")
    frame = data.index(b"\xff\xc0")
    length = int.from_bytes(data[frame + 2 : frame + 4], "big") + 2
    assert code_of(data[:frame] + data[frame : frame + length] * 2 + data[frame + length :]) == "many_pictures"


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_alpha_is_accepted_only_where_it_hides_nothing(save, photo, code_of, accept, mode, kind):
    picture = photo(24, 24).convert(mode)
    accept(save(kind, picture, lossless=True))
    picture.putpixel((3, 3), (*picture.getpixel((3, 3))[:-1], 254))
    assert code_of(save(kind, picture, lossless=True)) == "transparency"


def test_transparent_palettes_and_colour_keys_are_refused(save, png, chunk, code_of, accept):
    palette = chunk(b"PLTE", bytes(6))
    accept(png(colour=3, before=palette + chunk(b"tRNS", b"\xff\xff")))
    assert code_of(png(colour=3, before=palette + chunk(b"tRNS", b"\0"))) == "transparency"
    assert code_of(png(colour=0, before=chunk(b"tRNS", bytes(2)))) == "transparency"
    assert code_of(png(colour=2, before=chunk(b"tRNS", bytes(6)))) == "transparency"
    accept(png(colour=2, before=chunk(b"tRNS", b"\0\1\0\1\0\1")))


def test_sixteen_bits_are_refused(png, code_of):
    for colour in (0, 2, 4, 6):
        assert code_of(png(depth=16, colour=colour)) == "bit_depth"


def test_a_twelve_bit_jpeg_is_refused(save, code_of):
    data = bytearray(save("JPEG"))
    data[data.index(b"\xff\xc0") + 4] = 12
    assert code_of(bytes(data)) == "bit_depth"


def test_cmyk_and_unusual_jpegs_are_refused(save, code_of):
    assert code_of(save("JPEG", mode="CMYK")) == "colour_mode"
    data = save("JPEG")
    for marker in (0xC3, 0xC5, 0xC9, 0xCA):
        at = data.index(b"\xff\xc0")
        assert code_of(data[: at + 1] + bytes([marker]) + data[at + 2 :]) == "colour_mode"


def test_a_bmp_with_spare_bits_or_compression_is_refused(save, code_of):
    assert code_of(save("BMP", mode="RGBA")) == "colour_mode"
    for at, value in ((28, 16), (28, 32), (30, 1), (30, 3), (30, 5)):
        data = bytearray(save("BMP"))
        data[at] = value
        assert code_of(bytes(data)) == "colour_mode"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_request_to_turn_the_picture_is_refused(save, photo, code_of, accept, kind):
    """A 6 for the reviewer, a 9 for the training code."""
    exif = photo(24, 24).getexif()
    for turned in range(2, 9):
        exif[0x0112] = turned
        assert code_of(save(kind, exif=exif.tobytes())) == "orientation"
    exif[0x0112] = 1
    accept(save(kind, exif=exif.tobytes()))


def test_an_orientation_that_is_no_number_is_refused_without_repeating_it(save, photo, code_of):
    entry = struct.pack(">HHII", 0x0112, 2, 5_000, 26)
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + entry + bytes(4) + b"a\n" * 2_500
    assert code_of(save("JPEG", exif=exif)) == "orientation"


def test_a_request_to_turn_the_picture_in_xmp_is_refused(save, code_of):
    assert code_of(save("JPEG", xmp=b'<x:xmpmeta tiff:Orientation="6"/>')) == "orientation"


@pytest.mark.parametrize("gamma", [0, 2_000, 100_000, 2**32 - 1])
def test_a_brightness_only_viewers_apply_is_refused(png, chunk, code_of, accept, gamma):
    accept(png(before=chunk(b"gAMA", struct.pack(">I", 45_455))))
    assert code_of(png(before=chunk(b"gAMA", struct.pack(">I", gamma)))) == "gamma"


def test_equal_pixels_have_equal_digests_whatever_file_holds_them(save, photo, accept):
    picture = photo(24, 24)
    digests = {accept(save(kind, picture, lossless=True)).pixels_sha256 for kind in ("PNG", "WEBP", "BMP")}
    assert len(digests) == 1
    grey = picture.convert("L")
    assert accept(save("PNG", grey)).pixels_sha256 == accept(save("PNG", grey.convert("RGB"))).pixels_sha256
    other = np.array(picture)
    other[0, 0, 0] ^= 1
    assert accept(save("PNG", Image.fromarray(other))).pixels_sha256 not in digests


def test_a_reshaped_picture_has_another_digest(png, accept):
    wide, tall = png(32, 16), png(16, 32)
    assert zlib.crc32(wide) != zlib.crc32(tall)
    assert accept(wide).pixels_sha256 != accept(tall).pixels_sha256


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("rows", [1, 7, 24, 256])
def test_strips_laid_end_to_end_are_the_picture(save, photo, mode, rows):
    """They are hashed one after the other, so that a large picture is not in memory twice."""
    picture = Image.open(io.BytesIO(save("PNG", photo(19, 24).convert(mode))))
    together = np.concatenate([pixels(strip, channels=3) for strip in strips(picture, rows)])
    assert (together == pixels(picture, channels=3)).all()


def test_transparency_is_seen_in_whichever_strip_it_is(save, photo, code_of, accept):
    for row in (0, 255, 256, 599):
        picture = photo(10, 600).convert("RGBA")
        picture.putpixel((3, row), (1, 2, 3, 254))
        assert code_of(save("PNG", picture)) == "transparency"
    assert accept(save("PNG", photo(10, 600).convert("RGBA"))).height == 600
