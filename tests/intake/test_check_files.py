"""An upload is checked file by file; a refused one harms no other."""

import hashlib

import pytest

from sebrus.platform.intake import FileRefused, Limits, check_files, check_name


@pytest.fixture
def three(save, photo):
    """Three different images."""
    return [save("PNG", photo(size, 16)) for size in (16, 17, 18)]


def _codes(results):
    return [result.code for result in results]


def test_good_files_are_accepted_around_bad_ones(three):
    files = [("a.png", three[0]), ("b.png", b"<svg/>"), ("", three[1]), ("c.png", three[1]), ("d.jpg", three[2])]
    results = check_files(files)
    assert _codes(results) == [None, "unknown_format", "name_empty", None, "extension_mismatch"]
    assert [result.accepted for result in results] == [True, False, False, True, False]
    assert results[0].info.sha256 == hashlib.sha256(three[0]).hexdigest()
    assert [result.position for result in results] == [0, 1, 2, 3, 4]
    assert all(result.sentence.endswith(".") for result in results if not result.accepted)


def test_an_empty_upload_has_no_results():
    assert check_files([]) == []


def test_a_duplicate_within_the_upload_is_refused_and_the_first_kept(three):
    results = check_files([("a.png", three[0]), ("b.png", three[0]), ("c.png", three[1])])
    assert _codes(results) == [None, "duplicate_in_upload", None]
    assert "'a.png'" in results[1].sentence


def test_a_duplicate_of_a_refused_file_gets_that_refusal_again():
    results = check_files([("a.png", b"<svg/>"), ("b.png", b"<svg/>")])
    assert _codes(results) == ["unknown_format", "unknown_format"]


def test_a_duplicate_of_the_dataset_is_refused(three):
    digest = hashlib.sha256(three[0]).hexdigest()
    files = [("a.png", three[0]), ("b.png", three[1])]
    for known in ({digest}, [digest], lambda asked: {digest}.intersection(asked)):
        assert _codes(check_files(files, known=known)) == ["duplicate_in_dataset", None]


def test_the_same_picture_saved_again_is_refused(save, photo, three):
    """Paid twice for one picture: new metadata or another lossless format gives new bytes."""
    again = save("PNG", photo(16, 16), dpi=(72, 72))
    other = save("WEBP", photo(16, 16), lossless=True)
    files = [("a.png", three[0]), ("b.png", again), ("c.webp", other), ("d.png", three[1])]
    results = check_files(files)
    assert _codes(results) == [None, "same_pixels_in_upload", "same_pixels_in_upload", None]
    known = {results[0].info.pixels_sha256}
    assert _codes(check_files(files[1:], known_pixels=known))[0] == "same_pixels_in_dataset"
    assert _codes(check_files(files[3:], known_pixels=known)) == [None]


def test_too_many_files_are_refused_one_by_one(three):
    files = [(f"{n}.png", data) for n, data in enumerate(three)]
    assert _codes(check_files(files, limits=Limits(max_files=2))) == [None, None, "too_many_files"]


def test_files_may_come_as_a_stream(three):
    def stream():
        for n, data in enumerate(three):
            yield f"{n}.png", data

    assert _codes(check_files(stream())) == [None] * 3


def test_a_second_file_of_the_same_name_is_refused(three):
    """Labels are sent by file name: two files of one name would share or swap them."""
    results = check_files([("\u00e9.png", three[0]), ("e\u0301.png", three[1])])
    assert _codes(results) == [None, "name_taken"]


@pytest.mark.parametrize(
    "name", ["cat.png", "Кот 1.png", "猫.png", "a..b.png", ".png", "می\u200cخواهم.png", "a'b\"c{}%s.png"]
)
def test_an_ordinary_name_is_kept(name):
    assert check_name(name) == name


def test_a_name_is_trimmed_and_normalised():
    assert check_name("  e\u0301.png ") == "\u00e9.png"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "name_empty"),
        (" \u3000", "name_empty"),
        ("../../etc/passwd", "name_has_path"),
        ("a/b.png", "name_has_path"),
        ("a\\b.png", "name_has_path"),
        ("C:b.png", "name_has_path"),
        ("..", "name_has_path"),
        (".", "name_has_path"),
        ("a\0.png", "name_not_printable"),
        ("a\r\nSet-Cookie: b.png", "name_not_printable"),
        ("a\x1b[31m.png", "name_not_printable"),
        ("a\u202egnp.exe", "name_not_printable"),
        ("a\u2028b.png", "name_not_printable"),
        ("a\ud800.png", "name_not_printable"),
        ("a" * 117 + ".png", "name_too_long"),
        ("e\u0301" * 10**6, "name_too_long"),
    ],
)
def test_a_bad_name_is_refused(name, code, three):
    with pytest.raises(FileRefused) as caught:
        check_name(name)
    assert caught.value.code == code
    refused, kept = check_files([(name, three[0]), ("b.png", three[0])])
    assert (refused.code, kept.code) == (code, None)
    for text in (refused.filename, refused.sentence):
        text.encode()
        assert text.isprintable()
        assert len(text) < 2_000


def test_the_longest_name_is_accepted():
    assert len(check_name("a" * 116 + ".png")) == 120
