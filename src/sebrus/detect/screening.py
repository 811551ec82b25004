"""The two ways in: scan a whole pool, or screen one contributor's batch against what is there."""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from sebrus.detect.engine import Engine, Named, opened
from sebrus.detect.errors import DetectError
from sebrus.detect.examine import settle
from sebrus.detect.findings import Findings
from sebrus.detect.intake import Pool, pool
from sebrus.detect.prepare import Progress, prepare, silent
from sebrus.detect.verdict import findings, limits, of_batch
from sebrus.detect.views import VIEWS

MOST_REFERENCE = 6000
OTHERS = ("scores", "fit", "label", "linking")


def scan(
    images: Any,
    labels: Any,
    contributors: Any = None,
    trusted: tuple[Any, Any] | None = None,
    *,
    fdr: float = 0.05,
    progress: Progress | None = None,
    class_names: Mapping[int, str] | None = None,
    engine: Engine | Named | None = None,
    without: Collection[str] = (),
) -> Findings:
    """Find mislabelled and poisoned items in a pool, and the contributors who sent them.

    `images` uint8 [n, h, w] or [n, h, w, 1 or 3], sides of 8 to 512; `labels` whole numbers [n]; `contributors` one
    name per image or None; `trusted` a vouched-for pair (images, labels) or None; `fdr` the share of false
    accusations to expect among accusations, 0 to 1; `progress` is called with a stage and a fraction 0..1;
    `class_names` are used in sentences; `engine` is where images are looked at, "local" (as without) or "ray" or an
    `Engine`. Images may be `Stored` elsewhere. `without` names views (detail, low, middle, high, texture, scores, fit)
    or tests (label, linking) to leave out, to learn what they are worth. Raises `DetectError`.

    >>> scan(np.zeros((4, 8, 8), np.uint8), [0, 0, 1, 1]).flagged.any()
    np.False_
    """
    _check_rate(fdr)
    unknown = sorted(set(without) - {*VIEWS, *OTHERS})
    if unknown:
        raise DetectError(f"There is no test {unknown[0]!r} to leave out: choose from {', '.join((*VIEWS, *OTHERS))}.")
    joined = pool(images, labels, contributors, trusted)
    return _run(joined, fdr, progress, class_names, engine, frozenset(without))


def screen(
    batch_images: Any,
    batch_labels: Any,
    *,
    contributor: Hashable,
    reference_images: Any,
    reference_labels: Any,
    reference_contributors: Any,
    trusted: tuple[Any, Any] | None,
    fdr: float = 0.05,
    progress: Progress | None = None,
    class_names: Mapping[int, str] | None = None,
) -> Findings:
    """Screen one contributor's batch against the reference (other contributors' items so far) and the trusted seed.

    Shapes as in `scan`; the reference may be empty or None, the seed None. Reference items of the same contributor
    join the batch. The findings are those of the batch's items and of its contributor; neighbours are rows of the
    reference. Of a reference of more than 6,000 items a fixed sample is used. Raises `DetectError`.
    """
    _check_rate(fdr)
    alone = pool(batch_images, batch_labels, [contributor] * len(np.asarray(batch_labels)), None)
    size = alone.items
    kept = np.zeros(0, dtype=np.intp)
    pictures, labels, authors = np.asarray(batch_images), np.asarray(batch_labels), [contributor] * size
    if reference_images is not None and len(reference_images):
        earlier = list(reference_contributors)
        past = pool(reference_images, reference_labels, earlier, None)
        kept = _sample(past, earlier, contributor)
        old = np.asarray(past.images)[..., 0] if past.grey else np.asarray(past.images)
        if old.shape[1:] != pictures.shape[1:]:
            raise DetectError(
                f"Batch images are {list(pictures.shape[1:])} but the reference's are {list(old.shape[1:])}: "
                "bring them to one size."
            )
        pictures = np.concatenate([pictures, old[kept]])
        labels = np.concatenate([labels, np.asarray(reference_labels)[kept]])
        authors = authors + [earlier[row] for row in kept]
    whole = _run(pool(pictures, labels, authors, trusted), fdr, progress, class_names)
    return of_batch(whole, size, np.concatenate([np.full(size, -1), kept]))


def _run(
    joined: Pool,
    fdr: float,
    progress: Progress | None,
    class_names: Mapping[int, str] | None,
    engine: Engine | Named | None = None,
    without: frozenset[str] = frozenset(),
) -> Findings:
    tell = progress or silent
    # Thousands of small products: threads that wait for each other cost more than they bring.
    with threadpool_limits(limits=1, user_api="blas"), opened(engine) as place:
        ready = prepare(joined, tell, place)
        kept_sums = {name: sums for name, sums in ready.sums.items() if name not in without}
        ready = replace(ready, sums=kept_sums, without=without)
        seen = settle(ready, fdr, tell)
    alone = len(joined.names) == 1 and not joined.trusted.any()
    untested = int((~seen.labels.tested).sum())
    return findings(ready, seen, fdr, class_names, limits(joined, alone, untested))


def _sample(past: Pool, earlier: list[Hashable], contributor: Hashable) -> Any:
    rows = np.arange(past.items)
    own = np.array([name == contributor for name in earlier], dtype=np.bool_)
    others = rows[~own]
    if len(others) > MOST_REFERENCE:
        others = np.sort(np.random.default_rng(0).choice(others, MOST_REFERENCE, replace=False))
    return np.sort(np.concatenate([rows[own], others]))


def _check_rate(fdr: float) -> None:
    if not isinstance(fdr, float | int) or not 0.0 < fdr < 1.0:
        raise DetectError(f"fdr must be between 0 and 1, not {fdr}.")


__all__ = ["scan", "screen"]
