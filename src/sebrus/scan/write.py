"""Writing what a scan found: two tables, a summary and a page, each complete or not there at all."""

import csv
import io
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sebrus.detect import Findings
from sebrus.scan.errors import SourceError
from sebrus.scan.source import Source

ITEM_COLUMNS = ("id", "label", "contributor", "score", "p_value", "flagged", "reason", "suggested_label")
CONTRIBUTOR_COLUMNS = ("contributor", "items", "p_value", "flagged", "reason", "min_bad_items")
TESTS = {
    "label": "does the label fit the image, by everybody else's items",
    "pattern": "do one contributor's items of one class share a pattern nobody else's show",
    "texture": "are one contributor's items of one class sharper, smoother or warped as nobody else's are",
}


def label_text(source: Source, label: int | None) -> str:
    """A class as it was given: its name, or its number."""
    return "" if label is None else source.class_names.get(label, str(label))


def items_csv(source: Source, found: Findings) -> str:
    """One row per input item, in input order."""
    rows = [
        (
            source.ids[row],
            label_text(source, item.label),
            source.contributors[row] if source.contributors is not None else "",
            f"{item.score:.6f}",
            f"{item.p_value:.6g}",
            int(item.flagged),
            item.reason,
            label_text(source, item.suggested_label),
        )
        for row, item in enumerate(found.items)
    ]
    return _table(ITEM_COLUMNS, rows)


def contributors_csv(found: Findings) -> str:
    """One row per contributor, in order of first appearance."""
    rows = [
        (c.contributor, c.items, f"{c.p_value:.6g}", int(c.flagged), c.reason, c.min_bad_items)
        for c in found.contributors
    ]
    return _table(CONTRIBUTOR_COLUMNS, rows)


def summary(
    source: Source, found: Findings, trusted: int, seconds: float, tests: dict[str, str] = TESTS
) -> dict[str, Any]:
    """What `summary.json` holds; `tests` says what each test asks."""
    by_test = {test: sum(item.test == test for item in found.items) for test in tests}
    accused = [c for c in found.contributors if c.flagged]
    return {
        "items": len(found.items),
        "flagged_items": int(found.flagged.sum()),
        "flagged_by_test": by_test,
        "contributors": len(found.contributors),
        "flagged_contributors": [
            {"contributor": str(c.contributor), "p_value": c.p_value, "test": c.test, "min_bad_items": c.min_bad_items}
            for c in accused
        ],
        "classes": len({item.label for item in found.items}),
        "image_shape": list(source.images.shape[1:]),
        "trusted_items": trusted,
        "fdr": found.fdr,
        "tests": [f"{test}: {asks}" for test, asks in tests.items()],
        "limits": list(found.limits),
        "seconds": round(seconds, 2),
    }


def refuse_file(out: Path) -> None:
    """Raise `SourceError` where results would go is a file."""
    if out.exists() and not out.is_dir():
        raise SourceError(f"{out} is a file: give a folder to write to.")


def write_results(
    out: Path,
    source: Source,
    found: Findings,
    content: dict[str, Any],
    report: str,
    more: Mapping[str, str] | None = None,
) -> None:
    """Write `items.csv`, `contributors.csv`, `summary.json`, `report.html` and `more` by name; raises `SourceError`."""
    files = {
        "items.csv": items_csv(source, found),
        "contributors.csv": contributors_csv(found),
        "summary.json": as_json(content),
        "report.html": report,
        **(more or {}),
    }
    write_all(out, files)


def write_all(folder: Path, files: dict[str, str]) -> None:
    """Write each file beside its place and move it there; raises `SourceError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        waiting: list[tuple[str, Path]] = []
        try:
            for name, content in files.items():
                handle, temporary = tempfile.mkstemp(dir=folder, prefix=".writing-")
                waiting.append((temporary, folder / name))
                with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                    file.write(content)
                Path(temporary).chmod(0o644)
            while waiting:
                temporary, place = waiting[0]
                Path(temporary).replace(place)
                waiting.pop(0)
        finally:
            for temporary, _ in waiting:
                Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise SourceError(f"Cannot write to {folder}: {error.strerror or error}.") from None


def as_json(content: dict[str, Any]) -> str:
    """A summary as text."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _table(columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return held.getvalue()


__all__ = [
    "CONTRIBUTOR_COLUMNS",
    "ITEM_COLUMNS",
    "TESTS",
    "as_json",
    "contributors_csv",
    "items_csv",
    "label_text",
    "refuse_file",
    "summary",
    "write_all",
    "write_results",
]
