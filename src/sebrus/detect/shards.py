"""Images by ranges of rows: in memory, or elsewhere and read by whoever needs them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.errors import DetectError

Ints = NDArray[np.intp]
Pictures = NDArray[np.uint8]

SHARD = 2048


class Images(Protocol):
    """What the detector asks of images uint8 [n, h, w] or [n, h, w, c]: their shape, and some rows of them.

    A NumPy array is one, `Stored` another.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, rows first."""
        ...

    def __len__(self) -> int:
        """How many rows there are."""
        ...

    def __getitem__(self, rows: Any, /) -> Any:
        """Some rows: a number, a slice or an array of numbers."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """Images that do not lie in memory: `read` gives some rows [k] of them as uint8 [k, h, w] or [k, h, w, c].

    `read` must be picklable and give equal rows equal images wherever it is called. `behind` are rows in memory that
    follow the stored ones, [m, h, w, c].

    >>> Stored((3, 8, 8), lambda rows: np.full((len(rows), 8, 8), 7, np.uint8))[1:3].shape
    (2, 8, 8)
    """

    shape: tuple[int, ...]
    read: Callable[[Ints], Pictures]
    behind: Pictures | None = None

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any, /) -> Pictures:
        wanted = np.arange(self.shape[0])[rows]
        if wanted.ndim == 0:
            return np.asarray(self[wanted[None]][0])
        kept = self.shape[0] - (len(self.behind) if self.behind is not None else 0)
        found = np.empty((len(wanted), *self.shape[1:]), dtype=np.uint8)
        inside = wanted < kept
        if inside.any():
            found[inside] = self._checked(wanted[inside])
        if self.behind is not None and not inside.all():
            found[~inside] = self.behind[wanted[~inside] - kept].reshape(-1, *self.shape[1:])
        return found

    def followed_by(self, behind: Pictures) -> "Stored":
        """These images and, behind them, some in memory of the same size."""
        return Stored((self.shape[0] + len(behind), *self.shape[1:]), self.read, behind)

    def with_channels(self) -> "Stored":
        """The same images as [n, h, w, c]."""
        return self if len(self.shape) == 4 else Stored((*self.shape, 1), self.read, self.behind)

    def _checked(self, rows: Ints) -> Pictures:
        read = np.asarray(self.read(rows))
        if read.dtype != np.uint8 or read.size != len(rows) * int(np.prod(self.shape[1:])):
            raise DetectError(
                f"The reader gave {read.dtype} {list(read.shape)} for {len(rows)} rows of uint8 {list(self.shape[1:])}."
            )
        return read.reshape(-1, *self.shape[1:])


def ranges(rows: int, size: int = SHARD) -> Iterator[tuple[int, int]]:
    """Rows 0 to `rows` in ranges of a fixed size, in order.

    >>> list(ranges(5, 2))
    [(0, 2), (2, 4), (4, 5)]
    """
    for start in range(0, rows, size):
        yield start, min(rows, start + size)


__all__ = ["SHARD", "Images", "Stored", "ranges"]
