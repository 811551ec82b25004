"""A dataset's metadata document: its sha256 is part of the dataset's identity on chain."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from sebrus.platform.documents import canonical
from sebrus.store.blobs import BlobMissing, BlobStore

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class SeedItem(BaseModel):
    """An image the owner vouches for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: Digest
    label: int = Field(ge=0)


class DatasetMetadata(BaseModel):
    """What a dataset is about. Class names are unique; a label is the place of its class in `classes`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    classes: list[Name] = Field(min_length=2, max_length=65535)
    description: str = Field("", max_length=10_000)
    license: str = Field("", max_length=100)
    seed: list[SeedItem] = Field(default_factory=list, max_length=100_000)

    @field_validator("classes")
    @classmethod
    def _unique(cls, classes: list[str]) -> list[str]:
        if len(set(classes)) != len(classes):
            raise ValueError("Class names must differ from each other.")
        return classes

    def document(self) -> bytes:
        """The canonical bytes whose sha256 is the `metadataHash`."""
        return canonical(self.model_dump(mode="json"))


def save_metadata(blobs: BlobStore, metadata: DatasetMetadata) -> str:
    """Keep the document and return its hash, `0x` hex."""
    return "0x" + blobs.put(metadata.document())


def load_metadata(blobs: BlobStore, metadata_hash: str) -> DatasetMetadata | None:
    """The document under a hash; None when it is not here or is no metadata."""
    try:
        return DatasetMetadata.model_validate_json(blobs.get(metadata_hash[2:]))
    except (BlobMissing, ValidationError):
        return None
