"""Single files that come in parts: a large one goes on after a broken connection from where it was."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from sebrus.api.dependencies import CONTRIBUTING, Running
from sebrus.api.document import refusing
from sebrus.api.problems import problem
from sebrus.api.routes.images import DatasetQuery
from sebrus.api.schemas import Digest
from sebrus.api.schemas_images import FileOut, UploadOut
from sebrus.platform.refusals import Refused, not_found
from sebrus.platform.uploads import finish_upload, parts_of
from sebrus.store.parts import PartGap, PartStore

router = APIRouter(tags=["images"])

PIECE_BYTES = 2**18
_PLACE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", re.ASCII)
BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("/uploads/{sha256}", responses=refusing(404))
def get_upload(application: Running, sha256: Digest) -> UploadOut:
    """How much of a file has come, to go on from there; a file that is here whole is an image."""
    received = parts_of(application).received(sha256)
    if received == 0:
        raise not_found("file on its way", sha256)
    return UploadOut(sha256=sha256, received=received, size=None, file=None)


@router.put(
    "/uploads/{sha256}",
    dependencies=[CONTRIBUTING],
    openapi_extra=BODY,
    responses=refusing(404, 409, 413, 507),
    response_model=UploadOut,
)
async def upload_part(
    request: Request,
    application: Running,
    sha256: Digest,
    filename: Annotated[str, Query(max_length=480, description="The file's name, with the extension of its kind.")],
    content_range: Annotated[str, Header(max_length=80, description="`bytes FIRST-LAST/SIZE` (RFC 9110, 14.4).")],
    dataset_id: DatasetQuery = None,
) -> Any:
    """Send a part of a file; with the last one the whole is checked, and kept if it passes."""
    start, end, size = _place(content_range, application.settings.max_image_bytes)
    parts = parts_of(application)
    try:
        received = await _write(parts, sha256, request, start, end)
    except PartGap as gap:
        return problem(409, "wrong_offset", str(gap), received=gap.received)
    result = None
    if received >= size:
        result = FileOut.of(await run_in_threadpool(finish_upload, application, sha256, filename, dataset_id))
    return UploadOut(sha256=sha256, received=received, size=size, file=result)


def _place(content_range: str, most_bytes: int) -> tuple[int, int, int]:
    """The first byte, the one after the last, and the size of the whole."""
    found = _PLACE.fullmatch(content_range)
    first, last, size = map(int, found.groups()) if found else (1, 0, 0)
    if not first <= last < size:
        raise Refused("invalid_request", "The header Content-Range names no part; give it as bytes FIRST-LAST/SIZE.")
    if size > most_bytes:
        raise Refused("file_too_large", f"The file has {size} bytes and at most {most_bytes} are taken.", 413)
    return first, last + 1, size


async def _write(parts: PartStore, sha256: str, request: Request, start: int, end: int) -> int:
    """Write what comes as it comes; how many bytes of the file are here then."""
    received = await run_in_threadpool(parts.received, sha256)
    if start > received:
        raise PartGap(received)
    at, waiting = start, bytearray()
    try:
        async for piece in request.stream():
            waiting += piece
            if at + len(waiting) > end:
                raise Refused("invalid_request", "The body is longer than Content-Range says; send what it names.")
            if len(waiting) >= PIECE_BYTES:
                received = await run_in_threadpool(parts.write, sha256, at, bytes(waiting))
                at, waiting = at + len(waiting), bytearray()
    except ClientDisconnect:
        end = at + len(waiting)  # what came stays, and nobody hears of it
    if waiting:
        received = await run_in_threadpool(parts.write, sha256, at, bytes(waiting))
    if at + len(waiting) < end:
        raise Refused("invalid_request", "The body is shorter than Content-Range says; go on from what has come.")
    return received
