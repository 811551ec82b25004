"""The report: one page that needs nothing else, with pictures and the reasons beside them."""

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from sebrus.detect import ContributorFinding, Findings, ItemFinding
from sebrus.scan.pictures import picture, residual_picture
from sebrus.scan.source import Source
from sebrus.scan.style import STYLE
from sebrus.scan.write import label_text

MOST_ROWS = 200
MOST_SHOWN = 24
MOST_IN_ALL = 240
NEIGHBOURS = 4

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def page(
    source: Source, found: Findings, summary: dict[str, Any], title: str, kind: str = "Scan", more: Iterable[str] = ()
) -> str:
    """The whole report as HTML; `more` is HTML put before the method. Every name from the source is escaped."""
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{kind} of {escape(title)}</title><style>{STYLE}</style></head><body><main>",
            *_head(summary, title, kind),
            *_accused_table(found),
            *_galleries(source, found),
            *_other_contributors(found),
            *more,
            *_method(summary),
            "</main></body></html>\n",
        ]
    )


def _head(summary: dict[str, Any], title: str, kind: str) -> Iterator[str]:
    flagged, accused = summary["flagged_items"], len(summary["flagged_contributors"])
    yield f"<h1>{kind} of {escape(title)}</h1>"
    shape = "×".join(str(side) for side in summary["image_shape"])
    trusted = f"{summary['trusted_items']:,} trusted items" if summary["trusted_items"] else "no trusted seed"
    yield (
        f'<p class="soft">{summary["items"]:,} items of {summary["classes"]} classes, {shape} pixels, '
        f"{summary['contributors'] or 'no'} contributors named, {trusted}; {summary['seconds']} s.</p>"
    )
    if flagged or accused:
        yield f'<p class="verdict bad">{_count(flagged, "item")} and {_count(accused, "contributor")} flagged.</p>'
    else:
        yield '<p class="verdict good">Nothing was flagged by the tests below.</p>'
    numbers = [(flagged, "items flagged"), (accused, "contributors flagged")]
    numbers += [(count, f"by the {test} test") for test, count in summary["flagged_by_test"].items()]
    yield '<div class="numbers">'
    for value, caption in numbers:
        yield f'<div class="number"><b>{value:,}</b><span>{caption}</span></div>'
    yield "</div>"
    if summary["limits"]:
        yield "<ul>" + "".join(f"<li>{escape(limit)}</li>" for limit in summary["limits"]) + "</ul>"


def _accused_table(found: Findings) -> Iterator[str]:
    accused = sorted((c for c in found.contributors if c.flagged), key=lambda c: c.p_value)
    if accused:
        yield "<h2>Contributors flagged</h2>"
        yield from _table(accused)


def _other_contributors(found: Findings) -> Iterator[str]:
    others = sorted((c for c in found.contributors if not c.flagged), key=lambda c: c.p_value)
    if others:
        yield f"<h2>Contributors not flagged</h2><details><summary>{_count(len(others), 'contributor')}</summary>"
        yield from _table(others)
        yield "</details>"


def _table(ranked: list[ContributorFinding]) -> Iterator[str]:
    yield '<div class="scroll"><table><thead><tr><th>Contributor</th><th class="n">Items</th><th class="n">p-value</th>'
    yield '<th class="n">Bad at least</th><th>Why</th></tr></thead><tbody>'
    for one in ranked[:MOST_ROWS]:
        kind = ' class="flagged"' if one.flagged else ""
        bound = f"{one.min_bad_items:,}" if one.flagged else ""
        yield (
            f'<tr{kind}><td class="name">{escape(str(one.contributor))}</td><td class="n">{one.items:,}</td>'
            f'<td class="n">{one.p_value:.2g}</td><td class="n">{bound}</td>'
            f"<td>{escape(one.reason) or '<span class=soft>nothing stood out</span>'}</td></tr>"
        )
    yield "</tbody></table></div>"
    if len(ranked) > MOST_ROWS:
        yield f'<p class="soft">{len(ranked) - MOST_ROWS:,} more are in contributors.csv.</p>'


def _galleries(source: Source, found: Findings) -> Iterator[str]:
    flagged = [row for row, item in enumerate(found.items) if item.flagged]
    if not flagged:
        return
    yield "<h2>Flagged items</h2>"
    left = MOST_IN_ALL
    accused = sorted((c for c in found.contributors if c.flagged), key=lambda c: c.p_value)
    shown: set[int] = set()
    for one in accused:
        rows = [row for row in flagged if found.items[row].contributor == one.contributor]
        shown.update(rows)
        chosen = _worst(found, rows, min(left, MOST_SHOWN))
        left -= len(chosen)
        yield from _accused(source, found, one, chosen, len(rows))
    rest = [row for row in flagged if row not in shown]
    if rest:
        chosen = _worst(found, rest, left if not accused else min(left, 2 * MOST_SHOWN))
        title = "Items of contributors who are not accused" if accused else "Items"
        yield f'<section class="card"><h3>{title}</h3>'
        yield from _gallery(source, found, chosen, len(rest))
        yield "</section>"


def _worst(found: Findings, rows: list[int], most: int) -> list[int]:
    return sorted(rows, key=lambda row: (-found.items[row].score, found.items[row].p_value))[:most]


def _accused(source: Source, found: Findings, one: ContributorFinding, rows: list[int], total: int) -> Iterator[str]:
    yield f'<section class="card"><h3>{escape(str(one.contributor))}</h3><div class="evidence">'
    evidence = one.evidence
    if evidence is not None and evidence.trigger is not None:
        label = escape(label_text(source, evidence.label))
        yield (
            f'<figure><img class="trigger" alt="mean residual of class {label}" '
            f'src="{residual_picture(evidence.trigger)}"><figcaption>Mean residual of {len(evidence.items)} items of '
            f"class {label}</figcaption></figure>"
        )
    bound = (
        f" At least {_count(one.min_bad_items, 'of its items is bad', 'of its items are bad')}."
        if one.min_bad_items
        else ""
    )
    yield f"<p>{escape(one.reason)}{bound}</p></div>"
    yield from _gallery(source, found, rows, total)
    yield "</section>"


def _gallery(source: Source, found: Findings, rows: list[int], total: int) -> Iterator[str]:
    yield '<div class="gallery">'
    for row in rows:
        yield from _item(source, found.items[row], row)
    yield "</div>"
    if total > len(rows):
        yield f'<p class="soft">{total - len(rows):,} more flagged items are left out here; all are in items.csv.</p>'


def _item(source: Source, item: ItemFinding, row: int) -> Iterator[str]:
    given, suggested = escape(label_text(source, item.label)), escape(label_text(source, item.suggested_label))
    yield f'<article class="item"><img alt="item given as {given}" src="{picture(source.images[row])}">'
    arrow = f" → <b>{suggested}</b>?" if suggested else ""
    yield f'<div class="labels">given <b>{given}</b>{arrow}</div>'
    yield f'<div class="id">{escape(source.ids[row])} · p = {item.p_value:.2g}</div>'
    yield f'<div class="why">{escape(item.reason)}</div>'
    if item.neighbours:
        yield '<div class="near"><span>most alike</span>'
        for near in item.neighbours[:NEIGHBOURS]:
            label = escape(label_text(source, int(source.labels[near])))
            yield (
                f'<figure><img alt="alike item, class {label}" src="{picture(source.images[near])}">'
                f"<figcaption>{label}</figcaption></figure>"
            )
        yield "</div>"
    yield "</article>"


def _method(summary: dict[str, Any]) -> Iterator[str]:
    share = f"{100 * summary['fdr']:g} %"
    yield "<h2>What was tested</h2><ul>"
    for test in summary["tests"]:
        yield f"<li>{escape(test)}</li>"
    yield "</ul>"
    yield (
        f"<p>Of the contributors flagged, at most {share} are expected to be flagged wrongly, and likewise of the "
        "items; p-values are computed from everybody else's items and the trusted seed. "
        "What these tests do not see stays unseen: triggers that differ from item to item, patterns smaller than "
        "about a fiftieth of the image's side, and accounts that share out one attack thinly.</p>"
    )


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


__all__ = ["page"]
