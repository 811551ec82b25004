"""How much an audit finds in one pool that eight attackers share, and how long it takes."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks.detect.collections import COLLECTIONS, Absent, collection
from benchmarks.detect.pool import Pool
from benchmarks.detect.several import make_several
from benchmarks.records import OUT, Parser, about, folder, save, says, table, whole
from sebrus.detect import DetectError
from sebrus.detect.deep import Audit, audit
from sebrus.scan.audit import power_sentence

ATTACKS = (
    "low-frequency",
    "label-consistent",
    "sample-specific",
    "adap-blend",
    "adap-patch",
    "wanet",
    "blended-0.1",
    "sig",
)


def measure(pool: Pool, sent: dict[str, str], plants: int, seed: int) -> dict[str, Any]:
    """Audit a pool, with its trusted seed where there is one, and hold what was found against what is true of it."""
    began, busy = time.perf_counter(), time.process_time()
    trusted = pool.trusted if len(pool.trusted[0]) else None
    found = audit(pool.images, pool.labels, pool.contributors, trusted, plants=plants, seed=seed)
    took = time.perf_counter() - began, time.process_time() - busy
    flagged = found.findings.flagged
    honest, theirs = ~pool.bad & ~pool.cover, np.isin(pool.contributors, sorted(pool.hostile))
    accused = {str(one.contributor) for one in found.findings.contributors if one.flagged}
    return {
        "items": len(pool.labels),
        "contributors": len(np.unique(pool.contributors)),
        "attacks": {
            attack: {
                "poison": int((pool.bad & (pool.contributors == name)).sum()),
                "recall": float(flagged[pool.bad & (pool.contributors == name)].mean()),
                "accused": name in accused,
            }
            for name, attack in sent.items()
        },
        "honest_contributors": len(np.unique(pool.contributors)) - len(pool.hostile),
        "honest_accused": len(accused - pool.hostile),
        "honest_items": int(honest.sum()),
        "honest_flagged_of_attackers": int((flagged & honest & theirs).sum()),
        "honest_flagged_of_others": int((flagged & honest & ~theirs).sum()),
        "flagged": int((flagged & ~pool.cover).sum()),
        "seconds": round(took[0], 1),
        "processor_seconds": round(took[1], 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "device": found.device,
    } | _power(found)


def _power(found: Audit) -> dict[str, Any]:
    return {} if found.power is None else {"tested": power_sentence(found.power)}


def render(found: dict[str, Any]) -> str:
    """The table, the figures that are of the whole pool, and who measured."""
    rows = [
        [name, one["poison"], f"{one['recall']:.2f}", "yes" if one["accused"] else "no"]
        for name, one in found["attacks"].items()
    ]
    theirs = found["honest_flagged_of_attackers"]
    wrongly = theirs + found["honest_flagged_of_others"]
    return "\n\n".join(
        [
            table(["attack", "poison", "flagged", "attacker accused"], rows),
            f"{found['honest_accused']} of {found['honest_contributors']} honest contributors accused; {wrongly} of "
            f"{found['honest_items']:,} honest items flagged ({theirs} sent by attackers), "
            f"{wrongly / max(1, found['flagged']):.1%} of all flags. {found['seconds'] / 60:.1f} minutes, "
            f"{found['processor_seconds'] / 60:.1f} of processor time, {found['peak_mib']:,.0f} MiB.",
            found.get("tested", "Nothing was planted."),
            says(found["about"]),
        ]
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write build/bench/audit.json and audit.md."""
    parser = Parser(prog="python -m benchmarks.audit", description=__doc__)
    parser.add_argument("--data", type=folder, default=None, help="folder of cifar10_12k.npz and others")
    parser.add_argument("--collection", choices=list(COLLECTIONS), default="cifar10")
    parser.add_argument("--items", type=whole(400, 1_000_000), default=12_000)
    parser.add_argument("--trusted", type=whole(0, 100_000), default=0, help="items of a trusted seed")
    parser.add_argument("--poison", type=whole(1, 10_000), default=36, help="poisoned items of each attacker")
    parser.add_argument("--plants", type=whole(0, 1_000), default=10, help="poisoned contributors to plant")
    parser.add_argument("--seed", type=whole(0, 2**31), default=0)
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the results")
    options = parser.parse_args(arguments)
    try:
        images = collection(options.collection, options.data)
        pool, sent = make_several(images, ATTACKS, options.poison, options.seed, options.items, options.trusted)
        found = measure(pool, sent, options.plants, options.seed) | {"about": about(options.seed)}
    except (Absent, DetectError, ModuleNotFoundError, ValueError) as refused:
        print(refused, file=sys.stderr)
        raise SystemExit(2) from None
    save("audit", found, render(found), Console(stderr=True), options.out)
    print(render(found))


if __name__ == "__main__":
    main()
