"""Decoding an accepted image into the arrays that the detector takes."""

import io
import threading

import numpy as np
import pytest
from PIL import Image

from sebrus.store.images import ImageRefused, Limits, decode, read_header

PIXELS = np.random.default_rng(5).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def _save(kind="PNG", mode="RGB", **options):
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP"])
def test_lossless_pixels_come_back_exactly(kind):
    array = decode(_save(kind, lossless=True), size=None, channels=3)
    assert array.dtype == np.uint8
    np.testing.assert_array_equal(array, PIXELS)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_mode_becomes_what_is_asked(mode, channels):
    data = _save(mode=mode)
    array = decode(data, size=None, channels=channels)
    assert array.shape == ((20, 30) if channels == 1 else (20, 30, 3))
    expected = Image.open(io.BytesIO(data)).convert("RGB" if channels == 3 else "L")
    np.testing.assert_array_equal(array, np.asarray(expected))
    array[0, 0] = 1


def test_a_size_is_height_and_width():
    assert decode(_save("JPEG"), size=(8, 16), channels=3).shape == (8, 16, 3)
    assert decode(_save("JPEG"), size=(8, 16), channels=1).shape == (8, 16)
    np.testing.assert_array_equal(decode(_save(), size=(20, 30), channels=3), PIXELS)


@pytest.mark.parametrize("size", [(0, 8), (8, -1), (8, 10**9)])
def test_a_senseless_size_is_an_error(size):
    with pytest.raises(ValueError, match="height, width"):
        decode(_save(), size=size, channels=3)


def test_a_senseless_channel_count_is_an_error():
    with pytest.raises(ValueError, match="channels"):
        decode(_save(), size=None, channels=4)


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "empty"), (b"<svg>", "unknown_format"), (_save()[:100], "truncated"), (_save("JPEG")[:30], "truncated")],
)
def test_what_is_not_an_image_is_refused(data, code):
    with pytest.raises(ImageRefused) as caught:
        decode(data, size=None, channels=3)
    assert caught.value.code == code


def test_limits_hold_before_decoding(monkeypatch):
    data = _save()
    monkeypatch.setattr("sebrus.store.images.Image.open", None)
    for limits, code in (
        (Limits(max_bytes=10), "too_many_bytes"),
        (Limits(max_side=29), "too_large"),
        (Limits(max_pixels=599), "too_large"),
        (Limits(min_side=21), "too_small"),
    ):
        with pytest.raises(ImageRefused) as caught:
            decode(data, size=None, channels=3, limits=limits)
        assert caught.value.code == code


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP"])
def test_the_header_gives_format_and_size(kind):
    header = read_header(_save(kind))
    assert (header.format, header.width, header.height) == (kind, 30, 20)


def test_many_threads_decode_at_once():
    data = _save()
    results = []
    threads = [threading.Thread(target=lambda: results.append(decode(data, size=None, channels=3))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert all((result == PIXELS).all() for result in results)
