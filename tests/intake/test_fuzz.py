"""Whatever bytes arrive, the answer is an ImageInfo or an ImageRefused, and decode agrees."""

import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from sebrus.platform.intake import FILE_SENTENCES, Limits, check_files, inspect_image
from sebrus.store.images import SENTENCES, ImageRefused, decode

LIMITS = Limits(max_side=256, max_pixels=20_000)
QUICK = settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
EXTENSIONS = ("png", "jpg", "webp", "bmp")


def _valid() -> list[bytes]:
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 256, (13, 11, 3), dtype=np.uint8))
    exif = picture.getexif()
    exif[0x0110] = "camera"
    files = []
    for kind, mode, options in (
        ("PNG", "RGB", {"exif": exif, "icc_profile": b"i" * 200}),
        ("PNG", "P", {}),
        ("PNG", "LA", {"dpi": (72, 72)}),
        ("JPEG", "RGB", {"exif": exif.tobytes(), "icc_profile": b"i" * 200}),
        ("JPEG", "L", {"progressive": True}),
        ("JPEG", "RGB", {"restart_marker_blocks": 1}),
        ("WEBP", "RGB", {}),
        ("WEBP", "RGBA", {"lossless": True, "exif": exif.tobytes()}),
        ("BMP", "RGB", {}),
        ("BMP", "P", {}),
    ):
        buffer = io.BytesIO()
        picture.convert(mode).save(buffer, kind, **options)
        files.append(buffer.getvalue())
    return files


VALID = _valid()


def _check(data: bytes) -> None:
    for extension in EXTENSIONS:
        try:
            info = inspect_image(data, f"a.{extension}", limits=LIMITS)
        except ImageRefused as refused:
            assert refused.code in SENTENCES
            assert 20 < len(refused.sentence) < 400
            if refused.code != "extension_mismatch":
                return
        else:
            array = decode(data, size=None, channels=info.channels, limits=LIMITS)
            assert array.shape[:2] == (info.height, info.width)
            return


def test_the_unmutated_files_are_accepted():
    for data in VALID:
        assert any(file.accepted for file in check_files([(f"a.{e}", data) for e in EXTENSIONS], limits=LIMITS))


@QUICK
@given(st.binary(max_size=300))
def test_random_bytes(data):
    _check(data)


@QUICK
@given(st.sampled_from(VALID), st.integers(0, 64), st.binary(max_size=300))
def test_a_valid_start_and_random_bytes(valid, kept, rest):
    _check(valid[:kept] + rest)


@QUICK
@given(st.sampled_from(VALID), st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), max_size=6))
def test_changed_bytes(valid, changes):
    data = bytearray(valid)
    for at, value in changes:
        data[at % len(data)] = value
    _check(bytes(data))


@QUICK
@given(st.sampled_from(VALID), st.integers(12, 80), st.sampled_from([0, 1, 0x7F, 0x80, 0xFE, 0xFF]))
def test_changed_header_bytes(valid, at, value):
    data = bytearray(valid)
    data[at % len(data)] = value
    _check(bytes(data))


@QUICK
@given(st.sampled_from(VALID), st.integers(0, 2**16), st.integers(0, 40), st.binary(max_size=40))
def test_spliced_bytes(valid, at, removed, added):
    at %= len(valid)
    _check(valid[:at] + added + valid[at + removed :])


@QUICK
@given(
    st.integers(0, 255),
    st.integers(0, 255),
    st.sampled_from([b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"eXIf", b"gAMA", b"tRNS", b"cHRM", b"pHYs", b"sRGB"]),
    st.binary(max_size=60),
)
def test_png_metadata_of_random_bytes_with_good_checksums(png, chunk, depth, colour, kind, payload):
    data = png(before=chunk(kind, payload), after=chunk(kind, payload))
    _check(data)
    at = data.index(b"IHDR")
    ihdr = data[at + 4 : at + 12] + bytes([depth % 17, colour % 8]) + data[at + 14 : at + 17]
    _check(data[:8] + chunk(b"IHDR", ihdr) + data[at + 21 :])


@QUICK
@given(st.binary(max_size=120))
def test_random_exif(save, payload):
    for kind in ("JPEG", "PNG", "WEBP"):
        _check(save(kind, size=8, exif=b"Exif\0\0MM\0*\0\0\0\x08" + payload))


@QUICK
@given(st.lists(st.tuples(st.text(max_size=150), st.sampled_from(["", *VALID])), max_size=5))
def test_random_names_and_files(files):
    results = check_files([(name, bytes(data) if data else b"") for name, data in files], limits=LIMITS)
    assert [result.position for result in results] == list(range(len(files)))
    for result in results:
        assert result.accepted == (result.code is None) == (result.sentence is None)
        assert result.code is None or result.code in {**SENTENCES, **FILE_SENTENCES}
        result.filename.encode()


@pytest.mark.parametrize("error", [OSError, SyntaxError, KeyError, OverflowError, MemoryError, EOFError, UserWarning])
def test_whatever_pillow_raises_becomes_a_refusal(save, code_of, monkeypatch, error):
    def fail(*_args, **_options):
        raise error("inside the decoder")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", fail)
    assert code_of(save("BMP")) in {"corrupt", "truncated"}
