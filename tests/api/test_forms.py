"""Forms of files are read as they come: the same files whatever the pieces, nothing held that is not taken."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebrus.api.multipart import BadForm, FormReader, TooManyFiles

KIND = "multipart/form-data; boundary=edge"


def part(name: str, data: bytes, filename: str | None = None) -> bytes:
    told = f'; filename="{filename}"' if filename is not None else ""
    return f'--edge\r\nContent-Disposition: form-data; name="{name}"{told}\r\n\r\n'.encode() + data + b"\r\n"


def read(body: bytes, cuts=(), *, most_files=10, most_bytes=100) -> list[tuple[str, bytes]]:
    reader = FormReader(KIND, "files", most_files=most_files, most_bytes=most_bytes)
    places = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    found = [file for a, b in pairwise(places) for file in reader.feed(body[a:b])]
    reader.close()
    return found


@given(
    st.lists(st.tuples(st.sampled_from(["a.png", "b c.jpg", ""]), st.binary(max_size=90)), min_size=1, max_size=5),
    st.lists(st.integers(0, 10_000), max_size=8),
)
def test_the_pieces_do_not_matter(files, cuts):
    files = [(name, data) for name, data in files if b"--edge" not in data] or [("a.png", b"")]
    body = b"".join(part("files", data, name) for name, data in files) + b"--edge--\r\n"
    assert read(body, cuts) == files


def test_a_file_beyond_the_limit_is_cut_one_byte_behind_it():
    body = part("files", b"x" * 5000, "a.png") + part("files", b"y", "b.png") + b"--edge--\r\n"
    assert read(body) == [("a.png", b"x" * 101), ("b.png", b"y")]


def test_other_parts_are_skipped_and_files_without_a_name_are_other_parts():
    body = part("note", b"n" * 5000) + part("files", b"text") + part("other", b"o", "o.png")
    assert read(body + part("files", b"y", "b.png") + b"--edge--\r\n") == [("b.png", b"y")]
    with pytest.raises(BadForm, match="holds no file"):
        read(body + b"--edge--\r\n")


def test_a_form_that_ends_early_gives_what_came_whole():
    reader = FormReader(KIND, "files", most_files=9, most_bytes=100)
    assert reader.feed(part("files", b"whole", "a.png") + part("files", b"half", "b.png")[:-4]) == [("a.png", b"whole")]
    with pytest.raises(BadForm, match="ends too early"):
        reader.close()


def test_one_file_too_many_ends_it_and_those_before_are_there():
    reader = FormReader(KIND, "files", most_files=1, most_bytes=100)
    with pytest.raises(TooManyFiles):
        reader.feed(part("files", b"1", "a.png") + part("files", b"2", "b.png"))
    assert reader.taken() == [("a.png", b"1")]


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "multipart/form-data",
        "multipart/mixed; boundary=x",
        f"multipart/form-data; boundary={'x' * 999}",
    ],
)
def test_other_kinds_of_body_are_refused(kind):
    with pytest.raises(BadForm):
        FormReader(kind, "files", most_files=1, most_bytes=1)


@pytest.mark.parametrize(
    "body",
    [
        b"no form at all",
        b"--edge\r\n" + b"X-Long: " + b"x" * 100_000,
        b"--edge\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(100)),
        part("note", b"") * 101,
        b"--edge\r\n\x00: 1\r\n\r\n",
    ],
)
def test_hostile_forms_are_refused(body):
    with pytest.raises(BadForm):
        read(body)


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=4))
def test_whatever_comes_is_read_or_refused(noise, cuts):
    for body in (noise, b"--edge\r\n" + noise, part("files", noise, "a.png") + noise):
        try:
            found = read(body, cuts)
        except (BadForm, TooManyFiles):
            continue
        assert all(len(data) <= 101 for _, data in found)
