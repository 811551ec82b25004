"""Files that are still on their way, kept as far as they have come.

Each lies under the sha256 that it shall have in the end. Nobody is believed before that is checked, so writers need no
lock: two who send the same file write the same bytes, and whoever writes others only loses them at the end.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from sebrus.store.blobs import BlobNotWritten

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
ABANDONED_AFTER_SECONDS: Final = 24 * 3600.0
MOST_BYTES: Final = 2**30
"""Of all files on their way together."""


class PartGap(ValueError):
    """What was sent begins beyond what has come.

    Attributes:
        received: how many bytes have come.
    """

    def __init__(self, received: int) -> None:
        self.received = received
        super().__init__(f"Only {received} bytes of this file have come; go on from there.")


class PartStore:
    """Keep parts in one folder, made when the first comes.

    >>> parts = PartStore(Path("uploads"))          # doctest: +SKIP
    >>> parts.write("ab" * 32, 0, b"the beginning")  # doctest: +SKIP
    13
    """

    def __init__(self, root: Path, most_bytes: int = MOST_BYTES) -> None:
        self._root = root
        self._most_bytes = most_bytes

    def received(self, sha256: str) -> int:
        """How many bytes from the start have come."""
        try:
            return self._file(sha256).stat().st_size
        except FileNotFoundError:
            return 0

    def write(self, sha256: str, start: int, data: bytes) -> int:
        """Write bytes that begin at `start`, again or for the first time; returns how many have come now.

        Raises:
            PartGap: `start` is beyond what has come.
            BlobNotWritten: the disk refuses, or too much is on its way already.
        """
        received = self.received(sha256)
        if start > received:
            raise PartGap(received)
        try:
            if received == 0:
                self._begin(sha256)
            with self._file(sha256).open("r+b") as file:
                file.seek(start)
                file.write(data)
        except OSError as error:
            raise BlobNotWritten(f"A part of an upload could not be written ({error.strerror}).") from error
        return max(received, start + len(data))

    def read(self, sha256: str) -> bytes:
        """What has come, from the start."""
        try:
            return self._file(sha256).read_bytes()
        except FileNotFoundError:
            return b""

    def remove(self, sha256: str) -> None:
        """Forget what has come."""
        with suppress(FileNotFoundError):
            self._file(sha256).unlink()

    def _begin(self, sha256: str) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        if sum(self._sizes()) >= self._most_bytes:
            raise BlobNotWritten("Too many files are on their way.")
        self._file(sha256).touch()

    def _sizes(self) -> Iterator[int]:
        """The size of every file on its way; those abandoned are removed."""
        oldest = time.time() - ABANDONED_AFTER_SECONDS
        for file in self._root.iterdir():
            with suppress(OSError):  # another process may remove it first
                found = file.stat()
                if found.st_mtime < oldest:
                    file.unlink()
                else:
                    yield max(1, found.st_size)

    def _file(self, sha256: str) -> Path:
        if not _DIGEST.fullmatch(sha256):
            raise ValueError("A file on its way is named by 64 lowercase hex digits.")
        return self._root / sha256
