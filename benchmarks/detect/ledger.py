"""Rows of trials in a file that grows line by line, so that a run that was killed goes on where it stopped."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

NAME = "detect.trials.jsonl"
EARLIER = "detect.trials.before.jsonl"
Row = dict[str, Any]
Key = tuple[Any, ...]
TRIED_AGAIN = ("not installed", "failed", "no pool")


def key(row: Row) -> Key:
    """What makes a row's place: cell, seed and detector."""
    return tuple(row[name] for name in ("collection", "kind", "name", "sender", "rate", "seed", "detector"))


class Ledger:
    """The rows of `DIR/detect.trials.jsonl`; a later row takes the place of an earlier one of the same key.

    Opened anew, what was there is kept once as `detect.trials.before.jsonl`; resumed, it is read. A last line cut off
    in the middle is dropped. Raises ValueError where another line is not a row.
    """

    def __init__(self, folder: Path, resume: bool) -> None:
        self.path = folder / NAME
        self.found: dict[Key, Row] = {}
        folder.mkdir(parents=True, exist_ok=True)
        if resume and self.path.is_file():
            self._read()
        elif self.path.is_file():
            self.path.replace(folder / EARLIER)

    @property
    def rows(self) -> list[Row]:
        """Every row, in order."""
        return list(self.found.values())

    def add(self, rows: Iterable[Row]) -> None:
        """Take rows in, and write them to the file before returning."""
        new = list(rows)
        with self.path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in new)
        for row in new:
            self._take(row)

    def missing(self, place: Row, detectors: Sequence[str], retrain: bool) -> tuple[str, ...]:
        """Which detectors have not judged this place yet, could not, or not with the training that is asked for."""
        done = (self.found.get(key(place | {"detector": name})) for name in detectors)
        return tuple(
            name
            for name, row in zip(detectors, done, strict=True)
            if row is None or row.get("note", "").startswith(TRIED_AGAIN) or (retrain and not row["retrained"])
        )

    def _take(self, row: Row) -> None:
        self.found.pop(key(row), None)
        self.found[key(row)] = row

    def _read(self) -> None:
        lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
        whole = "".join(line for line in lines if line.endswith("\n"))
        if len(whole) < sum(map(len, lines)):
            self.path.write_text(whole, encoding="utf-8")
        for number, line in enumerate(whole.splitlines(), start=1):
            try:
                self._take(json.loads(line))
            except (ValueError, KeyError, TypeError):
                raise ValueError(f"line {number} of {self.path} is not a trial: move the file away") from None


__all__ = ["EARLIER", "NAME", "Ledger", "Row", "key"]
