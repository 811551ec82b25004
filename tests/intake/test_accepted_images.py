"""What is accepted: plain PNG, JPEG, WebP and BMP in grey, palette or RGB."""

import hashlib
import zlib

import pytest

from sebrus.platform.intake import inspect_image

ORDINARY = [
    *[("PNG", mode, {}) for mode in ("1", "L", "P", "RGB", "RGBA", "LA")],
    ("PNG", "RGB", {"optimize": True}),
    *[("JPEG", mode, {"quality": quality}) for mode in ("L", "RGB") for quality in (1, 75, 100)],
    ("JPEG", "RGB", {"progressive": True}),
    ("JPEG", "RGB", {"optimize": True, "subsampling": 0}),
    ("JPEG", "RGB", {"restart_marker_rows": 1}),
    ("JPEG", "RGB", {"restart_marker_blocks": 2, "progressive": True}),
    ("JPEG", "RGB", {"dpi": (72, 72), "comment": b"taken at noon"}),
    ("WEBP", "RGB", {}),
    ("WEBP", "L", {"quality": 100}),
    ("WEBP", "RGB", {"lossless": True, "method": 6, "quality": 100}),
    *[("BMP", mode, {}) for mode in ("1", "L", "P", "RGB")],
]


@pytest.mark.parametrize(("kind", "mode", "options"), ORDINARY)
@pytest.mark.parametrize("size", [8, 61])
def test_an_ordinary_image_is_accepted(save, accept, kind, mode, options, size):
    data = save(kind, mode=mode, size=size, **options)
    info = accept(data)
    assert (info.format, info.width, info.height, info.bytes) == (kind, size, size, len(data))
    assert info.sha256 == hashlib.sha256(data).hexdigest()
    assert info.channels == (1 if mode in ("1", "L", "LA") and kind != "WEBP" else 3)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP"])
@pytest.mark.parametrize("shade", [0, 128, 255])
@pytest.mark.parametrize("options", [{}, {"optimize": True, "lossless": True, "quality": 90}])
def test_a_picture_in_one_colour_is_accepted(save, photo, accept, kind, shade, options):
    flat = photo(300, 40).point(lambda _: shade)
    assert accept(save(kind, flat, **options)).width == 300


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
@pytest.mark.parametrize("interlace", [0, 1])
def test_every_shallow_depth_and_interlacing_is_accepted(png, accept, depth, interlace):
    if interlace:
        rows = sum(
            -(-max(13 - y, 0) // dy) * (1 + (-(-max(11 - x, 0) // dx) * depth + 7) // 8)
            for x, y, dx, dy in (
                (0, 0, 8, 8),
                (4, 0, 8, 8),
                (0, 4, 4, 8),
                (2, 0, 4, 4),
                (0, 2, 2, 4),
                (1, 0, 2, 2),
                (0, 1, 1, 2),
            )
        )
        data = png(11, 13, depth=depth, interlace=1, pixels=zlib.compress(bytes(rows)))
    else:
        data = png(11, 13, depth=depth)
    assert accept(data).channels == 1


def test_ordinary_metadata_is_accepted(save, photo, accept):
    exif = photo(24, 24).getexif()
    exif[0x0110] = "A camera"
    exif[0x0112] = 1
    for kind in ("PNG", "JPEG", "WEBP"):
        accept(save(kind, exif=exif.tobytes(), icc_profile=bytes(500)))


@pytest.mark.parametrize("name", ["a.JPG", "a.jpeg", "a.b.jfif", "été.jpe"])
def test_every_usual_extension_is_accepted_in_any_case(save, name):
    assert inspect_image(save("JPEG"), name).format == "JPEG"
