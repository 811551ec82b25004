"""Forms of files read as they come (RFC 7578): no more is held than one file, cut at the largest that is taken."""

from __future__ import annotations

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

MOST_OTHER_PARTS = 100


class BadForm(Exception):
    """The body is no form of files; the message is a sentence for people."""


class TooManyFiles(Exception):
    """One file more than the form may have has begun."""


class FormReader:
    """Feed it the body in any pieces; it gives back the files that each piece completes.

    Args:
        content_type: the header, `multipart/form-data` with its boundary.
        field: the name of the parts that are files; others are skipped.
        most_files: files in one form.
        most_bytes: of a larger file this and one more byte are kept, which shows that it is too large.

    Raises:
        BadForm: the header names no such form.
    """

    def __init__(self, content_type: str, field: str, *, most_files: int, most_bytes: int) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise BadForm("The body is no form; send the files as multipart/form-data.")
        self._field = field
        self._most_files = most_files
        self._most_bytes = most_bytes
        self._files = self._others = 0
        self._complete: list[tuple[str, bytes]] = []
        self._headers: dict[bytes, bytes] = {}
        self._header = self._value = b""
        self._name: str | None = None  # of the file under way; None: the part is no file
        self._data = bytearray()
        self._ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._on_field,
                    "on_header_value": self._on_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._end_headers,
                    "on_part_data": self._on_data,
                    "on_part_end": self._end_part,
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise BadForm("The form's boundary is too long; send the files as multipart/form-data.") from error

    def feed(self, piece: bytes) -> list[tuple[str, bytes]]:
        """The files, name and bytes, that end in this piece.

        Raises:
            BadForm: the piece is not what may follow.
            TooManyFiles: a file more than the form may have begins in it.
        """
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise BadForm("The form is malformed; send the files as multipart/form-data.") from error
        return self.taken()

    def taken(self) -> list[tuple[str, bytes]]:
        """The files that are complete and were not given back yet: those before what was wrong in a piece."""
        complete, self._complete = self._complete, []
        return complete

    def close(self) -> None:
        """Say that the body is over; raises BadForm where it ends too early or holds no file."""
        if not self._ended:
            raise BadForm("The form ends too early; what came whole was taken, send the rest again.")
        if self._files == 0:
            raise BadForm(f"The form holds no file; send each as a part named {self._field} with a file name.")

    def _begin(self) -> None:
        self._headers = {}
        self._name = None
        self._data = bytearray()

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header = self._value = b""

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if options.get(b"name") != self._field.encode() or b"filename" not in options:
            self._others += 1
            if self._others > MOST_OTHER_PARTS:
                raise BadForm("The form has too many parts that are no files; leave them out.")
            return
        self._files += 1
        if self._files > self._most_files:
            raise TooManyFiles
        # A name that is not UTF-8 is still shown to whoever sent it.
        self._name = options[b"filename"].decode(errors="replace")

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._name is not None:
            room = self._most_bytes + 1 - len(self._data)
            self._data += data[start : min(end, start + room)]

    def _end_part(self) -> None:
        if self._name is not None:
            self._complete.append((self._name, bytes(self._data)))
        self._data = bytearray()

    def _end(self) -> None:
        self._ended = True
