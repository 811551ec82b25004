"""What need not be uploaded again: images that are here, and the beginnings of files on their way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from sebrus.platform.application import Application
from sebrus.platform.contribute import take_images
from sebrus.platform.intake import FILE_SENTENCES, CheckedFile
from sebrus.platform.known import KnownImages, stored_pixels, trusted_seed
from sebrus.platform.refusals import Refused
from sebrus.store.parts import PartStore


def parts_of(application: Application) -> PartStore:
    """The files on their way to this server."""
    return PartStore(application.settings.home_path / "uploads")


# ---------------------------------------------------------------- what is here


@dataclass(frozen=True)
class NotAgain:
    """An image that would be refused, with the code and sentence that uploading it would bring."""

    sha256: str
    code: str
    sentence: str


@dataclass(frozen=True)
class Missing:
    """Of the images asked about: those not here, and those that would be refused: known or alike."""

    missing: list[str]
    refused: list[NotAgain]


def missing_images(application: Application, asked: Sequence[str], dataset_id: str | None) -> Missing:
    """Tell which images are to be uploaded, and which are of no use: shown by another of these, or in the dataset.

    Raises:
        Refused: there is no such dataset.
    """
    digests = list(dict.fromkeys(asked))
    with application.database.read() as session:
        here = stored_pixels(session, digests)
        codes: dict[str, str] = {}
        if dataset_id is not None:
            codes = _codes(session, digests, here, dataset_id, trusted_seed(application, session, dataset_id))
    refused = [NotAgain(one, codes[one], FILE_SENTENCES[codes[one]]) for one in digests if one in codes]
    missing = [one for one in digests if one not in here and one not in codes]
    return Missing(missing, refused + list(_alike([one for one in digests if one in here and one not in codes], here)))


def _alike(digests: Sequence[str], pixels: dict[str, str]) -> Iterator[NotAgain]:
    """Those that show what an earlier one shows; an upload in several requests is compared only here."""
    first: dict[str, str] = {}
    code = "same_pixels_in_upload"
    for sha256 in digests:
        if pixels[sha256] in first:
            yield NotAgain(sha256, code, FILE_SENTENCES[code].format(first=first[pixels[sha256]]))
        first.setdefault(pixels[sha256], sha256)


def _codes(
    session: Session, digests: Sequence[str], here: dict[str, str], dataset_id: str, seed: frozenset[str]
) -> dict[str, str]:
    """The codes of those images that the dataset has."""
    known = KnownImages(session, dataset_id, seed)
    files, shown = known.files(digests), known.pixels(set(here.values()))
    codes = {one: "same_pixels_in_dataset" for one in digests if here.get(one) in shown}
    return codes | dict.fromkeys(files, "duplicate_in_dataset")


# ---------------------------------------------------------------- files on their way


def finish_upload(application: Application, sha256: str, filename: str, dataset_id: str | None) -> CheckedFile:
    """Check a file that has come whole, and keep it if it passes; either way it is no longer on its way.

    Raises:
        Refused: what came is not what the sha256 names, or there is no such dataset.
    """
    parts = parts_of(application)
    data = parts.read(sha256)
    parts.remove(sha256)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Refused("wrong_digest", "What came does not have this sha256; send the file again from its start.")
    return take_images(application, [(filename, data)], dataset_id)[0]
