"""Rows in files are the rows that were written: few files, each written some times at most, none changed or lost."""

import errno
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sebrus.detect import DetectError, RowsUnreadable
from sebrus.detect.row_files import SPARED_SECONDS, read_rows, remove_others, write_rows
from sebrus.detect.rows import Rows

WIDTH = 3


def some_rows(first, count):
    return np.arange(first * WIDTH, (first + count) * WIDTH, dtype=np.float64).reshape(count, WIDTH)


def again(rows, folder):
    """The column as it is read from where it was written."""
    return read_rows(folder, rows.dtype, rows.row, *write_rows(rows, folder))


def files(folder):
    return sorted(file.name for file in folder.iterdir())


steps = st.lists(st.tuples(st.integers(0, 40), st.sets(st.integers(0, 200), max_size=20), st.booleans()), max_size=12)


@settings(max_examples=40, deadline=None)
@given(steps=steps)
def test_a_column_is_an_array_however_it_came_about(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("rows")
    column, array, at = Rows.of(some_rows(0, 0)), some_rows(0, 0), 0
    for count, gone, written in steps:
        column, array = column.plus(Rows.of(some_rows(at, count))), np.concatenate([array, some_rows(at, count)])
        at += count
        kept = ~np.isin(np.arange(len(array)), list(gone))
        column, array = column.only(kept), array[kept]
        column = again(column, folder) if written else column
        assert column.shape == array.shape and np.array_equal(column[:], array)
    order = np.random.default_rng(at).permutation(len(array))
    assert np.array_equal(column[order], array[order]) and np.array_equal(column.only(order)[:], array[order])
    assert np.array_equal(column[order[:5]], array[order[:5]])
    assert np.array_equal(np.concatenate([some_rows(0, 0), *column.blocks()]), array)


def test_many_small_parts_become_few_files_and_a_row_is_seldom_written_again(tmp_path, monkeypatch):
    column, written = Rows.of(some_rows(0, 0)), []
    replaced = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: written.append(os.fstat(file).st_size) or replaced(file))
    for at in range(200):
        column = again(column.plus(Rows.of(some_rows(10 * at, 10))), tmp_path)
        assert len(column.parts) <= 8
    assert sum(written) <= 8 * 2000 * WIDTH * 8
    assert np.array_equal(column[:], some_rows(0, 2000))


def test_what_lies_there_is_not_written_again(tmp_path):
    column = again(Rows.of(some_rows(0, 100)), tmp_path)
    before = {file.name: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    again(column.only(np.arange(100) != 7), tmp_path)
    assert {file.name: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == before
    again(column.only(slice(0, 40)), tmp_path)
    assert set(files(tmp_path)) > before.keys(), "of a file of which little is meant the rest is left behind"


def test_a_number_is_a_row_and_a_row_beyond_the_last_is_refused():
    column = Rows.of(some_rows(0, 4)).plus(Rows.of(some_rows(4, 1)))
    assert column[4].tolist() == some_rows(4, 1)[0].tolist() == column[-1].tolist()
    with pytest.raises(IndexError):
        column[5]


def test_a_file_that_is_removed_meanwhile_can_still_be_read_and_is_written_again(tmp_path):
    column = again(Rows.of(some_rows(0, 50)), tmp_path)
    for file in tmp_path.iterdir():
        file.unlink()
    assert np.array_equal(column[:], some_rows(0, 50))
    assert np.array_equal(again(column, tmp_path)[:], some_rows(0, 50))


def test_old_files_that_no_column_names_are_removed_and_young_ones_left(tmp_path):
    told, _ = write_rows(Rows.of(some_rows(0, 5)), tmp_path)
    kept = told[0]["name"]
    for name in ("old.rows", "young.rows", "state.npz"):
        (tmp_path / name).write_bytes(b"")
    for name in (kept, "old.rows", "state.npz"):
        os.utime(tmp_path / name, (0, tmp_path.stat().st_mtime - 2 * SPARED_SECONDS))
    remove_others(tmp_path, {kept})
    assert files(tmp_path) == sorted([kept, "state.npz", "young.rows"])


@pytest.mark.parametrize("harm", [lambda data: data[:-8], lambda data: data + bytes(8), lambda data: bytes(len(data))])
def test_a_file_that_holds_something_else_is_refused_in_a_sentence(tmp_path, harm):
    column = Rows.of(some_rows(1, 5))
    told, some = write_rows(column, tmp_path)
    path = tmp_path / told[0]["name"]
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(DetectError, match=r"does not hold what was written: build the state again\.$"):
        read_rows(tmp_path, column.dtype, column.row, told, some)


def test_a_file_of_another_length_than_told_or_cut_while_it_is_read_is_refused_in_a_sentence(tmp_path):
    column = Rows.of(some_rows(1, 5))
    told, some = write_rows(column, tmp_path)
    with pytest.raises(DetectError, match="does not hold 4 rows"):
        read_rows(tmp_path, column.dtype, column.row, [{**told[0], "rows": 4}], some)
    read = read_rows(tmp_path, column.dtype, column.row, told, some)
    os.truncate(tmp_path / told[0]["name"], 24)
    with pytest.raises(RowsUnreadable, match="was cut short: build the state again"):
        read[4]


def test_a_disk_that_does_not_read_is_told_of_in_a_sentence(tmp_path, monkeypatch):
    column = Rows.of(some_rows(1, 5))
    told, some = write_rows(column, tmp_path)
    read = read_rows(tmp_path, column.dtype, column.row, told, some)

    def worn_out(*_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "preadv", worn_out)
    with pytest.raises(RowsUnreadable, match=r"cannot be read \(Input/output error\): build the state again\.$"):
        read[4]


def test_rows_of_another_kind_do_not_go_behind():
    with pytest.raises(DetectError, match=r"Rows \[2\] of float64 do not fit \[3\] of float64"):
        Rows.of(some_rows(0, 1)).plus(Rows.of(np.zeros((1, 2))))
