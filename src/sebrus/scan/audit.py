"""From a path to a folder of results, with trained networks: the audit."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from sebrus.detect import DetectError
from sebrus.detect.deep import Audit, Power, audit
from sebrus.export.certificate import sentence_of_power
from sebrus.scan.certificate import certificate
from sebrus.scan.errors import SourceError
from sebrus.scan.report import page
from sebrus.scan.run import Outcome
from sebrus.scan.source import Source, read_both
from sebrus.scan.write import TESTS, label_text, refuse_file, summary, write_results

ASKED = {
    "dynamics": "do networks that never saw a contributor expect its labels, and does training on them agree",
    "spectrum": "do one contributor's items of a class lie apart in a trained network's features",
    "gradient": "does a trained network see one contributor's class by something nobody else's items show",
}
COLUMNS = ("Contributors", "Found", "95 % interval", "Poisoned items", "Flagged")


def audit_path(
    path: Path,
    trusted: Path | None,
    out: Path,
    fdr: float,
    plants: int,
    seed: int,
    device: str,
    progress: Callable[[str, float], None] | None = None,
) -> Outcome:
    """Read, audit and write what a scan writes and `certificate.json` into `out`.

    Raises `SourceError` with one sentence; nothing is left half-written.
    """
    refuse_file(out)
    started = time.monotonic()
    source, vouched = read_both(path, trusted)
    pair = (vouched.images, vouched.labels) if vouched is not None else None
    try:
        done = audit(
            source.images,
            source.labels,
            source.contributors,
            pair,
            fdr=fdr,
            plants=plants,
            seed=seed,
            device=device,
            progress=progress,
            class_names=source.class_names,
        )
    except DetectError as error:
        raise SourceError(str(error)) from None
    known = len(vouched.labels) if vouched is not None else 0
    content = summary(source, done.findings, known, time.monotonic() - started, {**TESTS, **ASKED})
    content |= _added(source, done, pair)
    report = page(source, done.findings, content, path.resolve().name, "Audit", _power_table(done.power))
    stated = certificate(source, vouched, done, plants).decode()
    write_results(out, source, done.findings, content, report, {"certificate.json": stated})
    return Outcome(done.findings, content)


def _added(source: Source, done: Audit, pair: Any) -> dict[str, Any]:
    """What an audit's `summary.json` holds beyond a scan's."""
    labels = source.labels if pair is None else np.concatenate([source.labels, pair[1]])
    classes = np.unique(labels)
    return {
        "seed": done.seed,
        "device": done.device,
        "transplants": [
            {
                "contributor": str(done.findings.contributors[one.contributor].contributor),
                "label": label_text(source, int(classes[one.label])),
                "hosts": one.hosts,
                "flip_rate": one.flip_rate,
                "honest_flip_rates": sorted(one.honest_rates),
                "p_value": one.p_value,
            }
            for one in done.transplants
        ],
        "power": asdict(done.power) if done.power is not None else None,
        "tested": power_sentence(done.power),
    }


def power_sentence(power: Power | None) -> str:
    """One sentence: what was planted and what was found of it."""
    return sentence_of_power(asdict(power) if power is not None else None)


def _power_table(power: Power | None) -> Iterator[str]:
    yield f"<h2>What this audit would have found</h2><p>{escape(power_sentence(power))}</p>"
    if power is None:
        return
    names = "".join(f'<th class="n">{name}</th>' for name in COLUMNS)
    yield f'<div class="scroll"><table><thead><tr><th>Planted</th>{names}</tr></thead><tbody>'
    for one in power.families:
        yield (
            f'<tr><td>{escape(one.family)}</td><td class="n">{one.planted}</td><td class="n">{one.found}</td>'
            f'<td class="n">{one.low:.2f} to {one.high:.2f}</td><td class="n">{one.items:,}</td>'
            f'<td class="n">{one.flagged:,}</td></tr>'
        )
    yield "</tbody></table></div>"
    yield "<p>Planted in a copy of the pool and audited the same way; what was not planted was not measured.</p>"


__all__ = ["audit_path", "power_sentence"]
