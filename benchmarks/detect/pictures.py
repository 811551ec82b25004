"""Pictures of the results as SVG files that need nothing else."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from benchmarks.detect.cells import ONE
from benchmarks.detect.ours import OURS
from benchmarks.detect.summary import Found, pick

WIDE, HIGH, LEFT, TOP = 84, 24, 190, 64
Grid = dict[tuple[str, str], float]


def colour(share: float) -> str:
    """From white at 0 to deep blue at 1.

    >>> colour(0.0)
    '#ffffff'
    """
    share = min(1.0, max(0.0, share))
    parts = [round(255 + share * (end - 255)) for end in (8, 64, 129)]
    return "#" + "".join(f"{part:02x}" for part in parts)


def heat_map(title: str, rows: Sequence[str], columns: Sequence[str], values: Grid) -> str:
    """An SVG of shares 0..1 by row and column; a missing one is left grey."""
    width, height = LEFT + WIDE * len(columns) + 10, TOP + HIGH * len(rows) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        _text(10, 20, title, bold=True),
    ]
    for number, column in enumerate(columns):
        parts.append(_text(LEFT + WIDE * number + WIDE / 2, TOP - 8, column, anchor="middle", size=10))
    for line, row in enumerate(rows):
        top = TOP + HIGH * line
        parts.append(_text(LEFT - 8, top + 16, row, anchor="end"))
        for number, column in enumerate(columns):
            parts.append(_box(LEFT + WIDE * number, top, values.get((row, column))))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _box(left: float, top: float, value: float | None) -> str:
    fill = "#dddddd" if value is None else colour(value)
    box = f'<rect x="{left}" y="{top}" width="{WIDE - 2}" height="{HIGH - 2}" fill="{fill}" stroke="#cccccc"/>'
    if value is None:
        return box
    ink = "#ffffff" if value > 0.5 else "#000000"
    return box + _text(left + WIDE / 2, top + 15, f"{value:.2f}", anchor="middle", ink=ink)


def _text(
    left: float,
    top: float,
    said: str,
    *,
    anchor: str = "start",
    ink: str = "#000000",
    size: int = 12,
    bold: bool = False,
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{left:g}" y="{top:g}" text-anchor="{anchor}" fill="{ink}" font-size="{size}"{weight}>'
        f"{escape(said)}</text>"
    )


def draw(found: Sequence[Found], out: Path) -> list[Path]:
    """Write `detect-<collection>-rates.svg` (ours, attack x rate) and `-detectors.svg` (cells x detectors)."""
    written = []
    for collection in dict.fromkeys(one.collection for one in found):
        here = [one for one in pick(found, collection=collection, kind="attack") if "tpr" in one.figures]
        for name, picture in (("rates", _rates(here, collection)), ("detectors", _detectors(here, collection))):
            if picture:
                path = out / f"detect-{collection}-{name}.svg"
                path.write_text(picture, encoding="utf-8")
                written.append(path)
    return written


def _rates(here: Sequence[Found], collection: str) -> str:
    ours = pick(here, detector=OURS, sender=ONE)
    rates = sorted({one.rate for one in ours})
    values = {(one.name, f"{one.rate:.1%}"): one.value("tpr") or 0.0 for one in ours}
    rows = list(dict.fromkeys(one.name for one in ours))
    title = f"{collection}: share of poison flagged, one contributor"
    return heat_map(title, rows, [f"{rate:.1%}" for rate in rates], values) if ours else ""


def _detectors(here: Sequence[Found], collection: str) -> str:
    judged = [one for one in here if one.detector != "none"]
    names = list(dict.fromkeys(one.detector for one in judged))
    if len(names) < 2:
        return ""
    values = {(_cell(one), one.detector): one.value("tpr_at_1") or 0.0 for one in judged}
    rows = list(dict.fromkeys(_cell(one) for one in judged))
    return heat_map(f"{collection}: share of poison above the cut that 1 % of honest items pass", rows, names, values)


def _cell(one: Found) -> str:
    return f"{one.name} {one.rate:.1%}" + ("" if one.sender == ONE else f" {one.sender}")


__all__ = ["colour", "draw", "heat_map"]
