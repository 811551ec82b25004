"""A release as one archive, made while it is sent: nothing of it lies in memory or on disk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from sebrus.platform.published import ReleaseFile

PIECE_BYTES = 2**18
# Where the size comes behind the bytes, only deflated data tells a reader its end. So all is deflated, and nothing is
# compressed: images are already, and whoever asks for many archives costs the server no more than for the files.
UNCOMPRESSED = 0


class _Pipe(io.RawIOBase):
    """Takes what an archive is made of, and gives it away."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        """It is written to, and nowhere else than at its end."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Take some bytes."""
        self._waiting += data
        return len(data)

    def take(self) -> bytes:
        """All bytes that wait."""
        taken, self._waiting = bytes(self._waiting), bytearray()
        return taken


def archive_pieces(folder: Path, name: str, files: Sequence[ReleaseFile]) -> Iterator[bytes]:
    """The zip archive of the files of a release, all below one folder `name`, piece after piece.

    The same files give the same bytes. `OSError` when a file goes away meanwhile: then the archive has no end.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=UNCOMPRESSED) as archive:
        for file in files:
            with (
                (folder / file.path).open("rb") as source,
                archive.open(f"{name}/{file.path}", "w", force_zip64=True) as to,
            ):
                while piece := source.read(PIECE_BYTES):
                    to.write(piece)
                    yield pipe.take()
            yield pipe.take()
    yield pipe.take()
