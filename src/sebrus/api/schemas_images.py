"""What the API takes and gives of images and their upload."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from sebrus.api.schemas import Digest, Hash, In, Out
from sebrus.platform.intake import CheckedFile

MOST_DIGESTS = 4096


class FileOut(BaseModel):
    """What became of one uploaded file."""

    filename: str
    accepted: bool
    sha256: str | None
    code: str | None
    sentence: str | None

    @classmethod
    def of(cls, result: CheckedFile) -> FileOut:
        """The result of a check, as it is answered."""
        return cls(
            filename=result.filename,
            accepted=result.accepted,
            sha256=result.info.sha256 if result.info else None,
            code=result.code,
            sentence=result.sentence,
        )


class MissingIn(In):
    """Images to be asked about; `dataset_id` also asks which of them that dataset has already."""

    sha256: Annotated[list[Digest], Field(min_length=1, max_length=MOST_DIGESTS)]
    dataset_id: Hash | None = None


class NotAgainOut(Out):
    """An image that would be refused, and why."""

    sha256: str
    code: str
    sentence: str


class MissingOut(Out):
    """What is to be uploaded, and what would be refused; all else is here."""

    missing: list[str]
    refused: list[NotAgainOut]


class UploadOut(Out):
    """How far a file has come; `file` is what became of it, null while it is on its way."""

    sha256: str
    received: int
    size: int | None
    file: FileOut | None
