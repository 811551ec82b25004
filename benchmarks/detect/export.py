"""One pool as a file, to try `sebrus scan` on by hand.

`python -m benchmarks.detect.export --collection cifar10 --attack blended-0.2 --sender one --rate 0.003 --out FILE.npz`;
`--oddity` in place of `--attack` plants nothing. The trusted seed also goes into a file of its own, FILE-trusted.npz.
"""

import argparse
import io
import os
import sys
from pathlib import Path

import numpy as np

from benchmarks.detect.collections import COLLECTIONS, Absent, collection
from benchmarks.detect.files import write
from benchmarks.detect.make import ATTACKS, ODDITIES, SENDERS, make, make_odd
from benchmarks.detect.pool import Pool


def content(pool: Pool) -> bytes:
    """An npz of x, y, contributor, id, and beside them what is true of the pool: bad, cover, hostile, odd, framed.

    `hostile`, `odd` and `framed` mark items by who sent them; `trusted_x`, `trusted_y` are the trusted seed.
    """
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        x=pool.images,
        y=pool.labels,
        contributor=pool.contributors,
        id=np.array([f"i{row:06}" for row in range(len(pool.labels))]),
        bad=pool.bad,
        cover=pool.cover,
        hostile=np.isin(pool.contributors, sorted(pool.hostile)),
        odd=np.isin(pool.contributors, sorted(pool.odd)),
        framed=np.isin(pool.contributors, sorted(pool.framed)),
        trusted_x=pool.trusted[0],
        trusted_y=pool.trusted[1],
    )
    return buffer.getvalue()


def seed_content(pool: Pool) -> bytes:
    """An npz of the trusted seed's x and y."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, x=pool.trusted[0], y=pool.trusted[1])
    return buffer.getvalue()


def options(arguments: list[str] | None) -> argparse.Namespace:
    """What to make, and where to put it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--collection", choices=COLLECTIONS, default="digits")
    planted = parser.add_mutually_exclusive_group(required=True)
    planted.add_argument("--attack", choices=list(ATTACKS))
    planted.add_argument("--oddity", choices=list(ODDITIES))
    parser.add_argument("--sender", choices=list(SENDERS), default="one")
    parser.add_argument("--rate", type=float, default=0.01, help="poison items / pool items")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--items", type=int, help="10,000, or 1,200 of digits, unless told")
    parser.add_argument("--trusted", type=int, help="500, or 150 of digits, unless told")
    parser.add_argument("--data", type=Path, default=_folder(), help="the folder of npz files; SEBRUS_DATA unless told")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Write the file; 2 and one sentence where that cannot be done."""
    asked = options(arguments)
    small = asked.collection == "digits"
    items = asked.items or (1_200 if small else 10_000)
    trusted = asked.trusted if asked.trusted is not None else 150 if small else 500
    try:
        images = collection(asked.collection, asked.data)
        if asked.oddity:
            pool = make_odd(images, asked.oddity, asked.seed, items, trusted)
        else:
            pool = make(images, asked.attack, asked.sender, asked.rate, asked.seed, items, trusted)
        write(asked.out, content(pool))
        write(asked.out.with_name(f"{asked.out.stem}-trusted.npz"), seed_content(pool))
    except (Absent, ModuleNotFoundError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{asked.out}: {len(pool.labels):,} items, {int(pool.bad.sum()):,} of them poison, {_who(pool)}")
    return 0


def _who(pool: Pool) -> str:
    several = len(np.unique(pool.contributors))
    return f"from {several} contributors, {len(pool.hostile)} of them hostile, {len(pool.odd)} odd."


def _folder() -> Path | None:
    return Path(os.environ["SEBRUS_DATA"]) if "SEBRUS_DATA" in os.environ else None


if __name__ == "__main__":
    sys.exit(main())
