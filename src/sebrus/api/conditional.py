"""Conditional and partial GET (RFC 9110, 13 and 14): what a client has already is not sent again."""

from __future__ import annotations

import re

from fastapi.responses import Response

from sebrus.api.problems import problem

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def matches(if_none_match: str | None, etag: str) -> bool:
    """Whether `If-None-Match` names this tag, by the weak comparison (RFC 9110, 8.8.3.2).

    >>> matches('"a", W/"b"', '"b"')
    True
    """
    if if_none_match is None:
        return False
    told = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in told or etag.removeprefix("W/") in told


def range_of(header: str | None, size: int) -> tuple[int, int] | None:
    """The first byte and the one after the last that a `Range` asks for; None: all.

    More ranges than one and other units are answered with the whole, as is allowed.

    >>> range_of("bytes=-2", 10)
    (8, 10)

    Raises:
        ValueError: the range begins beyond the end.
    """
    found = _RANGE.fullmatch(header.strip()) if header is not None else None
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    if last and first and int(last) < int(first):
        return None  # not a range at all
    if start >= size or start >= end:
        raise ValueError(f"The range begins beyond the {size} bytes there are.")
    return start, end


def partial(data: bytes, asked: str | None, if_range: str | None, media_type: str, headers: dict[str, str]) -> Response:
    """The bytes, or the one range of them that was asked for; `headers` name the ETag."""
    headers = headers | {"Accept-Ranges": "bytes"}
    try:
        part = range_of(asked, len(data)) if if_range in (None, headers["ETag"]) else None
    except ValueError as error:
        beyond = problem(416, "range_beyond_end", str(error))
        beyond.headers.update(headers | {"Content-Range": f"bytes */{len(data)}", "Cache-Control": "no-store"})
        return beyond
    if part is None:
        return Response(data, media_type=media_type, headers=headers)
    start, end = part
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(data)}"
    return Response(data[start:end], 206, media_type=media_type, headers=headers)
