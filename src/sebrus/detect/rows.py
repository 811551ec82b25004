"""Columns of numbers whose rows lie in files or in memory: whoever needs some reads these, and the others stay put.

A pool of a hundred thousand images has some hundreds of megabytes of rows, of which one batch needs a few thousand.
"""

import os
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.errors import DetectError, RowsUnreadable
from sebrus.detect.shards import ranges

Ints = NDArray[np.intp]
Values = NDArray[Any]

AT_ONCE = 2**20
"""Bytes read together when rows are gone through."""


class Filed:
    """The rows of one file, which holds nothing else. It stays open, so it may be removed while somebody reads it.

    Raises `DetectError` where the file is not as long as its rows.
    """

    def __init__(self, path: Path, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
        self.path, self.dtype, self.shape = path, dtype, shape
        self._row = dtype.itemsize * int(np.prod(shape[1:], dtype=np.int64))
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)
        if os.fstat(self._file).st_size != self._row * shape[0]:
            raise DetectError(f"{path} does not hold {shape[0]} rows: build the state again.")

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Ints) -> Values:
        """Some rows [k], in any order. Raises `RowsUnreadable` where the disk does not give them."""
        order = np.argsort(rows, kind="stable")
        wanted = rows[order]
        found = np.empty((len(rows), self._row), dtype=np.uint8)
        starts = np.flatnonzero(np.diff(wanted, prepend=-2) != 1)
        for start, stop in zip(starts, [*starts[1:], len(wanted)], strict=True):
            self._read(found[start:stop], int(wanted[start]))
        if np.any(order[1:] < order[:-1]):
            found[order] = found.copy()
        return found.view(self.dtype).reshape(len(rows), *self.shape[1:])

    def _read(self, into: NDArray[np.uint8], first: int) -> None:
        view, at = into.reshape(-1).data, first * self._row
        while len(view):
            try:
                count = os.preadv(self._file, [view], at)
            except OSError as error:
                raise RowsUnreadable(
                    f"{self.path} cannot be read ({error.strerror}): build the state again."
                ) from error
            if not count:
                raise RowsUnreadable(f"{self.path} was cut short: build the state again.")
            view, at = view[count:], at + count


Data = Values | Filed


class Rows:
    """A column [n, ...] of rows in `order` [n] out of what lies one behind the other in `parts`.

    It is a value: rows are read and copied when they are asked for.

    >>> two = Rows.of(np.zeros((2, 3))).plus(Rows.of(np.ones((1, 3))))
    >>> two.shape, two[[2, 0]].sum(axis=1).tolist()
    ((3, 3), [3.0, 0.0])
    """

    def __init__(self, dtype: np.dtype[Any], row: tuple[int, ...], parts: Sequence[Data], order: Ints) -> None:
        sizes = np.array([len(part) for part in parts], dtype=np.intp)
        where = np.searchsorted(np.cumsum(sizes), order, side="right")
        used = np.isin(np.arange(len(parts)), where)
        # What nobody asks for any more must not stay in memory, nor its file open.
        gone = np.cumsum(np.where(used, 0, sizes))
        self.dtype, self.row = dtype, row
        self.parts = tuple(part for part, wanted in zip(parts, used, strict=True) if wanted)
        self.order = order - gone[where] if len(self.parts) < len(parts) and len(order) else order
        self.ends = np.cumsum(sizes[used])

    @classmethod
    def of(cls, values: Values) -> "Rows":
        """The rows of an array, which must not be changed afterwards."""
        return cls(values.dtype, values.shape[1:], [values], np.arange(len(values)))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, rows first."""
        return (len(self.order), *self.row)

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, rows: Any) -> Values:
        """Some rows: a number, a slice, a mask or numbers, as an array has them."""
        wanted = self.order[rows]
        if wanted.ndim == 0:
            return np.asarray(self[np.array([rows])][0])
        found = np.empty((len(wanted), *self.row), dtype=self.dtype)
        where = np.searchsorted(self.ends, wanted, side="right")
        for number in np.unique(where):
            inside = where == number
            found[inside] = self.parts[number][wanted[inside] - (self.ends[number] - len(self.parts[number]))]
        return found

    def only(self, rows: Any) -> "Rows":
        """A column of some of the rows, without reading them: a slice, a mask or numbers."""
        return Rows(self.dtype, self.row, self.parts, self.order[rows])

    def plus(self, other: "Rows") -> "Rows":
        """The rows of both, the other's behind. Raises `DetectError` where they are of another kind."""
        if (other.dtype, other.row) != (self.dtype, self.row):
            raise DetectError(f"Rows {list(other.row)} of {other.dtype} do not fit {list(self.row)} of {self.dtype}.")
        behind = int(self.ends[-1]) if self.parts else 0
        order = np.concatenate([self.order, other.order + behind])
        return Rows(self.dtype, self.row, [*self.parts, *other.parts], order)

    def blocks(self) -> Iterator[Values]:
        """All rows, some at a time."""
        size = max(1, self.dtype.itemsize * int(np.prod(self.row, dtype=np.int64)))
        for start, stop in ranges(len(self), max(1, AT_ONCE // size)):
            yield self[start:stop]


__all__ = ["Data", "Filed", "Rows"]
