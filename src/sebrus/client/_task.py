"""What a reviewer's panel is shown, checked against what the ballot will bind."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sebrus.client._http import Client
from sebrus.protocol.digest import screening_word
from sebrus.protocol.keccak import ZERO32
from sebrus.protocol.leaf import task_tree


class TaskAltered(Exception):
    """What the server shows is not what the reviewers' ballots bind; do not vote on it."""


@dataclass(frozen=True)
class Picture:
    """One picture as it is shown: the sha256 of its bytes (64 hex digits) and the label to judge."""

    sha256: str
    label: int


@dataclass(frozen=True)
class Task:
    """The pictures of a seat's round, by position.

    `pictures` is None where the server does not have them: reject all. `evidence` has for each picture whether the
    detector flagged it and how earlier reviewers voted; None in a first round.
    """

    positions: int
    pictures: list[Picture] | None
    evidence: list[dict[str, Any]] | None

    def images(self, client: Client) -> Iterator[tuple[bytes, int]]:
        """Bytes and label of every picture; none where the server does not have them.

        Raises:
            TaskAltered: bytes do not have the sha256 that the task names.
        """
        for place, picture in enumerate(self.pictures or []):
            data = client.image(picture.sha256)
            if hashlib.sha256(data).hexdigest() != picture.sha256:
                raise TaskAltered(f"The image at position {place} is another one than the task names.")
            yield data, picture.label


def checked_task(seat: dict[str, Any], answer: dict[str, Any]) -> Task:
    """The task of a seat from the server's answer.

    Raises:
        TaskAltered: pictures, labels or their order are not those that the seat's screening word binds.
    """
    pictures = None
    if answer["pictures"] is not None:
        pictures = [Picture(one["sha256"], one["label"]) for one in answer["pictures"]]
        if len(pictures) != seat["positions"]:
            raise TaskAltered(f"The task shows {len(pictures)} pictures where the round has {seat['positions']}.")
    if bytes.fromhex(seat["screening"][2:]) != _word(answer, pictures):
        raise TaskAltered("The task is not the one that the detector committed to.")
    return Task(seat["positions"], pictures, answer["evidence"])


def _word(answer: dict[str, Any], pictures: list[Picture] | None) -> bytes:
    if answer["commitment"] is None:
        return ZERO32
    root = bytes.fromhex(answer["task_root"][2:])
    if pictures is not None and root != task_tree((bytes.fromhex(one.sha256), one.label) for one in pictures).root:
        raise TaskAltered("Pictures, labels or their order are not those that the detector committed to.")
    return screening_word(bytes.fromhex(answer["commitment"][2:]), root)
