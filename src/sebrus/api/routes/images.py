"""Images: taken in file by file, given by their sha256."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response, UploadFile

from sebrus.api.dependencies import CONTRIBUTING, Reading, Running
from sebrus.api.schemas import Digest, FileOut, Hash
from sebrus.platform.contribute import take_images
from sebrus.platform.refusals import Refused, not_found
from sebrus.store.models import Image

router = APIRouter(tags=["images"])


@router.post("/images", dependencies=[CONTRIBUTING])
def upload_images(
    application: Running,
    files: list[UploadFile],
    dataset_id: Annotated[Hash | None, Query(description="Refuse images this dataset has.")] = None,
) -> list[FileOut]:
    """Check each file and keep those that pass; a refused file does not harm the others."""
    limit = application.settings.max_upload_files
    if len(files) > limit:
        raise Refused("too_many_files", f"Send at most {limit} files at once.", 413)
    largest = application.settings.max_image_bytes
    material = [(file.filename or "", file.file.read(largest + 1)) for file in files]
    return [
        FileOut(
            filename=result.filename,
            accepted=result.accepted,
            sha256=result.info.sha256 if result.info else None,
            code=result.code,
            sentence=result.sentence,
        )
        for result in take_images(application, material, dataset_id)
    ]


@router.head("/images/{sha256}", include_in_schema=False)
@router.get("/images/{sha256}", response_class=Response)
def get_image(
    application: Running,
    session: Reading,
    sha256: Digest,
    if_none_match: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """The image's bytes, as contributed."""
    image = session.get(Image, sha256)
    if image is None:
        raise not_found("image", sha256)
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": f'"{sha256}"',
        "Content-Disposition": "inline",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if if_none_match is not None and headers["ETag"] in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(application.blobs.get(sha256), media_type=image.media_type, headers=headers)
