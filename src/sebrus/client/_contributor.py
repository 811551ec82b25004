"""What contributors do, signed with their own key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sebrus.client._http import ServerRefused
from sebrus.client._role import Role, good_until
from sebrus.protocol.identity import BatchKey
from sebrus.protocol.leaf import batch_tree
from sebrus.protocol.signature import Submit

UPLOAD_FILES = 50
UPLOAD_BYTES = 50_000_000
"""Files and bytes of one upload, at most; a larger file goes alone."""


@dataclass(frozen=True)
class Handed:
    """What became of a contribution: the batch's id, and the files refused with their sentences."""

    batch_id: str
    taken: int
    refused: dict[str, str]


class Contributor(Role):
    """Sends labelled images.

    Example:
        >>> Contributor(client, key).submit(dataset_id, [("cat.png", data, 0)])  # doctest: +SKIP
    """

    def submit(self, dataset_id: str, files: Sequence[tuple[str, bytes, int]]) -> Handed:
        """Upload (name, bytes, label) files, sign one batch of those taken in, hand it in.

        Raises:
            ServerRefused: no file was taken in, or the batch was refused.
        """
        taken: list[tuple[str, int]] = []
        refused: dict[str, str] = {}
        for part in _parts(files):
            results = self.client.upload([(name, data) for name, data, _ in part], dataset_id)
            for (name, data, label), result in zip(part, results, strict=True):
                # The digest that is signed is computed here, not taken from the server.
                if result["accepted"]:
                    taken.append((hashlib.sha256(data).hexdigest(), label))
                else:
                    refused[name] = result["sentence"]
        if not taken:
            raise ServerRefused(422, "nothing_taken", f"None of the {len(files)} files was taken in.")
        return Handed(self._hand_in(dataset_id, taken), len(taken), refused)

    def _hand_in(self, dataset_id: str, items: list[tuple[str, int]]) -> str:
        root = batch_tree((bytes.fromhex(sha256), label) for sha256, label in items).root
        key = BatchKey(bytes.fromhex(dataset_id[2:]), self.address, root, len(items))
        deadline = good_until()
        body = {
            "dataset_id": dataset_id,
            "contributor": self.address,
            "items": [{"sha256": sha256, "label": label} for sha256, label in items],
            "deadline": deadline,
            "signature": self.sign(Submit(key.dataset_id, self.address, root, len(items), deadline)),
        }
        batch_id: str = self.client.post("/v1/batches", body)["batch_id"]
        return batch_id


def _parts(files: Sequence[tuple[str, bytes, int]]) -> Iterator[list[tuple[str, bytes, int]]]:
    """The files in their order, as many together as one upload takes."""
    part: list[tuple[str, bytes, int]] = []
    size = 0
    for file in files:
        if part and (len(part) == UPLOAD_FILES or size + len(file[1]) > UPLOAD_BYTES):
            yield part
            part, size = [], 0
        part.append(file)
        size += len(file[1])
    if part:
        yield part
