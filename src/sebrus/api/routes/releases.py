"""Published releases, and their files where they lie on this server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path as FolderPath
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query
from fastapi.responses import FileResponse, Response, StreamingResponse
from sqlalchemy import select

from sebrus.api.conditional import matches
from sebrus.api.dependencies import Builder, Limit, Reading, Running, SignedInSession
from sebrus.api.document import refusing
from sebrus.api.fresh import FRESH, UNCHANGED
from sebrus.api.routes.datasets import dataset_row
from sebrus.api.schemas import DraftIn, DraftOut, Hash, Page, PublicationOut, ReleaseOut, cut_page, page_of
from sebrus.platform.archive import archive_pieces
from sebrus.platform.drafts import require_owner
from sebrus.platform.published import (
    ReleaseFile,
    archive_name,
    draft_folder,
    files_in,
    publication_of,
    release_files,
    release_folder,
)
from sebrus.platform.refusals import not_found
from sebrus.store.projected import Release

router = APIRouter(prefix="/datasets/{dataset_id}/releases", tags=["datasets"])

Version = Annotated[int, Path(ge=0, lt=2**31)]
BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
WHOLE: dict[int | str, dict[str, Any]] = {200: {"description": "The bytes.", "content": BYTES}}
GIVEN: dict[int | str, dict[str, Any]] = {
    **WHOLE,
    206: {"description": "The range of them that was asked for.", "content": BYTES},
}


@router.get("", dependencies=[FRESH], responses=UNCHANGED | refusing(404))
def list_releases(
    session: Reading,
    dataset_id: Hash,
    after: Annotated[int, Query(ge=-1, lt=2**31, description="`next` of the page before.")] = -1,
    limit: Limit = 100,
) -> Page[ReleaseOut]:
    """Published releases, oldest first."""
    dataset_row(session, dataset_id)
    query = select(Release).where(Release.dataset_id == dataset_id, Release.version > after)
    rows = session.scalars(query.order_by(Release.version).limit(limit + 1)).all()
    return page_of(ReleaseOut, rows, limit, lambda release: str(release.version))


@router.post("/draft", status_code=202, responses=refusing(404, 409))
def build_draft(
    session: Reading, builder: Builder, dataset_id: Hash, here: SignedInSession, asked: DraftIn | None = None
) -> DraftOut:
    """Build the next release, for the dataset's owner; ask with GET how far it is, then publish it on chain."""
    require_owner(session, dataset_id, here.account)
    certificate = None if asked is None or asked.certificate is None else asked.certificate.encode()
    return DraftOut.model_validate(builder.ask(dataset_id, certificate))


@router.get("/draft", responses=refusing(403, 404))
def get_draft(session: Reading, builder: Builder, dataset_id: Hash, here: SignedInSession) -> DraftOut:
    """How far the next release is built, for the dataset's owner, and what `publishRelease` takes."""
    require_owner(session, dataset_id, here.account)
    return DraftOut.model_validate(builder.state(dataset_id))


@router.get("/draft/archive", response_class=Response, responses=WHOLE | refusing(403, 404))
def get_draft_archive(
    application: Running, session: Reading, builder: Builder, dataset_id: Hash, here: SignedInSession
) -> StreamingResponse:
    """All files of the draft as one zip archive, for the dataset's owner: what an audit reads."""
    require_owner(session, dataset_id, here.account)
    draft = builder.state(dataset_id)
    if draft.manifest_hash is None:
        raise not_found("draft that is built, of dataset", dataset_id)
    folder = draft_folder(application, dataset_id, draft.manifest_hash)
    return _archive(session, dataset_id, draft.version, folder, files_in(folder, draft.manifest_hash))


@router.get("/{version}", responses=refusing(404))
def get_release(application: Running, session: Reading, dataset_id: Hash, version: Version) -> PublicationOut:
    """One published release, with when and in which transaction."""
    release = _release(session, dataset_id, version)
    return PublicationOut.model_validate(publication_of(application, session, release))


@router.get("/{version}/files", responses=refusing(404))
def list_release_files(
    application: Running,
    session: Reading,
    dataset_id: Hash,
    version: Version,
    after: Annotated[str, Query(max_length=400, description="`next` of the page before.")] = "",
    limit: Limit = 100,
) -> Page[ReleaseFile]:
    """The files of a release, by path; none where they do not lie on this server."""
    files = release_files(application, _release(session, dataset_id, version))
    rows = [file for file in files if file.path > after]
    return cut_page(rows[: limit + 1], limit, lambda file: file.path)


@router.get("/{version}/files/{path:path}", response_class=Response, responses=GIVEN | UNCHANGED | refusing(404, 416))
def get_release_file(
    application: Running,
    session: Reading,
    dataset_id: Hash,
    version: Version,
    path: Annotated[str, Path(max_length=400)],
    if_none_match: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """A file of a release, or ranges of it; check the whole release with `sebrus verify`."""
    release = _release(session, dataset_id, version)
    found = next((file for file in release_files(application, release) if file.path == path), None)
    place = release_folder(application, release) / path
    if found is None or not place.is_file() or place.stat().st_size != found.size:
        raise not_found("file on this server", path)
    headers = {"ETag": f'"{found.sha256}"', "Cache-Control": "public, max-age=31536000, immutable"}
    if matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return FileResponse(place, media_type="application/octet-stream", filename=place.name, headers=headers)


@router.get("/{version}/archive", response_class=Response, responses=WHOLE | refusing(404))
def get_release_archive(
    application: Running, session: Reading, dataset_id: Hash, version: Version
) -> StreamingResponse:
    """All files of a release below one folder, as one zip archive."""
    release = _release(session, dataset_id, version)
    return _archive(
        session, dataset_id, version, release_folder(application, release), release_files(application, release)
    )


def _archive(
    session: Reading, dataset_id: str, version: int, folder: FolderPath, files: Sequence[ReleaseFile]
) -> StreamingResponse:
    """The zip archive of files that a manifest lists, once all of them lie here."""
    if not files or any(not (folder / file.path).is_file() for file in files):
        raise not_found("archive on this server", f"{version} of dataset {dataset_id}")
    document = dataset_row(session, dataset_id).document or {}
    name = archive_name(str(document.get("name", "")), version)
    headers = {"Content-Disposition": f'attachment; filename="{name}.zip"'}
    return StreamingResponse(archive_pieces(folder, name, files), media_type="application/zip", headers=headers)


def _release(session: Reading, dataset_id: str, version: int) -> Release:
    release = session.get(Release, (dataset_id, version))
    if release is None:
        raise not_found("release", f"{version} of dataset {dataset_id}")
    return release
