"""Sending images so that nothing is sent twice: ask what is missing, send that, go on after a broken connection."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sebrus.client._exchange import Conversation, Rest, ServerRefused, ServerUnreachable, ask_json

UPLOAD_FILES: Final = 50
UPLOAD_BYTES: Final = 2**23
"""Most files, and about the most bytes, of one form."""
PART_BYTES: Final = 2**20
"""A larger file is sent in parts of this."""
MOST_ASKED: Final = 4096
TRIES: Final = 6
FIRST_REST_SECONDS: Final = 0.25

File = tuple[str, bytes]
Result = dict[str, Any]


def send_files(files: Sequence[File], dataset_id: str | None) -> Conversation[list[Result]]:
    """What became of each file, in order; only those not here are sent, and a broken connection is gone on from.

    Raises:
        ServerUnreachable: no server answered after several tries.
    """
    digests = [hashlib.sha256(data).hexdigest() for _, data in files]
    found = _alike(files, digests)
    tries = 0
    while True:
        try:
            yield from _send_rest(files, digests, found, dataset_id)
            yield from _compare(files, digests, found, dataset_id)
            return [found[place] for place in range(len(files))]
        except ServerUnreachable:
            tries += 1
            if tries == TRIES:
                raise
            yield Rest(FIRST_REST_SECONDS * 2**tries)


def _send_rest(
    files: Sequence[File], digests: Sequence[str], found: dict[int, Result], dataset_id: str | None
) -> Conversation[None]:
    """Bring every file to its result; those that have one are done."""
    places = [place for place in range(len(files)) if place not in found]
    missing = yield from _missing([digests[place] for place in places], dataset_id)
    to_send = []
    for place in places:
        refused = missing["refused"].get(digests[place])
        if refused is not None:
            found[place] = _result(files[place][0], None, refused["code"], refused["sentence"])
        elif digests[place] in missing["missing"]:
            to_send.append(place)
        else:
            found[place] = _result(files[place][0], digests[place])
    large = [place for place in to_send if len(files[place][1]) > PART_BYTES]
    for place in large:
        found[place] = yield from _send_parts(*files[place], digests[place], dataset_id)
    for form in _forms(files, [place for place in to_send if place not in set(large)]):
        results = yield from send_form([files[place] for place in form], dataset_id)
        found.update(zip(form, results, strict=True))


def _compare(
    files: Sequence[File], digests: Sequence[str], found: dict[int, Result], dataset_id: str | None
) -> Conversation[None]:
    """Refuse what shows the same as another file: each request is checked by itself, so only this tells."""
    taken = [place for place in found if found[place]["accepted"]]
    refused = (yield from _missing([digests[place] for place in taken], dataset_id))["refused"]
    for place in taken:
        if digests[place] in refused:
            why = refused[digests[place]]
            found[place] = _result(files[place][0], None, why["code"], why["sentence"])


def send_form(files: Sequence[File], dataset_id: str | None) -> Conversation[list[Result]]:
    """Send whole files in one form; one result per file, in order."""
    parts = [("files", (name, data)) for name, data in files]
    results: list[Result] = yield from ask_json("POST", "/v1/images", params=_about(dataset_id), files=parts)
    return results


def _send_parts(name: str, data: bytes, sha256: str, dataset_id: str | None) -> Conversation[Result]:
    """Send one file in parts, from where it was left."""
    start = yield from _received(sha256)
    start = start if start < len(data) else 0
    again = True
    while True:
        end = min(start + PART_BYTES, len(data))
        place = {"Content-Range": f"bytes {start}-{end - 1}/{len(data)}", "Content-Type": "application/octet-stream"}
        query = _about(dataset_id) | {"filename": name}
        try:
            answer = yield from ask_json(
                "PUT", f"/v1/uploads/{sha256}", params=query, headers=place, content=data[start:end]
            )
        except ServerRefused as refused:
            if refused.code not in ("wrong_digest", "wrong_offset") or not again:
                raise
            # What lay there was not this file, or is gone: it was whole already where only the last answer was lost.
            again, start = False, 0
            continue
        if answer["file"] is not None:
            result: Result = answer["file"]
            return result
        start = end


def _received(sha256: str) -> Conversation[int]:
    try:
        answer = yield from ask_json("GET", f"/v1/uploads/{sha256}")
    except ServerRefused as refused:
        if refused.code != "not_found":
            raise
        return 0
    return int(answer["received"])


def _missing(digests: Sequence[str], dataset_id: str | None) -> Conversation[dict[str, Any]]:
    """Which of these images are to be sent, and by digest those that are refused already."""
    missing: set[str] = set()
    refused: dict[str, Result] = {}
    for at in range(0, len(digests), MOST_ASKED):
        body = {"sha256": list(digests[at : at + MOST_ASKED]), "dataset_id": dataset_id}
        answer = yield from ask_json("POST", "/v1/images/missing", json=body)
        missing |= set(answer["missing"])
        refused |= {one["sha256"]: one for one in answer["refused"]}
    return {"missing": missing, "refused": refused}


def _forms(files: Sequence[File], places: Sequence[int]) -> Iterator[list[int]]:
    """The places of files, as many at once as one form holds."""
    form: list[int] = []
    for place in places:
        size = sum(len(files[one][1]) for one in form)
        if form and (len(form) == UPLOAD_FILES or size + len(files[place][1]) > UPLOAD_BYTES):
            yield form
            form = []
        form.append(place)
    if form:
        yield form


def _alike(files: Sequence[File], digests: Sequence[str]) -> dict[int, Result]:
    """The results of files that came before in the same upload."""
    first: dict[str, str] = {}
    found = {}
    for place, ((name, _), sha256) in enumerate(zip(files, digests, strict=True)):
        if sha256 in first:
            sentence = f"{first[sha256]!r} in this upload is the same file; send each image once."
            found[place] = _result(name, None, "duplicate_in_upload", sentence)
        first.setdefault(sha256, name)
    return found


def _result(name: str, sha256: str | None, code: str | None = None, sentence: str | None = None) -> Result:
    return {"filename": name, "accepted": code is None, "sha256": sha256, "code": code, "sentence": sentence}


def _about(dataset_id: str | None) -> dict[str, str]:
    return {} if dataset_id is None else {"dataset_id": dataset_id}
