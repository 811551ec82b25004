"""The images of an uncompressed `.npz`, mapped: rows are read from the file when they are asked for."""

import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from sebrus.detect import Stored

LOCAL_HEADER = 30  # bytes before a member's name; the last four are the lengths of the name and of what follows it
ENCRYPTED = 1


@dataclass(frozen=True, slots=True)
class Mapping:
    """Reads some rows of an array uint8 `shape` that begins at byte `offset` of a file."""

    path: Path
    offset: int
    shape: tuple[int, ...]

    def __call__(self, rows: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Rows [k] as uint8 [k, ...]."""
        return np.asarray(np.memmap(self.path, np.uint8, "r", self.offset, self.shape)[rows])


def mapped_images(path: Path) -> Stored | None:
    """The array `x` of an archive as stored images; None where it cannot be mapped and has to be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            member = archive.getinfo("x.npy")
        if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & ENCRYPTED:
            return None
        with path.open("rb") as file:
            file.seek(member.header_offset)
            name, extra = struct.unpack("<HH", file.read(LOCAL_HEADER)[-4:])
            start = member.header_offset + LOCAL_HEADER + name + extra
            file.seek(start)
            if npy.read_magic(file) != (1, 0):
                return None
            shape, by_columns, dtype = npy.read_array_header_1_0(file)
            offset = file.tell()
    except (zipfile.BadZipFile, EOFError, KeyError, OSError, ValueError, struct.error, NotImplementedError):
        return None
    size = int(np.prod(shape, dtype=np.int64))
    if dtype != np.uint8 or by_columns or size == 0 or offset + size != start + member.file_size:
        return None
    return Stored(shape, Mapping(path.resolve(), offset, shape))


__all__ = ["Mapping", "mapped_images"]
