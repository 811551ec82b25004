"""Items of a dataset as columns: a pool has a hundred thousand, each as small as it can be told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.state import key_number
from sebrus.platform.documents import LabelledDigest

DIGEST_BYTES = 32


@dataclass(frozen=True, eq=False)
class SentItems:
    """`keys` [n] say which item, whatever became of it, `digests` uint8 [n, 32] and `labels` [n] what it is, and
    `senders` [n] who sent it, as places in `names`."""

    keys: NDArray[np.uint64]
    digests: NDArray[np.uint8]
    labels: NDArray[np.int64]
    senders: NDArray[np.int32]
    names: tuple[str, ...]

    @classmethod
    def of(cls, rows: Iterable[tuple[int, str, int, int]], names: Sequence[str] = ()) -> SentItems:
        """Items from rows of key, sha256, label and place of the sender in `names`."""
        listed = list(rows)
        digests = b"".join(bytes.fromhex(sha256) for _, sha256, _, _ in listed)
        return cls(
            np.array([row[0] for row in listed], dtype=np.uint64),
            np.frombuffer(digests, dtype=np.uint8).reshape(len(listed), DIGEST_BYTES),
            np.array([row[2] for row in listed], dtype=np.int64),
            np.array([row[3] for row in listed], dtype=np.int32),
            tuple(names),
        )

    @classmethod
    def joined(cls, parts: Sequence[SentItems]) -> SentItems:
        """Items of several, one behind the other; the names of the last hold all of the others', in their order."""
        return cls(
            np.concatenate([part.keys for part in parts]),
            np.concatenate([part.digests for part in parts]),
            np.concatenate([part.labels for part in parts]),
            np.concatenate([part.senders for part in parts]),
            parts[-1].names,
        )

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, rows: Any) -> SentItems:
        """Some of the items: a slice, a mask or numbers."""
        return SentItems(self.keys[rows], self.digests[rows], self.labels[rows], self.senders[rows], self.names)

    @property
    def items(self) -> list[LabelledDigest]:
        """What each item is."""
        return [
            LabelledDigest(digest.tobytes().hex(), int(label))
            for digest, label in zip(self.digests, self.labels, strict=True)
        ]

    @property
    def contributors(self) -> list[str]:
        """Who sent each item."""
        return [self.names[sender] for sender in self.senders]


def key_of(batch_id: str, position: int) -> int:
    """What the detector's state calls an item."""
    return key_number(f"{batch_id} {position}")
