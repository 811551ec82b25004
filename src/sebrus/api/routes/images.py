"""Images: taken in file by file, given by their sha256."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from sebrus.api.conditional import matches, partial
from sebrus.api.dependencies import CONTRIBUTING, Reading, Running
from sebrus.api.document import refusing
from sebrus.api.multipart import BadForm, FormReader, TooManyFiles
from sebrus.api.schemas import Digest, Hash
from sebrus.api.schemas_images import FileOut, MissingIn, MissingOut
from sebrus.platform.contribute import Intake
from sebrus.platform.refusals import Refused, not_found
from sebrus.platform.uploads import missing_images
from sebrus.store.models import Image

router = APIRouter(tags=["images"])

GROUP_FILES = 64
GROUP_BYTES = 8 * 2**20
"""Files are checked and stored together up to these: some at once, so that the disk is waited for less often."""

DatasetQuery = Annotated[Hash | None, Query(description="Refuse images this dataset has.")]
FILES = {"type": "array", "items": {"type": "string", "format": "binary"}}
FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {"schema": {"type": "object", "required": ["files"], "properties": {"files": FILES}}}
        },
    }
}
BYTES = {f"image/{kind}": {"schema": {"type": "string", "format": "binary"}} for kind in ("png", "jpeg", "webp", "bmp")}
GIVEN: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bytes.", "content": BYTES},
    206: {"description": "The range of them that was asked for.", "content": BYTES},
    304: {"description": "They are as they were."},
}
HEAD_GIVEN: dict[int | str, dict[str, Any]] = {200: {"description": "They are here."}}


@router.post("/images", dependencies=[CONTRIBUTING], openapi_extra=FORM, responses=refusing(404, 413, 507))
async def upload_images(request: Request, application: Running, dataset_id: DatasetQuery = None) -> list[FileOut]:
    """Check each file and keep those that pass, as they come; a refused file does not harm the others."""
    settings = application.settings
    try:
        reader = FormReader(
            request.headers.get("content-type", ""),
            "files",
            most_files=settings.max_upload_files,
            most_bytes=settings.max_image_bytes,
        )
    except BadForm as error:
        raise Refused("invalid_request", str(error)) from error
    intake = await run_in_threadpool(Intake, application, dataset_id)
    results: list[FileOut] = []
    try:
        async for group in _groups(reader, request.stream()):
            results += map(FileOut.of, await run_in_threadpool(intake.take, group))
    except BadForm as error:
        raise HTTPException(400, str(error)) from error
    except TooManyFiles:
        limit = settings.max_upload_files
        sentence = f"Send at most {limit} files at once; the first {limit} were taken in."
        raise Refused("too_many_files", sentence, 413) from None
    return results


async def _groups(reader: FormReader, body: AsyncIterator[bytes]) -> AsyncIterator[list[tuple[str, bytes]]]:
    """The files of a form, some at a time. Those that came whole come out, whatever happens after them."""
    group: list[tuple[str, bytes]] = []
    failed: Exception | None = None
    try:
        async for piece in body:
            group += reader.feed(piece)
            if len(group) >= GROUP_FILES or sum(len(data) for _, data in group) >= GROUP_BYTES:
                yield group
                group = []
        reader.close()
    except (BadForm, TooManyFiles, ClientDisconnect, HTTPException) as error:  # the last: the body is too large
        failed = error
    group += reader.taken()
    if group:
        yield group
    if failed is not None and not isinstance(failed, ClientDisconnect):  # who is gone is told nothing
        raise failed


@router.post("/images/missing", responses=refusing(404))
def list_missing_images(application: Running, asked: MissingIn) -> MissingOut:
    """Ask which images are to be uploaded at all: those that are here need not be sent again."""
    return MissingOut.model_validate(missing_images(application, asked.sha256, asked.dataset_id))


@router.get("/images/{sha256}", response_class=Response, responses=GIVEN | refusing(404, 416))
def get_image(
    application: Running,
    session: Reading,
    sha256: Digest,
    if_none_match: Annotated[str | None, Header(include_in_schema=False)] = None,
    asked: Annotated[str | None, Header(alias="Range", include_in_schema=False)] = None,
    if_range: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """The image's bytes, as contributed, or one range of them."""
    image = _image(session, sha256)
    headers = _headers(sha256)
    if matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return partial(application.blobs.get(sha256), asked, if_range, image.media_type, headers)


@router.head("/images/{sha256}", response_class=Response, responses=HEAD_GIVEN | refusing(404))
def head_image(session: Reading, sha256: Digest) -> Response:
    """Whether the image is here, how large it is and of which kind; nothing is read."""
    image = _image(session, sha256)
    headers = _headers(sha256) | {"Content-Length": str(image.size), "Accept-Ranges": "bytes"}
    return Response(media_type=image.media_type, headers=headers)


def _image(session: Reading, sha256: str) -> Image:
    image = session.get(Image, sha256)
    if image is None:
        raise not_found("image", sha256)
    return image


def _headers(sha256: str) -> dict[str, str]:
    return {
        "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": f'"{sha256}"',
        "Content-Disposition": "inline",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
