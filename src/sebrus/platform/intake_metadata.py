"""What an image file may carry beside its pixels: a bounded amount, and nothing that is a file of its own."""

import re
import zlib
from typing import Final

from sebrus.store.images import Limits, refusal

_FOREIGN: Final = (
    (re.compile(rb"%PDF-"), "a PDF"),
    (re.compile(rb"PK(\x03\x04|\x05\x06)"), "a ZIP archive"),
    (re.compile(rb"<(script|iframe|html|svg|!doctype)\b", re.IGNORECASE), "a web page"),
    (re.compile(rb"<\?php", re.IGNORECASE), "a PHP program"),
)


class Metadata:
    """Count the metadata of one file against the limit and look for foreign content in it."""

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.max_metadata_bytes
        self._left = self._limit

    def add(self, payload: bytes) -> None:
        """Count one piece as it stands in the file.

        Raises:
            ImageRefused: ``metadata_too_large`` or ``foreign_content``.
        """
        self._spend(len(payload))
        for pattern, what in _FOREIGN:
            if pattern.search(payload):
                raise refusal("foreign_content", what=what)

    def add_deflated(self, deflated: bytes) -> None:
        """Count what a compressed piece inflates to, never inflating more than the limit allows.

        Raises:
            ImageRefused: ``metadata_too_large``, ``foreign_content`` or ``corrupt``.
        """
        inflater = zlib.decompressobj()
        try:
            inflated = inflater.decompress(deflated, self._left + 1)
        except zlib.error as error:
            raise refusal("corrupt", what="its compressed metadata cannot be read") from error
        self.add(inflated)
        if not inflater.eof:
            raise refusal("corrupt", what="its compressed metadata ends early")

    def _spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise refusal("metadata_too_large", limit=self._limit)
