"""Files that are not one of the four formats are refused with the name of what they are."""

import gzip
import io
import zipfile

import pytest

from sebrus.platform.intake import inspect_image
from sebrus.store.images import ImageRefused


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "a")
    return buffer.getvalue()


STRANGERS = [
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "SVG"),
    (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a --><!DOCTYPE svg PUBLIC ''><svg>", "SVG"),
    (b"<!DOCTYPE html><script>alert(1)</script>", "HTML"),
    (b"\n  <HTML>", "HTML"),
    (b"<?php system($_GET['c']);", "PHP"),
    (b"GIF89a" + bytes(20), "GIF"),
    (b"II*\0" + bytes(20), "TIFF"),
    (b"MM\0*" + bytes(20), "TIFF"),
    (b"\0\0\0\x18ftypheic" + bytes(20), "HEIC"),
    (b"\0\0\0\x18ftypavif" + bytes(20), "AVIF"),
    (b"\0\0\0\x18ftypisom" + bytes(20), "video"),
    (b"%PDF-1.7\n", "PDF"),
    (_zip(), "ZIP"),
    (gzip.compress(b"a", mtime=0), "archive"),
    (b"\xff\x0a" + bytes(20), "JPEG XL"),
    (b"\0\0\x01\0\x01\0" + bytes(20), "icon"),
    (b"8BPS" + bytes(20), "Photoshop"),
    (b"MZ\x90", "program"),
    (b"\x7fELF", "program"),
    (b"cat,dog\n1,2\n", "plain text"),
    (b"RIFF\x04\0\0\0WAVE", "not one of the known"),
    (bytes(100), "not one of the known"),
]
# Named by place: an archive's bytes hold the time, and parallel runners must collect the same names.
NAMES = [f"{place}-{name}" for place, (_, name) in enumerate(STRANGERS)]


@pytest.mark.parametrize(("data", "what"), STRANGERS, ids=NAMES)
def test_a_stranger_is_refused_by_name_whatever_its_extension(data, what):
    for name in ("cat.png", "cat.svg", "cat"):
        with pytest.raises(ImageRefused, match=what) as caught:
            inspect_image(data, name)
        assert caught.value.code == "unknown_format"


def test_an_empty_file_is_refused(code_of):
    assert code_of(b"") == "empty"


@pytest.mark.parametrize("name", ["cat.jpg", "cat.png.exe", "cat", "", ".", "cat.pn\u0433", "{0}{bytes}"])
def test_an_extension_that_lies_is_refused_with_the_right_name(save, name):
    with pytest.raises(ImageRefused, match=r"\.png'\.$") as caught:
        inspect_image(save("PNG"), name)
    assert caught.value.code == "extension_mismatch"


def test_too_many_bytes_are_refused_before_anything_is_read(save, code_of, accept):
    data = save("PNG")
    assert code_of(data, max_bytes=len(data) - 1) == "too_many_bytes"
    assert accept(data, max_bytes=len(data)).bytes == len(data)
    assert code_of(b"<svg>" * 100, max_bytes=10) == "too_many_bytes"
