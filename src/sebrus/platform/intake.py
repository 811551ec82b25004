"""The door: what a contributor uploads is inspected here, file by file, before anything is stored.

The rule behind every check: one file is one picture, and the reviewer, the detector and whoever trains on it
later see the same pixels. docs/intake.md lists every code with its sentence.
"""

from __future__ import annotations

import hashlib
import operator
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from PIL import ImageFile

from sebrus.platform.intake_bmp import check_bmp
from sebrus.platform.intake_jpeg import check_jpeg
from sebrus.platform.intake_png import check_png
from sebrus.platform.intake_webp import check_webp
from sebrus.store.images import (
    DEFAULT_LIMITS,
    Header,
    ImageFormat,
    Limits,
    Refused,
    channels_of,
    check_size,
    pixels,
    read_header,
    refusal,
    refuse_unseen,
    strips,
    with_picture,
)

FILE_SENTENCES: Final[dict[str, str]] = {
    "name_empty": "The file has no name; give it one such as photo.png.",
    "name_too_long": "The file name has {chars} characters and at most {limit} are taken; shorten it.",
    "name_has_path": "The file name {name!r} holds a path; send the plain file name.",
    "name_not_printable": "The file name {name!r} holds characters that cannot be shown; rename the file.",
    "name_taken": "Another file of this upload is named {name!r}; give each file its own name.",
    "too_many_files": "The upload has more than {limit} files; send the rest in another batch.",
    "duplicate_in_upload": "{first!r} in this upload is the same file; send each image once.",
    "duplicate_in_dataset": "The dataset already holds this file; send images that it lacks.",
    "same_pixels_in_upload": "{first!r} in this upload shows exactly the same pixels; send each image once.",
    "same_pixels_in_dataset": "The dataset already holds an image of exactly these pixels; send images that it lacks.",
}
LABEL_SENTENCES: Final[dict[str, str]] = {
    "unknown_label": "The label {label!r} is not a class of this dataset; give a number from 0 to {last}.",
}

_EXTENSIONS: Final[dict[ImageFormat, tuple[str, ...]]] = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "WEBP": (".webp",),
    "BMP": (".bmp", ".dib"),
}
_PATH_PARTS: Final = re.compile(r"[/\\]|^\.{1,2}$|^[A-Za-z]:")
_UNSHOWN: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")  # Unicode general categories
_JOINERS: Final = "\u200c\u200d"  # written in Persian and in Indic scripts


class FileRefused(Refused):
    """A file of an upload was refused for its name or for what came before it."""


class LabelRefused(Refused):
    """A label does not belong to the dataset."""


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What an accepted image is.

    Attributes:
        sha256: digest of the file's bytes, which are stored unchanged.
        pixels_sha256: digest of the size and the RGB pixels; equal for two files that show the same.
        format: PNG, JPEG, WEBP or BMP.
        width: in pixels.
        height: in pixels.
        channels: 1 for grey, 3 for colour.
        bytes: size of the file.
    """

    sha256: str
    pixels_sha256: str
    format: ImageFormat
    width: int
    height: int
    channels: Literal[1, 3]
    bytes: int


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """One file of an upload: accepted with its ``info``, or refused with a code and a sentence.

    Attributes:
        position: from 0, in upload order.
        filename: as it will be shown; cut and with escapes where the name itself was refused.
        info: None if refused.
        code: None if accepted.
        sentence: None if accepted.
    """

    position: int
    filename: str
    info: ImageInfo | None = None
    code: str | None = None
    sentence: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether the image may become an item."""
        return self.info is not None


Known = Callable[[Collection[str]], Collection[str]] | Collection[str]
"""The digests that are known, or what tells of some digests which are."""

TOGETHER: Final = 64
"""Files that are asked about together."""


def inspect_image(data: bytes, filename: str, *, limits: Limits = DEFAULT_LIMITS) -> ImageInfo:
    """Inspect one uploaded file, cheap checks first; nothing is decoded before the limits have passed.

    >>> inspect_image(b"", "cat.png")
    Traceback (most recent call last):
    sebrus.store.images.ImageRefused: The file is empty; send the image itself.

    Raises:
        ImageRefused: with a code of docs/intake.md and a sentence; never anything else.
    """
    if len(data) > limits.max_bytes:
        raise refusal("too_many_bytes", bytes=len(data), limit=limits.max_bytes)
    header = read_header(data)
    _check_extension(filename, header.format)
    check_size(header, limits)
    _check_structure(data, header, limits)

    def work(picture: ImageFile.ImageFile) -> tuple[Literal[1, 3], str]:
        refuse_unseen(picture)
        digest = hashlib.sha256(f"{header.width}x{header.height}\n".encode())
        for strip in strips(picture):
            digest.update(pixels(strip, channels=3).data)
        return channels_of(picture), digest.hexdigest()

    channels, pixels_sha256 = with_picture(header, data, work)
    sha256 = hashlib.sha256(data).hexdigest()
    return ImageInfo(sha256, pixels_sha256, header.format, header.width, header.height, channels, len(data))


def check_files(
    files: Iterable[tuple[str, bytes]],
    *,
    known: Known = (),
    known_pixels: Known = (),
    limits: Limits = DEFAULT_LIMITS,
    upload: Upload | None = None,
) -> list[CheckedFile]:
    """Check an upload, or the next files of it, one by one; a refused file harms no other.

    Args:
        files: (name, bytes) in upload order; read once, at most 64 files in memory at a time.
        known: the sha256 of files that the dataset holds, or a function that says which of some it holds.
        known_pixels: the same for ``ImageInfo.pixels_sha256``.
        limits: see docs/intake.md.
        upload: what the files before have shown, where these are not the first; it has its own limits.

    Returns:
        One result per file, in upload order.
    """
    upload = upload or Upload(limits)
    asked = _asker(known), _asker(known_pixels)
    left = iter(files)
    results: list[CheckedFile] = []
    while group := list(islice(left, TOGETHER)):
        results += upload.check(group, *asked)
    return results


def check_name(filename: str, *, limits: Limits = DEFAULT_LIMITS) -> str:
    """Return the file name to show: trimmed and in Unicode normal form C.

    >>> check_name(" cat.png ")
    'cat.png'

    Raises:
        FileRefused: ``name_empty``, ``name_too_long``, ``name_has_path`` or ``name_not_printable``.
    """
    if len(filename) > 4 * limits.max_name_chars:  # before any work that grows with its length
        raise _file_refusal("name_too_long", chars=len(filename), limit=limits.max_name_chars)
    name = unicodedata.normalize("NFC", filename).strip()
    if not name:
        raise _file_refusal("name_empty")
    if len(name) > limits.max_name_chars:
        raise _file_refusal("name_too_long", chars=len(name), limit=limits.max_name_chars)
    if any(unicodedata.category(char) in _UNSHOWN and char not in _JOINERS for char in name):
        raise _file_refusal("name_not_printable", name=name)
    if _PATH_PARTS.search(name):
        raise _file_refusal("name_has_path", name=name)
    return name


def check_label(label: object, class_count: int) -> int:
    """Return the label as a number from 0 to ``class_count - 1``.

    >>> check_label(2, class_count=10)
    2

    Raises:
        LabelRefused: ``unknown_label``.
    """
    try:
        number = -1 if isinstance(label, bool) else operator.index(label)  # type: ignore[arg-type]
    except TypeError:
        number = -1
    if not 0 <= number < class_count:
        shown = label if isinstance(label, int) and abs(label) < 10**18 else str(label)[:40]
        sentence = LABEL_SENTENCES["unknown_label"].format(label=shown, last=class_count - 1)
        raise LabelRefused("unknown_label", sentence)
    return number


Asker = Callable[[Collection[str]], Collection[str]]


class Upload:
    """What the files so far of one upload have shown."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._count = 0
        self._names: set[str] = set()
        self._files: dict[str, str] = {}  # sha256 -> first name
        self._pictures: dict[str, str] = {}  # pixels_sha256 -> first name

    def check(self, files: Sequence[tuple[str, bytes]], known: Asker, known_pixels: Asker) -> list[CheckedFile]:
        """The results of the next files; each asker tells which of some digests the dataset holds already."""
        digests = [hashlib.sha256(data).hexdigest() for _, data in files]
        held = known(digests)
        looked = [self._look(name, data, sha256, held) for (name, data), sha256 in zip(files, digests, strict=True)]
        shown = known_pixels([one.info.pixels_sha256 for one in looked if one.info is not None])
        return [_compared(one, shown) for one in looked]

    def _look(self, filename: str, data: bytes, sha256: str, held: Collection[str]) -> CheckedFile:
        """What a file is by itself and among those before it."""
        position, self._count = self._count, self._count + 1
        shown = filename[: self._limits.max_name_chars].encode("unicode_escape").decode()
        try:
            if position >= self._limits.max_files:
                raise _file_refusal("too_many_files", limit=self._limits.max_files)
            shown = check_name(filename, limits=self._limits)
            return CheckedFile(position, shown, info=self._inspect(shown, data, sha256, held))
        except Refused as refused:
            return CheckedFile(position, shown, code=refused.code, sentence=refused.sentence)

    def _inspect(self, name: str, data: bytes, sha256: str, held: Collection[str]) -> ImageInfo:
        if name in self._names:
            raise _file_refusal("name_taken", name=name)
        self._names.add(name)
        if sha256 in self._files:
            raise _file_refusal("duplicate_in_upload", first=self._files[sha256])
        if sha256 in held:
            raise _file_refusal("duplicate_in_dataset")
        info = inspect_image(data, name, limits=self._limits)
        if info.pixels_sha256 in self._pictures:
            raise _file_refusal("same_pixels_in_upload", first=self._pictures[info.pixels_sha256])
        self._files[sha256] = self._pictures[info.pixels_sha256] = name
        return info


def _compared(looked: CheckedFile, shown: Collection[str]) -> CheckedFile:
    """The result of a file, once it is known which pixels the dataset shows already."""
    if looked.info is None or looked.info.pixels_sha256 not in shown:
        return looked
    refused = _file_refusal("same_pixels_in_dataset")
    return CheckedFile(looked.position, looked.filename, code=refused.code, sentence=refused.sentence)


def _asker(known: Known) -> Asker:
    return known if callable(known) else lambda _: known


def _file_refusal(code: str, **facts: object) -> FileRefused:
    return FileRefused(code, FILE_SENTENCES[code].format(**facts))


def _check_extension(filename: str, kind: ImageFormat) -> None:
    stem, dot, ending = filename.rpartition(".")
    extension = dot + ending
    if extension.lower() not in _EXTENSIONS[kind]:
        good = _EXTENSIONS[kind][0]
        expected = f"{(stem if dot else ending)[:80] or 'image'}{good}"
        raise refusal("extension_mismatch", format=kind, extension=extension[-20:], expected=expected)


def _check_structure(data: bytes, header: Header, limits: Limits) -> None:
    if header.format == "PNG":
        check_png(data, header, limits)
    elif header.format == "JPEG":
        check_jpeg(data, header, limits)
    elif header.format == "WEBP":
        check_webp(data, header, limits)
    else:
        check_bmp(data, header)
